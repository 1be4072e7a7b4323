"""Writes through `current` without a pause while pushes and rollbacks happen, and loses nothing.

Every write that was acknowledged (fsync and close returned) must be read through the live site at the end:
all lines of a file, in their order, and every file that was made.
"""

import os
import random
import shutil
import sys
import tempfile
import threading
import time

from app import App, read
from shells import lay_shell
from tool import FULL, scratch

CHANGES = 50 if FULL else 12
SHELLS = ("dash", "busybox")
PUBLIC = {"root": "public", "persistent": ["uploads/**"], "build": ["build/**"], "regenerable": []}
LOGS = [b"visits.log", b"images/visits.log", b"logs/deep/visits.log", b"uploads/visits.log"]


class Writer(threading.Thread):
    """A web application: each turn appends, makes files, or replaces one by a rename."""

    def __init__(self, app):
        super().__init__()
        self.app, self.stop = app, threading.Event()
        self.lines = {path: [] for path in LOGS}
        self.files, self.replaced = {}, {}
        self.errors, self.turn = [], 0

    def run(self):
        while not self.stop.is_set():
            self.turn += 1
            token = b"%d" % self.turn
            self.attempt(self.append, LOGS[self.turn % len(LOGS)], token)
            # One by one among shipped files: each costs the tool a link of its own.
            if self.turn % 10 == 0:
                self.attempt(self.make, b"images/picture-%s.png" % token, token)
            self.attempt(self.make, b"orders/%d/%s.pdf" % (self.turn % 7, token), token)
            self.attempt(self.make, b"uploads/%d/%s.jpg" % (self.turn % 5, token), token)
            self.attempt(self.replace, b"sitemap-%d.xml" % (self.turn % 3), token)
            time.sleep(0.05)

    def attempt(self, act, path, token):
        # A directory may be exchanged between two calls, as any program must expect; so once more.
        for _ in range(50):
            try:
                act(path, token)
                return
            except FileNotFoundError:
                time.sleep(0.002)
        self.errors.append("%r could not be written" % path)

    def append(self, path, token):
        self.put(path, b"line %s\n" % token, "ab")
        self.lines[path].append(token)

    def make(self, path, token):
        self.put(path, b"file %s\n" % token, "xb")
        self.files[path] = b"file %s\n" % token

    def replace(self, path, token):
        self.put(path + b".new", b"map %s\n" % token, "wb")
        os.rename(self.app.place(path + b".new"), self.app.place(path))
        self.replaced[path] = b"map %s\n" % token

    def put(self, path, content, mode):
        full = self.app.place(path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, mode) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


def shortfalls(writer, app):
    found = list(writer.errors)
    for path, tokens in writer.lines.items():
        there = [line.split()[-1] for line in content_of(app, path).splitlines() if line.strip()]
        if there != tokens:
            missing = sorted(set(tokens) - set(there), key=int)
            found.append("%r has %d of %d lines in order; missing %s" % (
                path, len(there), len(tokens), missing[:6]))
    for path, content in {**writer.files, **writer.replaced}.items():
        if content_of(app, path) != content:
            found.append("%r is %r, not %r" % (path, content_of(app, path)[:40], content))
    return found


def content_of(app, path):
    try:
        return read(app.place(path))
    except OSError:
        return b""


def changes(app, seed):
    """Pushes and rollbacks; returns what went wrong."""
    dice, found = random.Random(seed), []
    for number in range(1, CHANGES + 1):
        is_push = number < 3 or dice.random() < 0.65
        if is_push:
            ship(app, number)
        ran = app.project.run(*(["push"] if is_push else ["rollback"]))
        if ran.status not in ((0,) if is_push else (0, 18)):
            found.append(str(ran))
    return found


def ship(app, number):
    app.fill({
        b"public/index.php": b"release %d" % number, b"public/images/logo.png": b"logo",
        b"public/build/app-%d.js" % number: b"script", b"public/uploads/.htaccess": b"deny"})


def perform(directory, shell, seed):
    os.makedirs(directory)
    app = App(directory, PUBLIC, keep=3)
    app.project.tools = lay_shell(shell, os.path.join(directory, "tools"))
    app.project.configure()
    ship(app, 0)
    first = app.project.run("push")
    if first.status != 0:
        return [str(first)], 0
    writer = Writer(app)
    writer.start()
    try:
        found = changes(app, seed)
        time.sleep(0.1)
    finally:
        writer.stop.set()
        writer.join()
    # What was written into a directory that was exchanged is brought by the harvest after it.
    ship(app, CHANGES + 1)
    app.project.run("push")
    return found + shortfalls(writer, app), writer.turn * 4


def main():
    began = time.monotonic()
    seed = int(os.environ.get("DEPLOY_TEST_SEED") or time.time())
    passed = failed = 0
    directory = tempfile.mkdtemp(prefix="writer-", dir=scratch())
    try:
        for shell in SHELLS:
            found, count = perform(os.path.join(directory, shell), shell, seed)
            passed, failed = passed + (not found), failed + bool(found)
            print("%s %s: %d writes during %d changes" % (
                "F" if found else ".", shell, count, CHANGES), flush=True)
            if found:
                print("FAILED  seed %d (DEPLOY_TEST_SEED): %d shortfalls\n  - %s" % (
                    seed, len(found), "\n  - ".join(found[:12])), flush=True)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print("%.0f s" % (time.monotonic() - began))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
