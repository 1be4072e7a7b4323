"""What the container cases ask of an engine, over its own socket. A program a question would cost more time."""

import calendar
import contextlib
import http.client
import io
import json
import os
import signal
import socket
import tarfile
import time
import urllib.parse

LABEL = "deploy-tests"


class Unix(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(os.environ["DOCKER_HOST"][len("unix://"):])


def ask(method, path, body=None, content_type="application/json", fine=()):
    """The answer's bytes; an unexpected status is an error."""
    connection = Unix("docker", timeout=120)
    try:
        data = json.dumps(body) if isinstance(body, (dict, list)) else body
        connection.request(
            method, "/v1.41" + path, data, {"Content-Type": content_type} if data is not None else {})
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    if answer.status >= 400 and answer.status not in fine:
        raise RuntimeError("docker %s %s: %d %s" % (
            method, path, answer.status, content.decode(errors="replace")[:400]))
    return content


def import_image(name, archive):
    ask("POST", "/images/create?fromSrc=-&repo=%s&tag=latest" % name, archive, "application/x-tar")


def sweep(mark):
    """Removes containers, volumes and networks that carry a mark, and nothing else."""
    wanted = urllib.parse.quote(json.dumps({"label": ["%s=%s" % (LABEL, mark)]}))
    for found in json.loads(ask("GET", "/containers/json?all=1&filters=" + wanted)):
        ask("DELETE", "/containers/%s?force=1&v=1" % found["Id"], fine=(404, 409))
    for found in json.loads(ask("GET", "/volumes?filters=" + wanted)).get("Volumes") or []:
        ask("DELETE", "/volumes/" + found["Name"], fine=(404,))
    for found in json.loads(ask("GET", "/networks?filters=" + wanted)):
        ask("DELETE", "/networks/" + found["Id"], fine=(404,))


def sweep_dead():
    """Removes what runs that were killed left on an engine that outlived them."""
    everything = [
        *json.loads(ask("GET", "/containers/json?all=1")), *json.loads(ask("GET", "/networks")),
        *(json.loads(ask("GET", "/volumes")).get("Volumes") or [])]
    for mark in {(found.get("Labels") or {}).get(LABEL) for found in everything} - {None}:
        if not os.path.exists("/proc/" + mark.partition("-")[0]):
            sweep(mark)


def volume(name, target, mark, **more):
    options = {"Labels": {LABEL: mark}}
    return {"Type": "volume", "Source": name, "Target": target, "VolumeOptions": options, **more}


def bind(source, target, writable=False):
    return {"Type": "bind", "Source": source, "Target": target, "ReadOnly": not writable}


def small(target, size):
    return {"Type": "tmpfs", "Target": target, "TmpfsOptions": {"SizeBytes": size}}


class Container:
    def __init__(self, image, entrypoint, words, mounts, mark, user="", environment=()):
        self.id = json.loads(ask("POST", "/containers/create", {
            "Image": image, "Entrypoint": entrypoint, "Cmd": list(words), "User": user,
            "Env": list(environment), "Labels": {LABEL: mark}, "HostConfig": {"Mounts": mounts}}))["Id"]

    @classmethod
    def known(cls, name):
        """One that somebody else made."""
        self = cls.__new__(cls)
        self.id = name
        return self

    def start(self):
        ask("POST", "/containers/%s/start" % self.id)
        return self

    def stop(self, grace=10):
        """Its exit status, after SIGTERM and, `grace` seconds later, SIGKILL."""
        ask("POST", "/containers/%s/stop?t=%d" % (self.id, grace))
        return self.state["ExitCode"]

    def kill(self):
        ask("POST", "/containers/%s/kill" % self.id, fine=(409,))
        ask("POST", "/containers/%s/wait" % self.id)

    def kill_when(self, holds, limit):
        """Kills it in the moment in which something holds; asking the engine would take too long for that."""
        pid, deadline = self.state["Pid"], time.monotonic() + limit
        while not holds() and time.monotonic() < deadline:
            time.sleep(0.0002)
        with contextlib.suppress(OSError):
            # The number may be that of another process, for an engine that counts apart from us.
            with open("/proc/%d/cgroup" % pid) as file:
                if self.id in file.read():
                    os.kill(pid, signal.SIGKILL)
        self.kill()

    def restart(self, grace=2):
        ask("POST", "/containers/%s/restart?t=%d" % (self.id, grace))

    def remove(self):
        ask("DELETE", "/containers/%s?force=1" % self.id, fine=(404,))

    @property
    def state(self):
        return self.facts["State"]

    @property
    def facts(self):
        return json.loads(ask("GET", "/containers/%s/json" % self.id))

    @property
    def running(self):
        return self.state["Running"]

    @property
    def address(self):
        networks = self.facts["NetworkSettings"]["Networks"].values()
        return next((network["IPAddress"] for network in networks), "")

    def ended(self, limit):
        """The exit status once it has ended, None when it still runs."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            state = self.state
            if not state["Running"] and state["Status"] != "created":
                return state["ExitCode"]
            time.sleep(0.03)
        return None

    def execute(self, *words, user=""):
        """Status and output of a command in it."""
        made = json.loads(ask("POST", "/containers/%s/exec" % self.id, {
            "Cmd": list(words), "User": user, "AttachStdout": True, "AttachStderr": True}))["Id"]
        output = unframed(ask("POST", "/exec/%s/start" % made, {"Detach": False}))
        return json.loads(ask("GET", "/exec/%s/json" % made))["ExitCode"], output

    def said(self):
        """Its output since the last start. What it says first may be older than the time it started, as noted."""
        state = self.state
        earlier = state["FinishedAt"] if state["Running"] else "0001-01-01T00:00:00Z"
        began, _, fraction = earlier.rstrip("Z").partition(".")
        began = calendar.timegm(time.strptime(began, "%Y-%m-%dT%H:%M:%S"))
        return unframed(ask("GET", "/containers/%s/logs?stdout=1&stderr=1&since=%d.%s" % (
            self.id, max(began, 0), fraction or "0")))

    def tree(self, top):
        """Path below `top` -> (kind, mode, owner, content or target), whether it runs or not; mounts included."""
        content = ask(
            "GET", "/containers/%s/archive?path=%s" % (self.id, urllib.parse.quote(top)), fine=(404,))
        if content.startswith(b'{"message"'):
            return {}
        found = {}
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            for one in tar:
                path = one.name.partition("/")[2].rstrip("/")
                told = tar.extractfile(one).read() if one.isreg() else one.linkname
                kind = "file" if one.isreg() else "link" if one.issym() else "directory"
                found[path] = (kind, one.mode, one.uid, told)
        return found


def unframed(stream):
    """The text of a stream that marks which bytes are output and which errors."""
    text, at = b"", 0
    while at + 8 <= len(stream):
        length = int.from_bytes(stream[at + 4:at + 8], "big")
        text += stream[at + 8:at + 8 + length]
        at += 8 + length
    return text.decode(errors="backslashreplace")
