#!/usr/bin/env python3
"""Containers with an embedded application, on a real engine: container.py [CASE...]

Every case is performed with two entry points: `deploy container boot`, which must hold, and a control that is
what people write for themselves, which must lose where it is known to, or the case proves nothing.

DEPLOY_TEST_FRANKENPHP names a real binary (see embedded.py), DEPLOY_TEST_BOOT another script to be tested.
"""

import concurrent.futures
import os
import shutil
import sys
import tempfile
import textwrap
import time

import container_cases
import container_compose  # noqa: F401  Each of the three declares cases.
import container_keeping  # noqa: F401
import container_trouble  # noqa: F401
import docker
import embedded
import images
import standin
from container_scene import Scene
from engine import main as in_engine
from entrypoints import control, ours
from tool import FULL, scratch

AT_ONCE = 3
MATRIX = ("1.3.3", "1.4.4", "1.11.1", "1.12.7")


def jobs(names):
    """(case, tools, version): with --full every case under both sets of tools, and A3 with each version."""
    in_order = sorted(container_cases.CASES, key=lambda one: (one.name[0], int(one.name[1:] or 0)))
    for number, one in enumerate(in_order):
        if names and one.name not in names:
            continue
        sets = images.TOOLS if FULL else (images.TOOLS[number % 2],)
        versions = MATRIX if FULL and one.name == "A3" else (one.version,)
        if embedded.REAL:
            versions = ("real",)
        for tools in sets:
            for version in versions:
                yield one, tools, version


def perform(job, entrypoint, directory):
    one, tools, version = job
    scene = Scene(entrypoint, directory, tools, version)
    began = time.monotonic()
    reason = container_cases.performed(one, scene)
    scene.seconds = time.monotonic() - began
    return scene, reason


def row(job, mine, theirs):
    """The line of the table, and what failed."""
    one, tools, version = job
    (scene, reason), (other, other_reason) = mine, theirs
    if reason or other_reason:
        return "not run", "not run", None, reason or other_reason
    failed = []
    if scene.faults:
        failed += ["ours: " + fault for fault in scene.faults[:6]]
    # The bare binary loses only where its version deletes its tree, and a real one has the version it has.
    if one.loses and not other.faults and not (embedded.REAL and one.control):
        failed.append("the control holds, where it is known to lose: the case proves nothing")
    return (
        "loses" if other.faults else "holds", "FAILS" if scene.faults else "holds", failed,
        "; ".join(scene.told))


def run(names, directory):
    mine, theirs = ours(directory), control(directory)
    docker.sweep_dead()
    images.make_images()
    passed = failed = 0
    print("%-4s %-8s %-7s %-8s %-8s %s" % ("case", "image", "binary", "control", "ours", ""))
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        likeness = pool.submit(lambda: [] if embedded.REAL else standin.faults(directory))
        wanted = list(jobs(names))
        pairs = [
            (job, pool.submit(perform, job, mine, directory),
             pool.submit(perform, job, job[0].control or theirs, directory)) for job in wanted]
        for job, first, second in pairs:
            first, second = first.result(), second.result()
            left, right, faults, note = row(job, first, second)
            print("%-4s %-8s %-7s %-8s %-8s %s (%.0f s, %.0f s)" % (
                job[0].name, job[1], job[2], left, right, job[0].title, second[0].seconds, first[0].seconds))
            if faults is None:
                print("       not run: " + note)
                continue
            passed, failed = passed + (not faults), failed + bool(faults)
            for line in faults:
                print("     ! " + line)
            if note:
                print("       ours: " + note)
            if second[0].faults:
                print("       control: " + textwrap.shorten("; ".join(second[0].faults), 150))
            sys.stdout.flush()
        for fault in likeness.result():
            failed += 1
            print("the stand-in is not like FrankenPHP: " + fault)
    return passed, failed


def main(names):
    began = time.monotonic()
    directory = tempfile.mkdtemp(prefix="container-", dir=scratch())
    passed = failed = 0
    try:
        passed, failed = run(names, directory)
    except (RuntimeError, OSError) as error:
        failed += 1
        print(error)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    for name, reason in container_cases.NOT_RUN.items():
        print("%-4s not run: %s" % (name, reason))
    print("%.0f s" % (time.monotonic() - began))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    if os.environ.get("DEPLOY_TEST_IN_ENGINE"):
        sys.exit(main(sys.argv[1:]))
    os.environ["DEPLOY_TEST_IN_ENGINE"] = "1"
    status = in_engine([sys.executable, *sys.argv])
    if status == 69:
        print("0 passed, 1 failed")
    sys.exit(status)
