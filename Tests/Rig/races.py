"""Starts two pushes at once, again and again: one at a time holds the lock, and nobody is lost.

A hook of each push writes when it begins and ends, so that two holders would show; the ledger
shows it too, because the records of a push stand together.
"""

import os
import shutil
import sys
import tempfile
import threading
import time

import check
from sshd import SSHServer
from tool import FULL, Project, scratch


class Arena:
    """One root and two projects that are pushed to it."""

    def __init__(self, directory, name, server):
        self.root = os.path.join(directory, name, "root")
        self.log = os.path.join(directory, name, "holders")
        self.server = server
        self.projects = []
        self.count = 0
        self.reads = self.misses = 0
        self.stop = threading.Event()
        hook = (
            'echo "+ $DEPLOY_RELEASE" >>{0}; sleep 0.02; echo "- $DEPLOY_RELEASE" >>{0}'
        ).format(self.log)
        for side in "ab":
            project = Project(os.path.join(directory, name, side), self.root, server)
            project.shared = {"directories": ["storage"], "files": []}
            project.hooks["before_flip"] = [hook]
            project.keep = 3
            project.write("side.txt", side)
            project.configure()
            self.projects.append(project)
        self.projects[0].write("version.txt", "first\n")
        ran = self.projects[0].run("push")
        if ran.status != 0:
            raise RuntimeError("a push does not work: %s" % ran)
        with open(os.path.join(self.root, "shared/storage/kept"), "w") as file:
            file.write("kept\n")
        self.shared = check.snapshot(os.path.join(self.root, "shared"))
        self.needles = [self.root] + ([server.mark_of_processes] if server else [])

    def watch(self):
        """Reads the site as a web server does: it must be there at every instant."""
        while not self.stop.wait(0.001):
            self.reads += 1
            try:
                os.stat(os.path.join(self.root, "current/version.txt"))
            except OSError:
                self.misses += 1

    def race(self, waits):
        self.count += 1
        words = ["push", "--wait", "60s"] if waits else ["push"]
        texts = []
        for project in self.projects:
            texts.append("%s %d\n" % (project.directory, self.count))
            project.write("version.txt", texts[-1])
        if os.path.exists(self.log):
            os.remove(self.log)
        records, _ = check.ledger(self.root)
        processes = [project.start(*words) for project in self.projects]
        ends = []
        for process in processes:
            output, _ = process.communicate(timeout=120)
            ends.append((process.returncode, output.decode(errors="replace")))
        reasons = self.judge(ends, waits)
        reasons += self.judge_holders()
        reasons += self.judge_ledger(len(records))
        with open(os.path.join(self.root, "current/version.txt")) as file:
            winners = [text for text, end in zip(texts, ends) if end[0] == 0]
            if file.read() not in winners:
                reasons.append("what is live is not of a push that ended with 0")
        reasons += check.check(
            self.root, shared=self.shared, clean=True, needles=self.needles)
        if self.misses:
            reasons.append("I1: a read of current failed")
        return reasons, ends

    def judge(self, ends, waits):
        statuses = sorted(status for status, _ in ends)
        if statuses == [0, 0]:
            return []
        if waits or statuses != [0, 11]:
            return ["the pushes end with %s" % statuses]
        loser = next(output for status, output in ends if status == 11)
        if "locked by" not in loser or "pid" not in loser:
            return ["the loser does not name the holder"]
        self.lost = getattr(self, "lost", 0) + 1
        return []

    def judge_holders(self):
        with open(self.log) as file:
            lines = file.read().split("\n")[:-1]
        for begin, end in zip(lines[::2], lines[1::2] + [""]):
            if begin[0] != "+" or end != "-" + begin[1:]:
                return ["I5: two sessions held the lock at once: %s" % lines]
        return []

    def judge_ledger(self, known):
        records, _ = check.ledger(self.root)
        reasons = []
        new = records[known:]
        for index, record in enumerate(new):
            if record["event"] == "prepared":
                following = new[index + 1] if index + 1 < len(new) else {}
                if (following.get("event"), following.get("release")) != (
                        "live", record["release"]):
                    reasons.append("I5: %s was prepared, then came %s" % (
                        record["release"], following))
        return reasons


class Tally:
    def __init__(self):
        self.lock = threading.Lock()
        self.passed = self.failed = 0

    def tell(self, title, reasons, said):
        with self.lock:
            if not reasons:
                self.passed += 1
                sys.stdout.write(".")
            else:
                self.failed += 1
                print("F\nFAILED  " + title)
                for reason in reasons:
                    print("  - %s" % reason)
                if self.failed <= 6:
                    for status, output in said:
                        print("    exit %s\n    %s" % (
                            status, output.rstrip().replace("\n", "\n    ")))
            sys.stdout.flush()


def run(tally, arena, title, times):
    for number in range(times):
        waits = number % 2 == 1
        try:
            reasons, said = arena.race(waits)
        except Exception as error:
            reasons, said = ["the rig failed: %r" % error], []
        tally.tell("%s, race %d%s" % (title, number, " with --wait" if waits else ""), reasons, said)


def main():
    began = time.monotonic()
    tally = Tally()
    pairs = int(os.environ.get("DEPLOY_TEST_RACES") or (500 if FULL else 200))
    over_ssh = pairs // 10
    directory = tempfile.mkdtemp(prefix="races-", dir=scratch())
    lost = 0
    try:
        with SSHServer() as plain, SSHServer(hide=["flock"]) as bare:
            kinds = [("local", None, pairs // 2), ("local too", None, pairs - pairs // 2)]
            kinds.append(("over ssh", plain, over_ssh))
            if os.getuid() == 0:
                kinds.append(("without flock", bare, over_ssh))
            arenas = [
                Arena(directory, title.replace(" ", "-"), server) for title, server, _ in kinds]
            threads = [
                threading.Thread(target=run, args=(tally, arena, title, times))
                for arena, (title, _, times) in zip(arenas, kinds)]
            watchers = [threading.Thread(target=arena.watch) for arena in arenas]
            for thread in threads + watchers:
                thread.start()
            for thread in threads:
                thread.join()
            for arena, watcher in zip(arenas, watchers):
                arena.stop.set()
                watcher.join()
                tally.tell(
                    "%s: current at every instant" % arena.root,
                    ["I1: %d of %d reads failed" % (arena.misses, arena.reads)]
                    if arena.misses or not arena.reads else [], [])
            reads = sum(arena.reads for arena in arenas)
            lost = sum(getattr(arena, "lost", 0) for arena in arenas)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print("\n%d races, %d ended with 11 for the loser; %d reads of current; %.0f s" % (
        sum(arena.count for arena in arenas), lost, reads, time.monotonic() - began))
    print("%d passed, %d failed" % (tally.passed, tally.failed))
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    sys.exit(main())
