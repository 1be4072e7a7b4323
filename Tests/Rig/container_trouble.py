"""Kills, broken volumes and what others left: a container that starts is complete, and one that cannot says why."""

import contextlib
import os
import random
import shutil
import threading
import time

import docker
import embedded
from container_cases import case
from container_keeping import expect_used, use
from container_scene import NotRun, READY_WITHIN
from entrypoints import BARE, BINARY
from tool import FULL


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


@case("V", "a binary from before 1.3, which unpacks over links, is refused", loses=False, version="1.2.5")
def too_old(scene):
    if embedded.REAL:
        raise NotRun("the binary that DEPLOY_TEST_FRANKENPHP names is no such one")
    container = scene.container(scene.volumes()).start()
    scene.expect_refused(container, "1.2", "FrankenPHP 1.2.5")
