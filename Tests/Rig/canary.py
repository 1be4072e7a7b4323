"""Links that the web server's user plants, in shared/ and in the live docroot: nothing outside is touched.

Each place gets a link to each target; then push, rollback, push with pruning. The tree outside must be the
same to the inode, and the tool succeeds or refuses with the name of the path. Runs best as root, to whom
every write outside would be allowed.
"""

import os
import re
import shutil
import sys
import tempfile
import time

from app import App, remove_tree, write
from shells import lay_shell
from tool import FULL, scratch

PUBLIC = {
    "root": "public", "persistent": ["uploads/**"], "build": ["build/**"],
    "regenerable": ["cache/**"]}
# At each component of a declared directory, of a harvested one, of a seeded one, and in the docroot.
PLACES = [
    "shared/storage", "shared/storage/app", "shared/public", "shared/public/uploads",
    "shared/public/uploads/sets", "shared/public/invoices", "shared/public/invoices/2026",
    "shared/public/images", "shared/.env",
    "current/public/uploads", "current/public/images", "current/public/invoices",
    "current/public/index.php", "current/public/new", "current/public/build"]
TARGETS = {
    "outside": "{scratch}/outside", "system": "{scratch}/etc", "absolute root": "/",
    "release": "{root}/releases", "bookkeeping": "{root}/.deploy", "itself": "{self}",
    "nothing": "{scratch}/nowhere", "relative": "../../../../outside"}
REFUSALS = (2, 12, 13, 17, 19, 20)


def lay_canary(directory):
    for place in ("outside", "etc"):
        for path in ("canary", "2026/canary", "sets/canary", "uploads/sets/canary", "app/canary",
                     "invoices/2026/canary", "passwd", "index.php", "a.pdf"):
            full = os.path.join(directory, place, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            write(full, b"canary")
            os.chmod(full, 0o640)
            if os.getuid() == 0:
                os.chown(full, 12345, 12345)
            os.utime(full, (1_000_000_000, 1_000_000_000))


def portrait(directory):
    """Everything about the trees outside, to the inode."""
    found = {}
    for place in ("outside", "etc", "nowhere"):
        top = os.path.join(directory, place)
        for folder, directories, names in os.walk(top):
            for name in directories + names + ["."]:
                full = os.path.join(folder, name)
                info = os.lstat(full)
                found[full] = (
                    info.st_ino, info.st_mode, info.st_uid, info.st_gid, info.st_nlink,
                    info.st_mtime_ns, info.st_size)
    return found


class Stage:
    def __init__(self, directory, shell):
        os.makedirs(directory)
        self.directory = directory
        self.app = App(
            directory, PUBLIC, {"directories": ["storage"], "files": [".env"]})
        self.app.project.tools = lay_shell(shell, os.path.join(directory, "tools"))
        self.app.project.configure()
        os.makedirs(os.path.join(self.app.root, "shared"))
        write(os.path.join(self.app.root, "shared/.env"), b"secret")
        lay_canary(directory)

    def ship(self, number):
        self.app.fill({
            b"public/index.php": b"release %d" % number, b"public/images/logo.png": b"logo",
            b"public/uploads/sets/one.txt": b"default", b"storage/app/default": b"default",
            b"public/uploads/sets/%d.txt" % number: b"default",
            b"public/build/app-%d.js" % number: b"script"})

    def push(self, number):
        self.ship(number)
        return self.app.project.run("push")

    def fill_site(self, number):
        for path in ("invoices/2026/%d.pdf", "images/run-%d.png", "uploads/sets/user-%d"):
            full = os.path.join(self.app.root, "current/public", path % number)
            try:
                os.makedirs(os.path.dirname(full), exist_ok=True)
                # Never through what was planted: that would be the user's own doing.
                if os.path.realpath(full).startswith(os.path.realpath(self.app.root) + "/"):
                    write(full, b"data")
            except OSError:
                pass

    def plant(self, place, target):
        full = os.path.join(self.app.root, place)
        where = target.format(scratch=self.directory, root=self.app.root, self=full)
        if os.path.islink(full) or os.path.isfile(full):
            os.unlink(full)
        elif os.path.isdir(full):
            remove_tree(full)
        os.symlink(where, full)


def perform(directory, shell, place, target):
    stage = Stage(directory, shell)
    for number in (1, 2):
        ran = stage.push(number)
        if ran.status != 0:
            return [str(ran)]
        stage.fill_site(number)
    stage.push(3)
    before = portrait(directory)
    stage.plant(place, target)
    stage.fill_site(3)
    found = []
    named = re.compile("|".join(re.escape(part) for part in place.split("/")[1:]))
    for title, act in (
            ("push", lambda: stage.push(4)), ("rollback", lambda: stage.app.project.run("rollback")),
            ("prune", lambda: stage.push(5)), ("again", lambda: stage.push(6))):
        ran = act()
        if portrait(directory) != before:
            found.append("%s changed what is outside" % title)
        if ran.status == 0:
            continue
        if ran.status not in REFUSALS or not named.search(ran.output):
            found.append("%s neither succeeds nor names the path: %s" % (title, ran))
    if os.path.exists(os.path.join(directory, "nowhere")):
        found.append("the target of a link to nothing was made")
    return found


def main():
    began = time.monotonic()
    passed = failed = 0
    directory = tempfile.mkdtemp(prefix="canary-", dir=scratch())
    cases = [(place, title) for place in PLACES for title in TARGETS]
    # The same few of all in every normal run, so that every place and every target has its turn.
    chosen = cases if FULL else cases[::11]
    try:
        for number, (place, title) in enumerate(chosen):
            shell = ("dash", "busybox")[number % 2]
            found = perform(
                os.path.join(directory, "case%d" % number), shell, place, TARGETS[title])
            passed, failed = passed + (not found), failed + bool(found)
            sys.stdout.write("." if not found else "F\nFAILED  %s -> %s, %s\n  - %s\n" % (
                place, title, shell, "\n  - ".join(found[:4])))
            sys.stdout.flush()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print("\n%.0f s" % (time.monotonic() - began))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
