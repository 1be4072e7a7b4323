"""What a container case works with: containers of one entry point, their volumes, and the site they serve."""

import http.client
import itertools
import json
import os
import threading
import time
import urllib.parse

import docker
import embedded
import images
from entrypoints import BINARY, BOOT, CONFIGURATION, LINKED, MOUNTS

READY_WITHIN = 30
BINARIES = {}
MAKING = threading.Lock()
NUMBERS = itertools.count(1)


class NotRun(Exception):
    """A case that cannot be performed here, and why."""


class Scene:
    def __init__(self, entrypoint, directory, tools="busybox", version="1.11.1"):
        self.entrypoint, self.directory, self.tools, self.version = entrypoint, directory, tools, version
        self.mark = "%d-%d" % (os.getpid(), next(NUMBERS))
        self.faults, self.told = [], []
        self.data = os.path.join(directory, "data-" + self.mark)

    def expect(self, holds, fault):
        if not holds:
            self.faults.append(fault)
        return holds

    def end(self):
        docker.sweep(self.mark)

    # --- containers

    def binary(self, release=1):
        key = (release, self.version)
        with MAKING:
            if key not in BINARIES:
                if embedded.REAL and release > 1 and not embedded.REAL_NEXT:
                    raise NotRun("DEPLOY_TEST_FRANKENPHP_NEXT names no binary of release 2")
                BINARIES[key] = os.path.join(self.directory, "binary-%d-%s" % key)
                embedded.make_binary(BINARIES[key], *key)
        return BINARIES[key]

    def volumes(self, *but, **more):
        """One named volume for each mount of the users' compose file."""
        return [
            docker.volume("%s-%s" % (self.mark, path.replace("/", "-")), "/data/" + path, self.mark, **more)
            for path in MOUNTS if path not in but]

    def binds(self, user=0):
        """The same as directories of the host, for those who must look at them while a container starts."""
        made = []
        for path in MOUNTS:
            place = os.path.join(self.data, path)
            os.makedirs(place, exist_ok=True)
            os.chown(place, user, user)
            made.append(docker.bind(place, "/data/" + path, writable=True))
        return made

    def container(self, mounts, *words, release=1, user="", environment=()):
        fixed = [docker.bind(self.binary(release), BINARY)]
        if self.entrypoint.script:
            fixed.append(docker.bind(self.entrypoint.script, BOOT))
        return docker.Container(
            images.image(self.tools), self.entrypoint.words, words or ("php-server",), fixed + mounts,
            self.mark, user, environment)

    def up(self, mounts, limit=READY_WITHIN, **options):
        container = self.container(mounts, **options).start()
        self.ready(container, limit)
        return container

    def ready(self, container, limit=READY_WITHIN):
        """Whether it serves, and believes to be done with its links."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            if not container.running:
                break
            if self.serves(container) and (self.entrypoint.says or "") in container.said():
                return True
            time.sleep(0.03)
        state = container.state
        self.faults.append("does not serve (%s, exit %s): %s" % (
            state["Status"], state["ExitCode"], container.said()[-300:].strip()))
        return False

    def tree_name(self):
        """The directory that the binary unpacks to."""
        container = docker.Container(
            images.image(self.tools), [BINARY], ["version"], [docker.bind(self.binary(), BINARY)], self.mark)
        container.start().ended(READY_WITHIN)
        names = {path.partition("/")[0] for path in container.tree("/tmp")}
        container.remove()
        return next(name for name in names if name.startswith("frankenphp_"))

    def unpacked(self, container, below="/tmp"):
        """The tree of the application that is served: links as links."""
        name = self.home(container)["directory"].split("/")[-2]
        return container.tree(below + "/" + name)

    # --- the site

    def request(self, container, query, form=None, limit=10):
        """Status and text; None where nobody answers."""
        connection = http.client.HTTPConnection(container.address or "0.0.0.0", 80, timeout=limit)
        try:
            if form is None:
                connection.request("GET", "/?" + urllib.parse.urlencode(query))
            else:
                connection.request(
                    "POST", "/?" + urllib.parse.urlencode(query), urllib.parse.urlencode(form),
                    {"Content-Type": "application/x-www-form-urlencoded"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return None, b""
        finally:
            connection.close()

    def serves(self, container):
        return self.request(container, {}, limit=3)[0] == 200

    def home(self, container):
        return json.loads(self.request(container, {})[1] or b'{"directory": "//"}')

    def write(self, container, name, body, **form):
        return self.request(container, {"do": "write"}, dict(form, name=name, body=body))[0] == 200

    def read(self, container, name):
        status, text = self.request(container, {"do": "read", "name": name})
        return text if status == 200 else None

    def expect_read(self, container, name, body, when):
        self.expect(self.read(container, name) == body.encode(), "%s: %s is lost" % (when, name))

    # --- what is on the volumes

    def expect_complete(self, container, when, owner=0, release=1):
        """Every shipped file of a linked path is on the volumes, as it was shipped, and nothing else."""
        data = container.tree("/data")
        wanted = {
            path: content for path, content in embedded.files(release).items() if is_linked(path)}
        for path, content in wanted.items():
            kind, mode, uid, found = data.get(path, ("nothing", None, None, None))
            if not self.expect(kind == "file" and found == content, "%s: %s is %s" % (
                    when, path, "damaged" if kind == "file" else "not on the volume")):
                continue
            self.expect(mode == 0o644 and uid == owner, "%s: %s is %o of %d" % (when, path, mode, uid))
        for path, (kind, _, _, _) in data.items():
            if kind == "file" and path not in wanted:
                self.faults.append("%s: %s is left on a volume" % (when, path))

    def expect_linked(self, container, when, below="/tmp"):
        tree = self.unpacked(container, below)
        for path in LINKED:
            kind, _, _, target = tree.get(path, ("nothing", 0, 0, ""))
            self.expect(kind == "link" and target == "/data/" + path, "%s: %s is %s, no link" % (when, path, kind))

    def expect_code(self, container, when):
        """The code is whole."""
        tree = self.unpacked(container)
        for path, content in embedded.files(1).items():
            if not is_linked(path):
                self.expect(tree.get(path, (0, 0, 0, None))[3] == content, "%s: %s is damaged" % (when, path))

    def expect_refused(self, container, path, what):
        status = container.ended(READY_WITHIN if self.entrypoint.name == "ours" else 4)
        said = container.said()
        self.expect(status == 78, "%s: exit %s" % (what, status))
        self.expect(path in said, "%s: %s is not named: %s" % (what, path, said[-200:].strip()))


def is_linked(path):
    return path == CONFIGURATION or any(path.startswith(one + "/") for one in LINKED)


def wait_until(holds, limit=5):
    deadline = time.monotonic() + limit
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
