"""Random histories of an application, against a model that knows what was promised and not how it is done.

Each history pushes random trees, writes, renames and deletes through the live site, rolls back, lets hooks
fail and kills the tool at random points. A failure is shrunk and kept in Tests/Rig/histories/, whose files
are always played first.

    histories.py [--seed N] [--count N] [FILE...]
"""

import argparse
import json
import os
import queue
import shutil
import sys
import tempfile
import threading
import time

import check
from app import App, write
from generate import SHELLS, random_history
from model import Model
from shells import lay_shell
from tool import FULL, HERE, scratch

KEPT = os.path.join(HERE, "histories")
PUBLIC = {
    "persistent": ["uploads/**"], "build": ["build/**"], "regenerable": ["cache/**"]}


# --- playing one ------------------------------------------------------------------------------------


class Played:
    """One history on a root of its own; `faults` says what was broken, step by step."""

    def __init__(self, history, directory, tools):
        self.history, self.faults, self.said = history, [], []
        public = dict(PUBLIC, root=history["docroot"])
        self.app = App(directory, public, {"directories": ["storage"], "files": []})
        self.app.project.tools = tools[history["shell"]]
        in_docroot = ["storage/**"] if history["docroot"] == "." else []
        self.model = Model(public, self.app.below, in_docroot)
        self.view = {}
        os.makedirs(os.path.join(directory, "outside"))
        write(os.path.join(directory, "outside/canary"), b"canary")
        self.outside = check.snapshot(os.path.join(directory, "outside"))
        self.directory = directory

    def play(self):
        for number, step in enumerate(self.history["steps"]):
            if step[0] in TOOL_STEPS:
                self.use_tool(*step)
            else:
                self.write(*step)
            if self.faults:
                self.faults = ["step %d, %s: %s" % (number, step[0], one) for one in self.faults]
                return self.faults
        return self.faults

    # --- the application and its users

    def write(self, kind, *words):
        if not self.app.live:
            return
        try:
            WRITES[kind](self, *[os.fsencode(word) for word in words])
        except OSError:
            # What a site tries and cannot do is done by nobody.
            pass
        view = self.app.view()
        if kind == "rename":
            # Relative links of ours that come to another depth lead nowhere until the tool mends them. What
            # had the new name is replaced, as with any rename.
            shows, source = set(view.values()), os.fsencode(words[0])
            self.model.adrift.update(
                (path, content) for path, content in self.view.items()
                if (path + b"/").startswith(source + b"/") and path not in view
                and content not in shows and path in self.model.data)
        self.model.notice(self.view, view, self.app.links())
        self.view = view

    def create(self, path, content):
        full = self.parent_made(path)
        with open(full, "wb") as file:
            file.write(content)

    def append(self, path, content):
        with open(self.parent_made(path), "ab") as file:
            file.write(content)

    def replace(self, path, content):
        full = self.parent_made(path)
        write(full + b".tmp", content)
        try:
            os.rename(full + b".tmp", full)
        except OSError:
            os.unlink(full + b".tmp")

    def unlink(self, path):
        os.unlink(self.app.place(path))

    def rename(self, path, other):
        target = self.parent_made(other)
        if os.path.islink(self.app.place(path)) and self.app.is_shared(os.path.dirname(target)):
            # A relative link that is carried out of its release leads nowhere, whoever does it.
            return
        os.rename(self.app.place(path), target)

    def mkdir(self, path):
        os.makedirs(self.app.place(path))

    def clear(self, path):
        full = self.app.place(path)
        if os.path.islink(full):
            os.unlink(full)
            self.model.may_return.update(
                one for one in self.view if one.startswith(path + b"/"))
        else:
            shutil.rmtree(full)

    def symlink(self, target, path):
        if self.model.persistent.match(path):
            return
        os.symlink(
            os.path.relpath(target, os.path.dirname(path) or b"."), self.parent_made(path))

    def parent_made(self, path):
        full = self.app.place(path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        return full

    # --- the tool

    def use_tool(self, kind, *words):
        tree, fault = {}, None
        for word in words:
            if isinstance(word, dict):
                tree = {os.fsencode(path): os.fsencode(word[path]) for path in word}
            else:
                fault = word
        is_push = kind not in ("rollback", "undo", "kill-rollback")
        project = self.app.project
        project.hooks = {"before_flip": ["true"], "after_flip": ["true"]}
        if kind in ("before", "after"):
            project.hooks["%s_flip" % kind] = ["false"]
        project.configure()
        if is_push:
            self.app.fill({self.app.below(path): tree[path] for path in tree})
        command = ["push", "--force"] if is_push else ["rollback"]
        command += ["--undo"] if kind == "undo" else []
        was = self.app.live
        ran = project.run(*command, fault=fault)
        if ran.status == 20 and not is_push and self.model.is_drifted:
            # A release whose shipped files were changed while it was live is refused at first.
            ran = project.run(*command, "--accept-drift", fault=fault)
        self.said.append(str(ran))
        if fault:
            _, left = check.wait_for_quiet(self.app.root, [], 30)
            if left:
                self.faults.append("processes are left: %s" % left)
        self.judge(kind, ran, was, tree if is_push else {}, fault)

    def judge(self, kind, ran, was, tree, fault):
        expected = {"before": [13], "after": [14], "rollback": [0, 18], "undo": [0, 18]}.get(
            kind, [0])
        if kind == "after" and not was:
            expected = [14, 16]
        if not fault and ran.status not in expected:
            self.faults.append("exit %s" % ran.status)
        self.view = self.app.view()
        live = self.app.live
        if live and not os.path.isdir(os.path.join(self.app.root, "current")):
            self.faults.append("current leads nowhere")
        if live != was:
            self.model.went_live(live, tree, self.view)
        self.model.offer(tree, self.view, live != was, not fault)
        releases = os.path.join(self.app.root, "releases")
        self.model.forget(os.listdir(releases) if os.path.isdir(releases) else [])
        self.faults += self.model.faults(
            self.view, self.app.safe_contents(), lambda path: self.app.is_shared(self.app.place(path)))
        if check.snapshot(os.path.join(self.directory, "outside")) != self.outside:
            self.faults.append("something outside the root changed")
        if not fault and live:
            self.faults += check.check_ledger(os.fsencode(self.app.root), settled=False)


TOOL_STEPS = ("push", "rollback", "undo", "before", "after", "kill", "kill-rollback")
WRITES = {
    name: getattr(Played, name)
    for name in ("create", "append", "replace", "unlink", "rename", "mkdir", "clear", "symlink")}


# --- all of them ------------------------------------------------------------------------------------


class Theatre:
    def __init__(self, directory):
        self.directory = directory
        self.tools = {
            shell: lay_shell(shell, os.path.join(directory, "tools", shell)) for shell in SHELLS}
        self.lock = threading.Lock()
        self.passed = self.failed = self.count = 0

    def play(self, history):
        with self.lock:
            self.count += 1
            place = os.path.join(self.directory, "play%d" % self.count)
        os.makedirs(place)
        try:
            played = Played(history, place, self.tools)
            try:
                played.play()
            except Exception as error:
                played.faults.append("the rig failed: %r" % error)
            return played
        finally:
            if not os.environ.get("DEPLOY_TEST_KEEP"):
                shutil.rmtree(place, ignore_errors=True)

    def shrink(self, history, seconds):
        """Drops steps, and parts of trees, while it still fails."""
        until = time.monotonic() + seconds
        kind = kind_of(self.play(history).faults)
        size = max(len(history["steps"]) // 2, 1)
        while size and time.monotonic() < until:
            at, dropped = 0, False
            while at < len(history["steps"]) and time.monotonic() < until:
                steps = history["steps"][:at] + history["steps"][at + size:]
                smaller = dict(history, steps=steps)
                if steps and kind_of(self.play(smaller).faults) == kind:
                    history, dropped = smaller, True
                else:
                    at += size
            size = size // 2 if size > 1 or not dropped else size
        for step in history["steps"]:
            for tree in [word for word in step if isinstance(word, dict)]:
                for path in list(tree):
                    content = tree.pop(path)
                    if time.monotonic() > until or kind_of(self.play(history).faults) != kind:
                        tree[path] = content
        return history

    def perform(self, history, title, is_new):
        played = self.play(history)
        if not played.faults:
            with self.lock:
                self.passed += 1
                sys.stdout.write(".")
                sys.stdout.flush()
            return
        with self.lock:
            self.failed += 1
            first = self.failed <= (20 if FULL else 3)
            print("F\nFAILED  %s (%s, docroot %s)\n  - %s" % (
                title, history["shell"], history["docroot"],
                "\n  - ".join(played.faults[:6])), flush=True)
        if is_new and first:
            self.keep(self.shrink(json.loads(json.dumps(history)), 120 if FULL else 40))

    def keep(self, history):
        again = self.play(history)
        name = os.path.join(KEPT, "seed-%s.json" % history["seed"])
        os.makedirs(KEPT, exist_ok=True)
        with open(name, "w") as file:
            json.dump(history, file, indent=1)
            file.write("\n")
        with self.lock:
            print("\nshrunk to %s (%d steps):\n  - %s\n%s" % (
                os.path.relpath(name), len(history["steps"]), "\n  - ".join(again.faults[:4]),
                again.said[-1] if again.said else ""), flush=True)

    def perform_all(self, jobs, workers):
        waiting = queue.Queue()
        for job in jobs:
            waiting.put(job)

        def work():
            while True:
                try:
                    self.perform(*waiting.get_nowait())
                except queue.Empty:
                    return

        threads = [threading.Thread(target=work) for _ in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def kind_of(faults):
    """`step 3, push: data x: nothing, not b'y'` without what shrinking changes."""
    if not faults:
        return None
    what = faults[0].split(": ", 1)[1]
    if "from nowhere" in what:
        return "again"
    return what.split(" ")[0] + what[-6:] if what.startswith("data") else what.split(" ")[0]


def kept_histories(names):
    for name in names:
        with open(name) as file:
            yield json.load(file), os.path.basename(name), False


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0 if FULL else 1_000_000)
    parser.add_argument("--count", type=int, default=2200 if FULL else 12)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    began = time.monotonic()
    names = options.files or sorted(
        os.path.join(KEPT, name) for name in os.listdir(KEPT)) if os.path.isdir(KEPT) else []
    jobs = list(kept_histories(options.files or names))
    if not options.files:
        jobs += [
            (random_history(seed), "seed %d" % seed, True)
            for seed in range(options.seed, options.seed + options.count)]
    directory = tempfile.mkdtemp(prefix="histories-", dir=scratch())
    theatre = Theatre(directory)
    try:
        theatre.perform_all(jobs, options.workers)
    finally:
        if not os.environ.get("DEPLOY_TEST_KEEP"):
            shutil.rmtree(directory, ignore_errors=True)
    print("\n%d histories, %.0f s" % (len(jobs), time.monotonic() - began))
    print("%d passed, %d failed" % (theatre.passed, theatre.failed))
    return 1 if theatre.failed or not theatre.passed else 0


if __name__ == "__main__":
    sys.exit(main())
