"""The entry points under test: ours, the binary with none, and the way people write one for themselves."""

import os

from tool import Project

BINARY = "/orangescrum-app/orangescrum-ee"
BOOT = "/boot.sh"
SERVICE = "orangescrum-app"
CONFIGURATION = "config/app_local.php"

# What the users' compose file mounts, and the paths of the application that belong there.
MOUNTS = (
    "tmp", "logs", "webroot/files", "webroot/csv", "webroot/invoice-logo", "webroot/timesheetpdf",
    "webroot/pdfreports", "config")
LINKED = (
    "tmp/sessions", "logs", "webroot/files", "webroot/csv", "webroot/invoice-logo",
    "webroot/timesheetpdf", "webroot/pdfreports", CONFIGURATION)

# The negative control. Its faults are on purpose: it serves first and links later, takes the directory for
# the end of the unpacking and any such directory for its own, passes over what is not there yet, copies
# without dotfiles and modes, hides a copy that failed before it deletes what it copied from, takes a volume
# with anything in it for a full one, and hears no signal.
CONTROL = r"""#!/bin/sh
set -e
%(binary)s "$@" &
server=$!
tree=
for second in 1 2 3 4 5 6 7 8 9 10; do
  tree=$(find /tmp -maxdepth 1 -type d -name 'frankenphp_*' 2>/dev/null | head -n 1)
  [ -z "$tree" ] || break
  sleep 1
done
[ -n "$tree" ] || exit 1
for path in %(directories)s; do
  [ -e "$tree/$path" ] || continue
  if [ -z "$(ls -A "/data/$path" 2>/dev/null)" ]; then
    mkdir -p "/data/$path"
    cp -r "$tree/$path/"* "/data/$path/" 2>/dev/null || true
  fi
  rm -rf "$tree/$path"
  ln -s "/data/$path" "$tree/$path"
done
if [ -f "$tree/%(configuration)s" ]; then
  [ -f "/data/%(configuration)s" ] || cp "$tree/%(configuration)s" "/data/%(configuration)s"
  rm -f "$tree/%(configuration)s"
  ln -s "/data/%(configuration)s" "$tree/%(configuration)s"
fi
echo linked
wait $server
""" % {
    "binary": BINARY, "configuration": CONFIGURATION,
    "directories": " ".join(path for path in LINKED if path != CONFIGURATION)}


class Entrypoint:
    def __init__(self, name, script=None, says=None):
        # `says`: what is in its output when it believes to be done.
        self.name, self.script, self.says = name, script, says

    @property
    def words(self):
        return ["/bin/sh", BOOT] if self.script else [BINARY]


def write_script(directory, name, text):
    place = os.path.join(directory, name)
    with open(place, "wb") as file:
        file.write(text)
    os.chmod(place, 0o755)
    return place


def control(directory):
    return Entrypoint("control", write_script(directory, "control.sh", CONTROL.encode()), "linked")


BARE = Entrypoint("bare")


def project(directory):
    made = Project(os.path.join(directory, "project"), root="/srv/unused")
    with open(os.path.join(made.directory, "deploy.json"), "w") as file:
        file.write("""{"app": "orangescrum", "recipe": "orangescrum",
  "container": {"service": "%s", "binary": "%s", "data": "/data"}}""" % (SERVICE, BINARY))
    return made


def ours(directory):
    """What `deploy container boot` prints, or the reason why there is nothing to test."""
    other = os.environ.get("DEPLOY_TEST_BOOT")
    if other:
        return Entrypoint("ours", other)
    ran = project(directory).run("container", "boot")
    if ran.status != 0:
        raise RuntimeError("no entry point to test: %s" % ran)
    return Entrypoint("ours", write_script(directory, "ours.sh", ran.output.encode()))


def override(entrypoint, directory):
    """The compose override that brings an entry point into the users' file."""
    if entrypoint.name == "ours" and not os.environ.get("DEPLOY_TEST_BOOT"):
        ran = project(directory).run("container", "override", "--script", entrypoint.script)
        if ran.status != 0:
            raise RuntimeError(str(ran))
        return ran.output
    return """{"services": {"%s": {"entrypoint": ["/bin/sh", "%s"], "command": ["php-server"],
  "volumes": ["%s:%s:ro"]}}}""" % (SERVICE, BOOT, entrypoint.script, BOOT)
