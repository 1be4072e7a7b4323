"""Runs scripts of others that are not part of this project, from the directory that DEPLOY_SEEDS names.

Each is cut out of the document that holds it and run in a scratch directory, where all its paths lead;
as root in a mount namespace of its own in which nothing else can be written.
"""

import os
import re
import shutil
import subprocess

LINKS = "002_82ccd4698232319c.txt"
ENTRYPOINT = "000_ead1b414cec0e87f.txt"
# The scratch directory is a mount of its own, so that it stays writable.
ALONE = """
mount --make-rprivate / && mount --bind "$1" "$1" || exit 99
sed -n 's/^[^ ]* [^ ]* [^ ]* [^ ]* \\([^ ]*\\) .*/\\1/p' /proc/self/mountinfo | while read -r place; do
  case $place in "$1" | /dev | /dev/null | /dev/pts | /proc*) ;;
  *) mount -o remount,bind,ro "$place" 2>/dev/null ;; esac
done
cd "$1" && shift && exec "$@"
"""


class Originals:
    def __init__(self, documents, scratch):
        self.documents, self.scratch = documents, os.path.realpath(scratch)

    def text(self, name, pattern):
        with open(os.path.join(self.documents, name), encoding="utf-8") as file:
            return re.search(pattern, file.read(), re.S | re.M)[1]

    def by_names(self, release, shared):
        script = self.text(LINKS, r"^cat > scripts/link_persistent_dirs\.sh << 'EOF'\n(.*?)^EOF$")
        # What storage:link does: an absolute link, unless there is something.
        self.program("php", '[ -e public/storage ] || ln -s "$PWD/storage/app/public" public/storage')
        self.run(script, release, shared)

    def by_volumes(self, application, volumes):
        script = self.text(ENTRYPOINT, r"^### 1\. .*?^```bash\n(#!/bin/bash\nset -e\n.*?)^```$")
        unpacked = os.path.join(self.scratch, "tmp")
        os.makedirs(unpacked, exist_ok=True)
        place = os.path.join(unpacked, "frankenphp_1")
        os.rename(application, place)
        for name in ("config", "logs"):
            os.makedirs(os.path.join(volumes, name), exist_ok=True)
        server = self.program("server", "exit 0")
        for old, new in (
                ("find /tmp ", "find '%s' " % unpacked), ("/orangescrum-app/orangescrum-ee", server)):
            script = script.replace(old, new)
        script = re.sub(r"""(["' ])/data/""", lambda match: match[1] + volumes + "/", script)
        if re.search(r"""["' ]/(data|tmp|orangescrum-app)/""", script.replace(self.scratch, ".")):
            raise RuntimeError("a path of %s still leads elsewhere" % ENTRYPOINT)
        self.run(script)
        os.rename(place, application)

    def program(self, name, text):
        place = os.path.join(self.scratch, "bin", name)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "w") as file:
            file.write("#!/bin/sh\n%s\n" % text)
        os.chmod(place, 0o755)
        return place

    def run(self, script, *words):
        if any(not os.path.realpath(word).startswith(self.scratch + "/") for word in words):
            raise RuntimeError("not in the scratch directory: %s" % (words,))
        place = os.path.join(self.scratch, "script")
        with open(place, "w", encoding="utf-8") as file:
            file.write(script)
        command = ["bash", place, *words]
        if os.getuid() == 0 and self.can_be_alone():
            command = self.alone(*command)
        environment = {
            "HOME": self.scratch, "PATH": self.scratch + "/bin:" + os.environ["PATH"]}
        ran = subprocess.run(
            command, cwd=self.scratch, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        if ran.returncode != 0:
            raise RuntimeError("the original exited %d: %s" % (ran.returncode, ran.stdout[-400:]))

    def alone(self, *command):
        return ["unshare", "-m", "sh", "-c", ALONE, "sh", self.scratch, *command]

    def can_be_alone(self):
        if not shutil.which("unshare"):
            return False
        outside = os.path.join(os.path.dirname(self.scratch), "outside")
        tried = subprocess.run(
            self.alone("sh", "-c", "touch inside && ! touch '%s'" % outside), capture_output=True)
        return tried.returncode == 0 and not os.path.exists(outside)
