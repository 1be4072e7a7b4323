"""The acceptance list of containers, one function a case. Each finds faults; none knows which entry point it tests.

A case whose control must lose is a check of the rig as well: where even that holds, nothing was proved.
"""

import contextlib
import json
import os
import random
import shutil
import subprocess
import threading
import time

import docker
import images
from container_scene import NotRun, READY_WITHIN
from entrypoints import BARE, BINARY, CONFIGURATION, SERVICE, override
from tool import FULL

CASES = []


class Case:
    def __init__(self, name, title, perform, loses, control, version):
        self.name, self.title, self.perform = name, title, perform
        self.loses, self.control, self.version = loses, control, version


def case(name, title, loses=True, control=None, version="1.11.1"):
    """`loses`: whether the control must; `control`: another one than the usual."""
    def declare(perform):
        CASES.append(Case(name, title, perform, loses, control, version))
        return perform
    return declare


NOT_RUN = {
    "A3b": "restart of the daemon: the engine of a run is not restarted within it",
    "A14": "config reload: the stand-in has no admin API, and mode B is not built",
    "A15": "an image with /app that is not embedded: needs the official image",
    "A16": "host with systemd: no systemd and no real binary here",
    "A17": "volume names of two release directories: belongs to a deploy over compose, not to the boot script",
    "A18": "a failing health check keeps the old slot: slots are not built",
    "A19": "backup of a volume under load: not built for containers",
    "A20": "versioned compose configurations: not built",
    "A21": "BSD sh is not here; busybox ash and dash are what the other cases run under",
}


@case("A1", "first start on empty named volumes: all defaults, dotfiles, modes")
def named(scene):
    container = scene.up(scene.volumes())
    scene.expect_complete(container, "first start")
    scene.expect_linked(container, "first start")


@case("A2", "the same on bind mounts, as a user who is not root")
def bound(scene):
    container = scene.up(scene.binds(user=1000), user="1000:1000")
    scene.expect_complete(container, "first start", owner=1000)
    scene.expect_linked(container, "first start")


WRITTEN = {
    "webroot/files/2026/upload.bin": "an upload", "logs/error.log": "a line\n",
    CONFIGURATION: "<?php return 'edited';\n", "webroot/pdfreports/lazy.pdf": "a report",
    "tmp/sessions/sess_1": "a session",
}


def use(scene, container):
    for path, body in WRITTEN.items():
        scene.expect(scene.write(container, path, body), "cannot write " + path)


def expect_used(scene, container, when):
    for path, body in WRITTEN.items():
        scene.expect_read(container, path, body, when)
    scene.expect(scene.home(container).get("configuration") == "edited", when + ": the configuration is not used")


@case("A3", "restart, kill -9, a new container: what was written survives")
def survive(scene):
    container = scene.up(scene.volumes())
    use(scene, container)
    container.restart()
    scene.ready(container) and expect_used(scene, container, "restart")
    container.kill()
    container.start()
    scene.ready(container) and expect_used(scene, container, "kill -9")
    container.remove()
    container = scene.up(scene.volumes())
    expect_used(scene, container, "new container")


@case("A4", "50 uploads a second from before the start: none that was acknowledged is lost")
def uploads(scene):
    scene.up(scene.volumes()).remove()
    container = scene.container(scene.volumes()).start()
    acknowledged = upload_for(scene, container, 20 if FULL else 3)
    scene.expect(len(acknowledged) > 20, "only %d uploads were acknowledged" % len(acknowledged))
    container.stop(grace=1)
    container.remove()
    container = scene.up(scene.volumes())
    data = container.tree("/data/webroot/files")
    lost = [name for name in acknowledged if data.get(name, (0, 0, 0, None))[3] != name.encode()]
    scene.expect(not lost, "%d of %d uploads lost" % (len(lost), len(acknowledged)))
    scene.told.append("%d acknowledged" % len(acknowledged))


def upload_for(scene, container, seconds):
    acknowledged, threads = [], []
    end = time.monotonic() + seconds

    def upload(name):
        if scene.write(container, "webroot/files/" + name, name):
            acknowledged.append(name)

    number = 0
    while time.monotonic() < end:
        threads.append(threading.Thread(target=upload, args=("u%d" % number,)))
        threads[-1].start()
        number += 1
        time.sleep(0.02)  # the rate, not a wait for anything
    for thread in threads:
        thread.join()
    return acknowledged


@case("A5", "SIGTERM: exit 0 within the grace period, the request in flight is answered", version="1.12.7")
def graceful(scene):
    container = scene.up(scene.volumes())
    use(scene, container)
    answers = []
    thread = threading.Thread(
        target=lambda: answers.append(scene.request(container, {"do": "slow", "name": 1200})))
    thread.start()
    # Only then is it in flight: the server has a child that works.
    wait_until(lambda: container_processes(container) > 1)
    began = time.monotonic()
    status = container.stop(grace=4)
    scene.expect(status == 0, "exit %d" % status)
    scene.expect(time.monotonic() - began < 4, "not within the grace period")
    thread.join()
    scene.expect(answers == [(200, b"done")], "the request in flight got %s" % answers)
    container.start()
    scene.ready(container) and expect_used(scene, container, "after the stop")


def container_processes(container):
    return len([
        row for row in json.loads(docker.ask("GET", "/containers/%s/top" % container.id))["Processes"]
        if BINARY in " ".join(row)])


def wait_until(holds, limit=5):
    deadline = time.monotonic() + limit
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)


@case("A6", "kill -9 while it unpacks or seeds: the next start is complete, byte for byte")
def killed(scene):
    generator = random.Random(os.environ.get("DEPLOY_TEST_SEED") or time.time())
    for number in range(50 if FULL else 6):
        where = kill_somewhere(scene, generator, number)
        if scene.faults:
            scene.faults.append("killed " + where)
            return


def kill_somewhere(scene, generator, number):
    mounts = scene.binds()
    container = scene.container(mounts, environment=["STANDIN_SLOW=8"]).start()
    if number % 2:
        # Every second one falls into the copy of the one large file.
        size, where = 1 << (17 if number % 4 == 1 else generator.randint(1, 22)), "while it seeds"
        container.kill_when(lambda: bytes_below(scene.data) >= size, 10)
    else:
        # Unpacking takes a second that way.
        end, where = time.monotonic() + generator.uniform(0.1, 1.3), "while it unpacks"
        container.kill_when(lambda: time.monotonic() > end, 10)
    container.start()
    if scene.ready(container):
        scene.expect_complete(container, where)
        scene.expect_code(container, where)
        scene.expect_linked(container, where)
    container.remove()
    shutil.rmtree(scene.data)
    return where


def bytes_below(top):
    total = 0
    for folder, _, names in os.walk(top):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(folder, name)).st_size
    return total


@case("A7", "another release of the application: its defaults arrive, what users made stays; and back")
def upgrade(scene):
    mounts = scene.volumes()
    container = scene.up(mounts)
    use(scene, container)
    scene.write(container, "webroot/files/company/logo.png", "their own logo")
    caches = [cache_of(scene, container)]
    container.remove()
    for release, when in ((2, "upgrade"), (1, "rollback")):
        container = scene.up(mounts, release=release)
        scene.expect(scene.home(container).get("release") == release, when + ": another release is served")
        expect_used(scene, container, when)
        scene.expect_read(container, "webroot/files/company/logo.png", "their own logo", when)
        for path in ("webroot/files/company/later.png", "webroot/csv/.later"):
            scene.expect_read(container, path, "came with release 2", when)
        caches.append(cache_of(scene, container))
        container.remove()
    first, second, third = caches
    scene.expect(first and first == third, "cache of a release: %s, then %s" % (first, third))
    scene.expect(first != second, "both releases have the cache " + str(first))


def cache_of(scene, container):
    return scene.unpacked(container).get("tmp/cache/models", (0, 0, 0, None))[3]


@case("A8", "read-only, full, foreign or missing volume: 78 and its path, nothing deleted, the old slot serves")
def refusals(scene):
    old = scene.up(scene.volumes())
    scene.write(old, "webroot/files/mine", "mine")
    place = "webroot/files"
    name = "%s-webroot-files" % scene.mark
    others = scene.volumes(place)
    broken = {
        "read-only volume": dict(mounts=others + [
            docker.volume(name, "/data/" + place, scene.mark, ReadOnly=True)]),
        "full volume": dict(mounts=others + [docker.small("/data/" + place, 65536)]),
        "wrong uid": dict(mounts=scene.volumes(), user="1000:1000"),
        "missing mount": dict(mounts=others),
    }
    for what, options in broken.items():
        container = scene.container(**options).start()
        # Everything is foreign to that user; one path that is named is enough.
        scene.expect_refused(container, "/data/" if what == "wrong uid" else place, what)
        container.remove()
        scene.expect_read(old, "webroot/files/mine", "mine", what)
        scene.expect_read(old, "webroot/files/company/logo.png", "logo", what)


@case("A9", "two replicas that start together on the same empty volumes", loses=False, version="1.4.4")
def replicas(scene):
    pair = [scene.container(scene.volumes()) for _ in range(2)]
    threads = [threading.Thread(target=container.start) for container in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if not all([scene.ready(container) for container in pair]):
        return
    scene.expect_complete(pair[0], "two starts")
    for container in pair:
        scene.expect_linked(container, "two starts")
    scene.write(pair[0], "webroot/files/one", "one")
    scene.expect_read(pair[1], "webroot/files/one", "one", "the other replica")


@case("A10", "trees of other binaries lie beside its own")
def stale(scene):
    place = os.path.join(scene.directory, "tmp-" + scene.mark)
    for name in ("0" * 32, "f" * 32):
        os.makedirs("%s/frankenphp_%s/webroot/files" % (place, name))
    os.chmod(place, 0o1777)
    mounts = scene.volumes() + [docker.bind(place, "/tmp", writable=True)]
    container = scene.up(mounts)
    use(scene, container)
    scene.expect_linked(container, "first start")
    container.remove()
    shutil.rmtree(place)
    os.mkdir(place, 0o1777)
    expect_used(scene, scene.up(mounts), "new container")


@case("A11", "a volume mounted inside the tree is refused, and keeps what it holds", control=BARE, version="1.12.7")
def inside(scene):
    place = os.path.join(scene.directory, "inside-" + scene.mark)
    os.makedirs(place)
    with open(os.path.join(place, "mine"), "w") as file:
        file.write("mine")
    target = "/tmp/%s/webroot/files" % scene.tree_name()
    container = scene.container(scene.volumes() + [docker.bind(place, target, writable=True)]).start()
    if scene.entrypoint is BARE:
        scene.ready(container)
        container.stop()
    else:
        scene.expect_refused(container, target, "volume in the tree")
    scene.expect(os.path.exists(os.path.join(place, "mine")), "the volume was emptied")


@case("A12", "php-cli beside the server, as its user and as root, and as a one-off: the same tree, on the volume",
      loses=False)
def beside(scene):
    mounts = scene.volumes() if scene.entrypoint.name == "control" else scene.binds(user=1000)
    user, below = ("", "/tmp") if scene.entrypoint.name == "control" else ("1000:1000", "/run/app")
    options = dict(user=user, environment=["TMPDIR=" + below])
    spare = [docker.small(below, 64 << 20)] if below != "/tmp" else []
    container = scene.up(mounts + spare, **options)
    home = os.path.dirname(scene.home(container)["directory"])
    for who in (user, "root"):
        status, said = container.execute(
            BINARY, "php-cli", "bin/cake.php", "webroot/files/by-" + (who or "user"), "cron", user=who)
        scene.expect(status == 0 and said.strip().endswith(home), "php-cli as %s: %d %s" % (who, status, said))
    one_off = scene.container(
        mounts + spare, "php-cli", "bin/cake.php", "webroot/files/by-one-off", "cron", **options).start()
    scene.expect(one_off.ended(READY_WITHIN) == 0, "one-off: " + one_off.said()[-200:])
    scene.expect(scene.serves(container), "the server is gone")
    data = container.tree("/data/webroot/files")
    for name in ("by-" + (user or "user"), "by-root", "by-one-off"):
        scene.expect(data.get(name, (0, 0, 0, b""))[3] == b"cron", name + " is not on the volume")


@case("A13", "the target of a link is gone at the next start: set up again, or refused by name")
def dangling(scene):
    os.makedirs(scene.data)
    for path in ("config", "logs"):
        os.makedirs(os.path.join(scene.data, path))
    container = scene.up([docker.bind(scene.data, "/data", writable=True)])
    container.stop(grace=1)
    shutil.rmtree(os.path.join(scene.data, "webroot/files"))
    container.start()
    if container.ended(1) == 78:
        scene.expect("webroot/files" in container.said(), "the path is not named")
    elif scene.ready(container, READY_WITHIN if scene.entrypoint.name == "ours" else 4):
        scene.expect_complete(container, "set up again")
        scene.expect_linked(container, "set up again")


COMPOSE = """name: %(name)s
services:
  %(service)s:
    image: %(image)s
    pull_policy: never
    entrypoint: ["%(binary)s"]
    command: ["php-server"]
    ports: ["127.0.0.1::80"]
    networks: [site]
    labels: {%(label)s: "%(mark)s"}
    volumes:
      - %(program)s:%(binary)s:ro
      - app-tmp:/data/tmp
      - app-logs:/data/logs
      - app-uploads:/data/webroot/files
      - app-csv:/data/webroot/csv
      - app-invoice:/data/webroot/invoice-logo
      - app-timesheet:/data/webroot/timesheetpdf
      - app-reports:/data/webroot/pdfreports
      - app-config:/data/config
networks: {site: {labels: {%(label)s: "%(mark)s"}}}
volumes:
"""


@case("A22", "the users' compose file with another entry point: their own three tests", loses=False)
def compose(scene):
    place = os.path.join(scene.directory, "compose-" + scene.mark)
    os.makedirs(place)
    text = COMPOSE % {
        "name": "deploy-tests-" + scene.mark, "service": SERVICE, "image": images.image(scene.tools),
        "binary": BINARY, "program": scene.binary(), "label": docker.LABEL, "mark": scene.mark}
    for name in ("tmp", "logs", "uploads", "csv", "invoice", "timesheet", "reports", "config"):
        text += "  app-%s: {labels: {%s: '%s'}}\n" % (name, docker.LABEL, scene.mark)
    for name, content in (
            ("docker-compose.yaml", text), ("compose.deploy.json", override(scene.entrypoint, place))):
        with open(os.path.join(place, name), "w") as file:
            file.write(content)
    try:
        three_tests(scene, place)
    finally:
        with contextlib.suppress(RuntimeError):
            composed(place, "down", "-v", "-t", "1")


def composed(place, *words):
    ran = subprocess.run(
        ["docker", "compose", "-f", "docker-compose.yaml", "-f", "compose.deploy.json", *words], cwd=place,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
    if ran.returncode != 0:
        raise RuntimeError("docker compose %s: %s" % (" ".join(words), ran.stdout[-500:]))
    return ran.stdout


def three_tests(scene, place):
    def inside(script):
        return composed(place, "exec", "-T", SERVICE, "sh", "-c", script)

    def settled():
        scene.ready(docker.Container.known(composed(place, "ps", "-q", SERVICE).strip()))

    composed(place, "up", "-d")
    settled()
    # Not as they redirect it: no shell expands a pattern for a file that is not there yet.
    inside("cd /tmp/frankenphp_*/webroot/files && echo 'Test data' >test.txt")
    composed(place, "restart", "-t", "2", SERVICE)
    settled()
    scene.expect("Test data" in inside("cat /tmp/frankenphp_*/webroot/files/test.txt"), "test 1: the upload is lost")
    inside("cd /tmp/frankenphp_*/logs && echo 'Persistent log entry' >>error.log")
    composed(place, "down", "-t", "2")
    composed(place, "up", "-d")
    settled()
    scene.expect("Persistent" in inside("cat /tmp/frankenphp_*/logs/error.log"), "test 2: the log is lost")
    shown = inside("ls -la /tmp/frankenphp_*/webroot/")
    for name in ("csv", "files", "invoice-logo", "pdfreports", "timesheetpdf"):
        scene.expect(
            "%s -> /data/webroot/%s" % (name, name) in shown, "test 3: %s is no link" % name)


@case("V", "a binary from before 1.3, which unpacks over links, is refused", loses=False, version="1.2.5")
def too_old(scene):
    container = scene.container(scene.volumes()).start()
    scene.expect_refused(container, "1.2", "FrankenPHP 1.2.5")


def performed(one, scene):
    """The reason why a case was not run, or None; its faults are with the scene."""
    try:
        one.perform(scene)
    except NotRun as reason:
        return str(reason)
    except Exception as error:  # Whatever breaks in a case is a fault of it, and the others go on.
        scene.faults.append("%s: %s" % (type(error).__name__, error))
    finally:
        scene.end()
    return None
