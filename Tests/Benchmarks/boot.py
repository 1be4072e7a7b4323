#!/usr/bin/env python3
"""What keeping data costs a container with an embedded application: DEPLOY_BIN=... python3 boot.py [ROUNDS]

The start until the first answer, with the boot script over without it; and writes in the application's tree,
through a link to a volume over without one, on the same disk. Medians, as ratios, because machines differ;
what the two share, such as starting a container, is in both.
"""

import os
import pathlib
import statistics
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "Rig"))
import images  # noqa: E402
from container_scene import Scene  # noqa: E402
from engine import main as in_engine  # noqa: E402
from entrypoints import BARE, ours  # noqa: E402
from tool import scratch  # noqa: E402

# The shell's own start is taken from both, so each is done several times by one shell.
LARGE = "for n in 1 2 3; do dd if=/dev/zero of=large bs=1M count=100 conv=fsync 2>/dev/null; done; rm large"
SMALL = "n=0; while [ $n -lt 1000 ]; do echo $n >small-$n; n=$((n + 1)); done; rm small-*"


def timed(work):
    began = time.monotonic()
    work()
    return time.monotonic() - began


def start(entrypoint, directory, tools):
    """Seconds from the start to the first answer, on empty volumes and then on full ones."""
    scene = Scene(entrypoint, directory, tools)
    try:
        seconds = []
        for _ in range(2):
            container = scene.container(scene.volumes())
            seconds.append(timed(lambda: scene.ready(container.start())))
            if scene.faults:
                raise SystemExit(scene.faults[0])
            container.remove()
        return seconds
    finally:
        scene.end()


def writes(entrypoint, directory, tools, rounds):
    """Per round, seconds of a script run in the linked directory, and in a directory on a volume itself."""
    scene = Scene(entrypoint, directory, tools)
    try:
        container = scene.up(scene.volumes())
        tree = os.path.dirname(scene.home(container)["directory"])
        found = {}
        for _ in range(rounds):
            for name, script in (("large", LARGE), ("small", SMALL)):
                for place, path in (("link", tree + "/webroot/files/"), ("volume", "/data/webroot/files/")):
                    # By whole paths: a shell that changed into the directory would be past the link.
                    words = script.replace("of=large", "of=%slarge" % path).replace("rm ", "rm " + path)
                    words = words.replace(">small", ">%ssmall" % path)
                    found.setdefault((name, place), []).append(
                        timed(lambda: container.execute("sh", "-c", words)))
        return {key: statistics.median(seconds) for key, seconds in found.items()}
    finally:
        scene.end()


def main(rounds=5):
    with tempfile.TemporaryDirectory(dir=scratch()) as directory:
        images.make_images()
        mine = ours(directory)
        for tools in images.TOOLS:
            taken = {}
            for _ in range(rounds):
                for entrypoint in (BARE, mine):
                    for volumes, seconds in zip(("empty", "full"), start(entrypoint, directory, tools)):
                        taken.setdefault((entrypoint.name, volumes), []).append(seconds)
            medians = {key: statistics.median(seconds) for key, seconds in taken.items()}
            for volumes in ("empty", "full"):
                bare, booted = medians["bare", volumes], medians["ours", volumes]
                print("%s: start on %s volumes %.2f (%.0f ms more)" % (
                    tools, volumes, booted / bare, (booted - bare) * 1000))
            spent = writes(mine, directory, tools, rounds)
            for name in ("large", "small"):
                print("%s: %s through the link %.2f" % (
                    tools, {"large": "100 MB", "small": "1,000 files"}[name],
                    spent[name, "link"] / spent[name, "volume"]))


if __name__ == "__main__":
    if os.environ.get("DEPLOY_TEST_IN_ENGINE"):
        main(*[int(word) for word in sys.argv[1:]])
    else:
        os.environ["DEPLOY_TEST_IN_ENGINE"] = "1"
        sys.exit(in_engine([sys.executable, *sys.argv]))
