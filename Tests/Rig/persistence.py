"""A table of frameworks: for each, where the bytes of every path come from after each step of its life.

Three pushes with uploads, run-time files, deletions and edits in between, two rollbacks, and more pushes
until the first releases are pruned. `release N` is shipped by push N, `shared` is data, `overlap N` a build
file of an earlier release that stays reachable. DEPLOY_TEST_ONLY names some of the frameworks.
"""

import os

import shutil
import sys
import tempfile
import time

from app import App, read, write
from fixtures import FIXTURES
from shells import lay_shell
from sshd import SSHServer
from tool import FULL, TOP, scratch

OVER_SSH = "laravel"
ODD = "odd  \n name"


class Life:
    def __init__(self, fixture, directory, shell, server=None):
        self.fixture = fixture
        self.app = App(directory, {"root": fixture.root or "."}, server=server)
        del self.app.project.more["public"]
        project = self.app.project
        if not server:
            project.tools = lay_shell(shell, os.path.join(directory, "tools"))
        project.recipe, project.keep = fixture.recipe, 3
        # The recipe decides what is data; what it would build and call is not here.
        project.more = {"build": []}
        if fixture.has_docroot:
            project.more["public"] = {"root": fixture.root}
        project.hooks = {"before_flip": [], "after_flip": []}
        project.shared = {}
        project.configure()
        self.names, self.faults, self.data = {}, [], {}
        for path in fixture.files:
            self.put(os.path.join(self.app.root, "shared", path), "secret")
            self.data[path] = "secret"

    # --- what is shipped

    def ships(self, number):
        """Path below the release -> content, of push `number`."""
        fixture = self.fixture
        tree = {path: "%s %d" % (path, number) for path in fixture.code}
        tree[fixture.below("images/logo.png")] = "logo %d" % number
        tree[fixture.below("inbox/.gitkeep")] = ""
        if fixture.build:
            tree[fixture.below(fixture.build % number)] = "script %d" % number
        return tree

    def defaults(self, number):
        store = self.fixture.store
        if not self.fixture.has_defaults:
            return {}
        names = ["default.txt", "kept.txt", ".htaccess"] + (["later.txt"] if number > 1 else [])
        return {"%s/%s" % (store, name): "%s %d" % (name, number) for name in names}

    def push(self, number):
        tree = {**self.ships(number), **self.defaults(number)}
        self.app.fill({os.fsencode(path): tree[path].encode() for path in tree})
        self.ask("push")
        self.names[number] = self.app.live
        for path, content in self.defaults(number).items():
            if path not in self.data and not path.endswith("default.txt") or number == 1:
                self.data.setdefault(path, content)
        self.expect("push %d" % number, number)

    def rollback(self, number):
        self.ask("rollback", "--accept-drift")
        if self.app.live != self.names[number]:
            self.faults.append("rollback made %s live, not push %d" % (self.app.live, number))
        self.expect("rollback to %d" % number, number)

    def ask(self, *words):
        ran = self.app.project.run(*words)
        if ran.status != 0:
            raise RuntimeError(str(ran))

    # --- what happens on the site

    def put(self, full, content):
        os.makedirs(os.path.dirname(full), exist_ok=True)
        write(full, content.encode())

    def on_site(self, path):
        return os.path.join(self.app.root, "current", path)

    def make(self, path, content, is_data=True):
        self.put(self.on_site(path), content)
        if is_data:
            self.data[path] = content

    def delete(self, path):
        os.unlink(self.on_site(path))
        self.data.pop(path, None)

    def replace(self, path, content):
        self.put(self.on_site(path + ".tmp"), content)
        os.rename(self.on_site(path + ".tmp"), self.on_site(path))
        self.data[path] = content

    # --- where it comes from

    def expect(self, title, number):
        wanted = {path: ("release %d" % number, content) for path, content in self.ships(number).items()}
        wanted.update({path: ("shared", content) for path, content in self.data.items()})
        found = self.sources()
        for path in sorted(set(wanted) | set(found)):
            if found.get(path) == wanted.get(path) or path.endswith("/.gitkeep"):
                continue
            # What was edited on a release that is live again stays as it was edited.
            if title.startswith("rollback") and path == self.fixture.below("images/logo.png"):
                continue
            if path not in wanted and self.is_overlap(path, found[path], number):
                continue
            self.faults.append("%s: %r is %s, not %s" % (
                title, path, found.get(path, "absent"), wanted.get(path, "absent")))

    def is_overlap(self, path, source, number):
        build = self.fixture.build
        return bool(build) and source[0] == "release %d" % number and source[1] == "script %d" % (
            number - 1) and path == self.fixture.below(build % (number - 1))

    def sources(self):
        """Path below the live release -> (where its bytes are, the bytes), for what visitors and code see."""
        root = os.path.realpath(self.app.root)
        numbers = {name: number for number, name in self.names.items()}
        found = {}
        for folder, _, names in os.walk(os.path.join(root, "current"), followlinks=True):
            for name in names:
                full = os.path.join(folder, name)
                real = os.path.relpath(os.path.realpath(full), root).split("/")
                place = real[0]
                if place == "releases":
                    place = "release %s" % numbers.get(real[1])
                path = os.path.relpath(full, os.path.join(root, "current"))
                found[path] = (place, read(full).decode() if os.path.exists(full) else None)
        return found

    # --- all of it

    def live_through(self):
        store = self.fixture.store
        # Where there is no docroot, the application writes into its store alone.
        below = self.fixture.below if self.fixture.has_docroot else (store + "/%s").__mod__
        self.push(1)
        if store:
            self.make(store + "/2026/upload.bin", "upload")
        if self.fixture.has_defaults:
            self.delete(store + "/default.txt")
        self.make(below("invoices/2026/a b.pdf"), "invoice")
        self.make(below("images/run.png"), "picture")
        self.make(below(".well-known/token"), "token")
        self.make(below(ODD), "odd")
        self.make(below("inbox/mail"), "mail")
        if self.fixture.has_docroot:
            self.make(below("images/logo.png"), "edited", is_data=False)
        self.push(2)
        self.delete(below("images/run.png"))
        self.replace(below(ODD), "odder")
        self.make(below("invoices/late.pdf"), "late")
        self.push(3)
        self.rollback(2)
        self.make(below("images/while-back.png"), "back")
        self.rollback(1)
        self.app.project.keep = 2
        self.app.project.configure()
        for number in (4, 5, 6):
            self.push(number)
        if self.fixture.has_docroot and not {b"edited"} <= self.app.safe_contents():
            self.faults.append("the edit of a shipped file is not kept")
        left = os.listdir(os.path.join(self.app.root, "releases"))
        if len(left) > self.app.project.keep:
            self.faults.append("not pruned: %s" % sorted(left))


def perform(fixture, directory, shell, server=None):
    try:
        life = Life(fixture, os.path.join(directory, "%s-%s" % (fixture.recipe, shell)), shell, server)
        life.live_through()
        return life.faults
    except Exception as error:
        return ["the rig failed: %r" % error if not isinstance(error, RuntimeError) else str(error)]


def main():
    began = time.monotonic()
    passed = failed = 0
    directory = tempfile.mkdtemp(prefix="persistence-", dir=scratch())
    known = {name[:-5] for name in os.listdir(os.path.join(TOP, "recipes"))}
    jobs = []
    only = os.environ.get("DEPLOY_TEST_ONLY", "").split()
    chosen = [fixture for fixture in FIXTURES if fixture.recipe in only] or (
        FIXTURES if FULL else FIXTURES[::3])
    for number, fixture in enumerate(chosen):
        if fixture.recipe not in known:
            print("skipped: no recipe %s yet" % fixture.recipe)
            continue
        shells = ("dash", "busybox") if FULL else (("dash", "busybox")[number % 2],)
        jobs += [(fixture, shell) for shell in shells]
    try:
        with SSHServer() as server:
            runs = [(fixture, shell, None) for fixture, shell in jobs]
            runs += [(fixture, "ssh", server) for fixture in chosen if fixture.recipe == OVER_SSH]
            for fixture, shell, over in runs:
                faults = perform(fixture, directory, shell, over)
                passed, failed = passed + (not faults), failed + bool(faults)
                sys.stdout.write("." if not faults else "F\nFAILED  %s, %s\n  - %s\n" % (
                    fixture.recipe, shell, "\n  - ".join(faults[:8])))
                sys.stdout.flush()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print("\n%.0f s" % (time.monotonic() - began))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
