#!/usr/bin/env python3
"""A Docker engine for one command, on bare Debian: engine.py COMMAND...   (engine.py sh: to look around)

With DOCKER_HOST set, that engine is used and nothing here is started. Otherwise root gets one of its own
in fresh network, mount and process namespaces. So it meets no other Docker on the machine: bridge, firewall
rules, ports and mounts are its own and vanish with it, and whatever kills the first of its processes, be it
KILL, takes the daemon and every container along.
"""

import contextlib
import ctypes
import fcntl
import glob
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from engine_parts import EngineMissing, unpacked
from tool import scratch

PREFIX = "deploy-engine-"
INSIDE = "DEPLOY_TEST_ENGINE"
READY_WITHIN = 60
PR_SET_PDEATHSIG = 1


def main(words):
    if not words:
        sys.exit("usage: engine.py COMMAND...")
    if INSIDE in os.environ:
        return serve(os.environ[INSIDE], words)
    try:
        return run(words)
    except EngineMissing as missing:
        print("no Docker engine: %s" % missing, file=sys.stderr)
        return 69


def run(words):
    """The command's status, with DOCKER_HOST in its environment."""
    if os.environ.get("DOCKER_HOST"):
        if not os.environ["DOCKER_HOST"].startswith("unix://"):
            raise EngineMissing("DOCKER_HOST is not a unix:// socket of this machine")
        return subprocess.call(words)
    parts = unpacked()
    sweep()
    with state_directory() as place:
        return in_namespaces(parts, place, words)


# --- outside -----------------------------------------------------------------------------------------


@contextlib.contextmanager
def state_directory():
    # Short, because sockets lie below it, and locked for as long as it is in use.
    place = tempfile.mkdtemp(prefix=PREFIX, dir=scratch() or "/tmp")
    handle = os.open(place, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield place
    finally:
        remove(place)
        os.close(handle)


def sweep():
    """Removes what engines left that were killed."""
    for place in glob.glob(os.path.join(scratch() or "/tmp", PREFIX + "*")):
        try:
            handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
        except OSError:
            continue
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove(place)
        os.close(handle)


def remove(place):
    shutil.rmtree(place, ignore_errors=True)
    for top in glob.glob("/sys/fs/cgroup/*/" + os.path.basename(place)) + glob.glob(
            "/sys/fs/cgroup/" + os.path.basename(place)):
        for folder, _, _ in os.walk(top, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(folder)


def in_namespaces(parts, place, words):
    process = subprocess.Popen(
        ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
         sys.executable, os.path.abspath(__file__), *words],
        env=dict(os.environ, **{INSIDE: parts + ":" + place}), preexec_fn=die_with_parent)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        # unshare itself passes no signal on: its child is told, and ends the command and the engine.
        signal.signal(number, lambda got, frame: tell_children(process.pid, got))
    status = process.wait()
    return status if status >= 0 else 128 - status


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def tell_children(pid, number):
    with contextlib.suppress(OSError), open("/proc/%d/task/%d/children" % (pid, pid)) as file:
        for child in file.read().split():
            os.kill(int(child), number)


# --- inside: process 1 of the namespaces ---------------------------------------------------------------
#
# When it ends, the kernel kills the daemon, its containers and all else, and what they had mounted is gone:
# nothing is stopped in order, since nothing of it is kept.


def serve(where, words):
    parts, place = where.split(":")
    os.environ.pop(INSIDE)
    # A handler, because process 1 is not ended by signals that it does not catch.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda got, frame: sys.exit(128 + got))
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    daemon = start(parts, place)
    await_answer(daemon, place)
    command = subprocess.Popen(words, env=environment(parts, place))
    try:
        return wait_for(command.pid)
    finally:
        with contextlib.suppress(ProcessLookupError):
            command.terminate()


def libraries(parts):
    return glob.glob(parts + "/usr/lib/*-linux-gnu")[0]


def start(parts, place):
    """iptables needs libraries that the machine may not have; only the daemon is told of them."""
    path = "%s/usr/sbin:%s/usr/bin:%s" % (parts, parts, os.environ["PATH"])
    found = dict(
        os.environ, PATH=path, LD_LIBRARY_PATH=libraries(parts),
        XTABLES_LIBDIR=libraries(parts) + "/xtables")
    with open(os.path.join(place, "log"), "wb") as log:
        return subprocess.Popen(
            [parts + "/usr/sbin/dockerd", "--data-root", place + "/data", "--exec-root", place + "/run",
             "--pidfile", place + "/pid", "--host", "unix://" + place + "/sock",
             "--cgroup-parent", "/" + os.path.basename(place)],
            env=found, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)


def await_answer(daemon, place):
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline and daemon.poll() is None:
        # dockerd makes its socket when it is ready to answer.
        if os.path.exists(place + "/sock"):
            return
        time.sleep(0.05)
    with open(os.path.join(place, "log"), errors="replace") as log:
        tail = "".join(log.readlines()[-10:])
    raise SystemExit("dockerd did not start:\n" + tail)


def environment(parts, place):
    plugins = os.path.join(place, "config/cli-plugins")
    os.makedirs(plugins, exist_ok=True)
    for name in ("docker-compose", "docker-buildx"):
        os.symlink(parts + "/usr/libexec/docker/cli-plugins/" + name, os.path.join(plugins, name))
    # What the command makes is removed with the engine, however it ends.
    return dict(
        os.environ, DEPLOY_TEST_DIR=place, DOCKER_HOST="unix://" + place + "/sock", DOCKER_CONFIG=place + "/config",
        PATH=parts + "/usr/bin:" + os.environ["PATH"])


def wait_for(wanted):
    """Process 1 also inherits what others leave, and must bury it."""
    while True:
        pid, status = os.wait()
        if pid == wanted:
            return os.waitstatus_to_exitcode(status) % 256


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
