"""Runs the tool under test in a project of its own."""

import json
import os
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
BINARY = os.environ.get("DEPLOY_BIN") or os.path.join(TOP, ".build/debug/deploy")
FULL = bool(os.environ.get("DEPLOY_TEST_FULL"))


def scratch():
    """Where roots are made: in memory when there is room, because every push syncs the disk."""
    for place in (os.environ.get("DEPLOY_TEST_DIR"), "/dev/shm"):
        if place and os.path.isdir(place) and os.access(place, os.W_OK):
            space = os.statvfs(place)
            if space.f_bavail * space.f_frsize > 512 << 20:
                return place
    return None


class Ran:
    def __init__(self, command, fault, status, output, seconds):
        self.command, self.fault = command, fault
        self.status, self.output, self.seconds = status, output, seconds

    def __str__(self):
        fault = "DEPLOY_TEST_FAULT='%s' " % self.fault if self.fault else ""
        return "$ %sdeploy %s   -> exit %s after %.1f s\n%s" % (
            fault, " ".join(self.command), self.status, self.seconds, self.output.rstrip())


class Project:
    """A directory to be deployed, its configuration, and the application's root."""

    def __init__(self, directory, root, server=None, transport=None):
        self.directory, self.root, self.server = directory, root, server
        self.transport = transport or ("libssh2" if server else "local")
        self.shared = {"directories": [], "files": []}
        self.hooks = {"before_flip": [], "after_flip": []}
        self.keep = 5
        # Further keys of deploy.json.
        self.more = {}
        self.home = directory + ".home"
        for place in (self.tree, self.home):
            os.makedirs(place, exist_ok=True)

    @property
    def tree(self):
        return os.path.join(self.directory, "tree")

    def configure(self):
        host = {"host": "127.0.0.1"}
        stage = {"path": self.root, "transport": self.transport}
        if self.server:
            import pwd
            host.update(port=self.server.port, user=pwd.getpwuid(os.getuid()).pw_name)
            stage["ssh"] = {
                "identity": self.server.identity, "known_hosts": self.server.known_hosts}
        stage["hosts"] = [host]
        text = {
            "app": "shop", "recipe": "none", "source": {"directory": "tree"},
            "stages": {"test": stage}, "shared": self.shared, "hooks": self.hooks,
            "keep": self.keep, **self.more,
        }
        with open(os.path.join(self.directory, "deploy.json"), "w") as file:
            json.dump(text, file, indent=1)

    def write(self, path, content, mode=0o644):
        path = os.path.join(os.fsencode(self.tree), os.fsencode(path))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        os.chmod(path, mode)

    @property
    def environment(self):
        kept = {
            key: value for key, value in os.environ.items()
            if not key.startswith(("DEPLOY_", "SSH_", "XDG_", "GITHUB_", "GITLAB_"))}
        return dict(kept, HOME=self.home, DEPLOY_TEST_RUN=self.root, NO_COLOR="1")

    def start(self, *command, fault=None):
        environment = self.environment
        if fault:
            environment["DEPLOY_TEST_FAULT"] = fault
        return subprocess.Popen(
            [BINARY, *command], cwd=self.directory, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def run(self, *command, fault=None, limit=60):
        began = time.monotonic()
        process = self.start(*command, fault=fault)
        try:
            output, _ = process.communicate(timeout=limit)
            status = process.returncode
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
            status = "none (timed out)"
        return Ran(
            command, fault, status, output.decode(errors="backslashreplace"),
            time.monotonic() - began)
