"""Hosts in network namespaces: each has an address, an sshd and an /srv of its own.

A second process holds the other end of a pipe: whatever becomes of the suite, the namespaces, the
processes in them and their directories are gone a moment after it.
"""

import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

PREFIX = "deploy-fleet"


def run(*words, check=True):
    ran = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if check and ran.returncode != 0:
        raise RuntimeError("%s: %s" % (" ".join(words), ran.stderr.strip() or ran.returncode))
    return ran.stdout


class Network:
    """Namespaces that are removed together. `with Network() as network: network.host("web1")`"""

    def __init__(self):
        self.numbers = itertools.count(1)

    def __enter__(self):
        if os.getuid() != 0:
            raise RuntimeError("network namespaces take root; this suite is run as root")
        self.directory = tempfile.mkdtemp(prefix="fleet-", dir="/dev/shm")
        self.reaper = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), str(os.getpid()), self.directory],
            stdin=subprocess.PIPE, start_new_session=True)
        self.name = "%s-%d" % (PREFIX, os.getpid())
        # One key for all hosts: what is tested here is not the login.
        for key in ("host", "user"):
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.path(key))
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
        return self

    def __exit__(self, *ignored):
        self.reaper.stdin.close()
        self.reaper.wait()

    def path(self, name):
        return os.path.join(self.directory, name)

    def host(self, name, disk=None):
        return Host(self, name, next(self.numbers), disk)


class Host:
    """One machine, as far as a deployment can tell. `disk` is the size of its /srv in kilobytes."""

    ROOT = "/srv/shop"

    def __init__(self, network, name, number, disk=None):
        self.network, self.name = network, name
        self.namespace = "%s-%d" % (network.name, number)
        self.link = "dpf%x.%d" % (os.getpid() & 0xFFFFF, number)
        subnet = "10.%d.%d" % (64 + os.getpid() % 128, number)
        self.address, self.gateway = subnet + ".2", subnet + ".1"
        self.srv = network.path("%s.%d" % (name, number))
        os.makedirs(self.srv)
        if disk:
            run("mount", "-t", "tmpfs", "-o", "size=%dk" % disk, "deploy-fleet", self.srv)
        run("ip", "netns", "add", self.namespace)
        run("ip", "link", "add", self.link, "type", "veth", "peer", "name", "eth0",
            "netns", self.namespace)
        run("ip", "addr", "add", self.gateway + "/30", "dev", self.link)
        run("ip", "link", "set", self.link, "up")
        self.inside("addr", "add", self.address + "/30", "dev", "eth0")
        self.inside("link", "set", "lo", "up")
        # A neighbour that is known for good: without it, who is cut off is soon told so by the kernel.
        hardware = "02:64:65:70:%02x:%02x" % (number >> 8, number & 255)
        self.inside("link", "set", "eth0", "address", hardware)
        run("ip", "neigh", "replace", self.address, "lladdr", hardware, "dev", self.link,
            "nud", "permanent")
        self.connect()
        self.configure_sshd()
        self.start()

    def inside(self, *words):
        run("ip", "-n", self.namespace, *words)

    @property
    def root(self):
        """The application's directory, seen from outside."""
        return os.path.join(self.srv, "shop")

    @property
    def mark_of_processes(self):
        """Text in the environment of every process that its sshd started."""
        return " %s 22\0" % self.address

    # --- its sshd

    def configure_sshd(self):
        with open(self.network.path(self.namespace + ".config"), "w") as file:
            file.write("\n".join([
                "ListenAddress " + self.address, "HostKey " + self.network.path("host"), "PidFile none",
                "AuthorizedKeysFile " + self.network.path("user.pub"), "StrictModes no", "UsePAM no",
                "PasswordAuthentication no", "UseDNS no", "MaxStartups 100", ""]))

    def start(self):
        # `ip netns exec` gives it a view of the file system of its own, where /srv may be another.
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", self.namespace, "sh", "-c",
             "mount --bind \"$1\" /srv && exec /usr/sbin/sshd -D -E \"$2\" -f \"$3\"", "sh", self.srv,
             self.network.path(self.namespace + ".log"), self.network.path(self.namespace + ".config")],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
        deadline = time.monotonic() + 10
        while "Server listening" not in self.log:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the sshd of %s does not start: %s" % (self.name, self.log[-500:]))
            time.sleep(0.02)

    @property
    def log(self):
        try:
            with open(self.network.path(self.namespace + ".log"), errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def stop(self):
        """Refuses connections; sessions live on."""
        self.process.terminate()
        self.process.wait()
        os.unlink(self.network.path(self.namespace + ".log"))

    def processes(self):
        return [int(pid) for pid in run("ip", "netns", "pids", self.namespace).split()]

    # --- its network

    def cut(self):
        """Neither side hears of it: packets vanish."""
        self.inside("link", "set", "eth0", "down")

    def connect(self):
        self.inside("link", "set", "eth0", "up")

    def wait_until_it_answers(self, limit=10):
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            try:
                with socket.create_connection((self.address, 22), 1) as connection:
                    if connection.recv(4).startswith(b"SSH-"):
                        return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("%s does not answer" % self.name)

    # --- what stops at a point of the program (see FaultRuntime)

    def set_trap(self):
        with open(os.path.join(self.srv, "fault"), "w"):
            pass

    def trapped(self, limit=30):
        """The process that stopped at the point."""
        path = os.path.join(self.srv, "fault.reached")
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            try:
                with open(path) as file:
                    text = file.read()
                if text.endswith("\n"):
                    return int(text)
            except OSError:
                pass
            time.sleep(0.01)
        raise RuntimeError("nothing on %s came to the point" % self.name)

    def release(self):
        for name in ("fault", "fault.reached"):
            path = os.path.join(self.srv, name)
            if os.path.exists(path):
                os.unlink(path)


# --- the reaper: removes what a network left, as soon as the suite is gone


def reap(pid, directory):
    for word in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(word, signal.SIG_IGN)
    sys.stdin.read()
    mine = "%s-%s-" % (PREFIX, pid)
    for line in run("ip", "netns", "list").splitlines():
        name = line.split()[0] if line.split() else ""
        if not name.startswith(mine):
            continue
        for process in run("ip", "netns", "pids", name, check=False).split():
            try:
                os.kill(int(process), signal.SIGKILL)
            except ProcessLookupError:
                pass
        run("ip", "netns", "del", name, check=False)
    for name in os.listdir(directory):
        if os.path.ismount(os.path.join(directory, name)):
            run("umount", "-l", os.path.join(directory, name), check=False)
    shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    reap(sys.argv[1], sys.argv[2])
