"""Is frankenphp.php what embed.go is known to be? Every row of its table, on this machine's own disk."""

import glob
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import embedded

# Version -> what a later start does to a tree that is there, and whether a stop leaves it.
TABLE = {
    # Whether 1.0 keeps it is not looked at: it unpacks its Caddyfile again, and with it a port that may be taken.
    "1.0.3": ("anew", None),
    "1.1.0": ("nothing", True), "1.2.5": ("nothing", True),
    "1.3.3": ("missing", True),
    "1.3.4": ("missing", False), "1.4.4": ("missing", False),
    "1.5.0": ("missing", True), "1.12.0": ("missing", True),
    "1.12.1": ("missing", False),
}


class StandIn:
    def __init__(self, directory, version):
        self.place = tempfile.mkdtemp(prefix="standin-", dir=directory)
        self.binary = os.path.join(self.place, "binary")
        self.name = embedded.make_binary(self.binary, version=version)
        self.tree = os.path.join(self.place, self.name)

    def start(self, *words, **environment):
        return subprocess.Popen(
            [self.binary, *words], env=dict(os.environ, TMPDIR=self.place, **environment),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def run(self, *words):
        process = self.start(*words)
        return process.communicate()[0].decode(), process.returncode

    def inside(self, path):
        return os.path.join(self.tree, path)


def faults(directory):
    found = []
    for version, (later, keeps) in TABLE.items():
        found += ["%s: %s" % (version, fault) for fault in at_start(directory, version, later)]
        if keeps is not None:
            found += ["%s: %s" % (version, fault) for fault in at_stop(directory, version, keeps)]
    return found + list(at_trouble(directory))


def at_start(directory, version, later):
    one = StandIn(directory, version)
    one.run("version")
    if not os.path.exists(one.inside("webroot/.htaccess")) or os.path.lexists(one.inside("webroot/storage")):
        yield "not unpacked, or with links"
    outside = os.path.join(one.place, "volume")
    os.rename(one.inside("webroot/files"), outside)
    os.symlink(outside, one.inside("webroot/files"))
    os.unlink(outside + "/company/logo.png")
    os.unlink(one.inside("composer.json"))
    with open(one.inside("src/Application.php"), "w") as file:
        file.write("short")
    one.run("version")
    seen = (
        os.path.islink(one.inside("webroot/files")), os.path.exists(outside + "/company/logo.png"),
        os.path.exists(one.inside("composer.json")), os.path.getsize(one.inside("src/Application.php")) == 5)
    wanted = {
        "anew": (False, False, True, False), "nothing": (True, False, False, True),
        "missing": (True, True, True, True)}[later]
    if seen != wanted:
        yield "a later start: %s, not %s" % (seen, wanted)
    shutil.rmtree(one.place)


def at_stop(directory, version, keeps):
    one = StandIn(directory, version)
    one.run("version")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with open(one.inside("Caddyfile"), "w") as file:
        file.write(embedded.CADDYFILE.replace(":80", ":%d" % port))
    process = one.start("php-server")
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                process.terminate()
                break
        time.sleep(0.02)
    process.communicate()
    if process.returncode != 0 or os.path.isdir(one.tree) != keeps:
        yield "a stop with exit %s left %s" % (process.returncode, glob.glob(one.tree))
    shutil.rmtree(one.place)


def at_trouble(directory):
    one = StandIn(directory, "1.11.1")
    one.run("version")
    shutil.rmtree(one.inside("webroot/files"))
    os.symlink(one.place + "/nowhere", one.inside("webroot/files"))
    said, status = one.run("version")
    if status != 2 or "panic" not in said or os.path.exists(one.tree):
        yield "a link to nothing: exit %d, %s" % (status, said[-200:])
        return
    process = one.start("version", STANDIN_SLOW="20")
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and len(glob.glob(one.tree + "/*/*")) < 5:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    one.run("version")
    whole = embedded.files(1)
    short = [path for path in whole if os.path.getsize(one.inside(path)) < len(whole[path])]
    said, status = one.run("php-cli", "bin/cake.php", "logs/line", "text")
    if status != 0 or not re.search(re.escape(one.tree) + "$", said.strip()):
        yield "php-cli: exit %d, %s" % (status, said)
    if len(short) > 1:
        yield "a kill left more than one short file: %s" % short
    shutil.rmtree(one.place)
