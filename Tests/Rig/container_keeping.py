"""What is written in a container with an embedded application is there after every ordinary end of it."""

import json
import threading
import time

import docker
from container_cases import case
from container_scene import wait_until
from entrypoints import BINARY, CONFIGURATION
from tool import FULL


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
