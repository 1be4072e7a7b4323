"""Kills the client, the agent or its working shell at every point of every operation.

The points are read from the program itself (`DEPLOY_TEST_FAULT=list`), so that a new operation is
under test from its first day. After each death: `current` is one complete release, the old or the new;
shared/ is what it was; the next plain push succeeds at once and leaves nothing behind.

DEPLOY_TEST_ONLY limits a run to jobs like `push agent 8.1 commit` that match a pattern.
"""

import os
import queue
import random
import re
import shutil
import signal
import sys
import tempfile
import threading
import time

import check
import moments
import site_points
from sshd import SSHServer
from tool import FULL, Project, scratch

VICTIMS = ("client", "agent", "worker")
# What the exit code promises about `current`; 16 says that it does not know.
STILL_OLD = {2, 10, 11, 12, 13, 17, 18, 19, 20}
QUIET = 20
DELTA = ("stand", "patch", "attest")
MISSED = "the fault did not strike"
# A dead client leaves a point like this before the agent goes on by itself.
MEGABYTES = 6


class Scenario:
    """A command that is to be killed: in which project, and what may be live afterwards."""

    def __init__(
            self, name, command, template, prepare, returns=False, victims=VICTIMS, behind=False):
        self.name, self.command, self.template = name, command, template
        self.prepare, self.returns, self.victims = prepare, returns, victims
        # Only what is done when the client has its answer: as client dies nobody, the agent is slow.
        self.behind = behind


def fill_shared(shared):
    """Data with names and modes that a careless tool trips over."""
    def put(path, content, mode):
        path = os.path.join(os.fsencode(shared), path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
        os.chmod(path, mode)

    put(b"storage/plain.txt", b"plain\n", 0o644)
    put(b"storage/ leading and trailing ", b"blanks\n", 0o600)
    put(b"storage/new\nline", b"newline\n", 0o640)
    put(b"storage/-rf", b"option\n", 0o644)
    put(b"storage/$(id)`id`;'\"\\", b"shell\n", 0o644)
    put(b"storage/\xff\xfe not utf-8", b"bytes\n", 0o644)
    put(b"storage/run.sh", b"#!/bin/sh\n", 0o4755)
    put(b"storage/closed", b"nobody reads this\n", 0o000)
    put(b"storage/empty", b"", 0o444)
    put(b"storage/.current.0000000000000000", b"looks like ours\n", 0o644)
    put(b"storage/releases/20260101-000000/index.php", b"looks like a release\n", 0o644)
    put(b"storage/deep/er/and/deeper/still.bin", bytes(range(256)) * 64, 0o600)
    put(b"public/uploads/cat.jpg", os.urandom(5000), 0o664)
    put(b".env", b"KEY=secret\n", 0o600)
    top = os.fsencode(shared)
    os.makedirs(os.path.join(top, b"storage/sticky"), exist_ok=True)
    os.chmod(os.path.join(top, b"storage/sticky"), 0o1777)
    os.symlink(b"plain.txt", os.path.join(top, b"storage/link"))
    os.symlink(b"/nowhere/at all", os.path.join(top, b"storage/dangling"))
    os.symlink(b"..", os.path.join(top, b"storage/up"))
    os.link(os.path.join(top, b"storage/plain.txt"), os.path.join(top, b"storage/hard"))
    os.mkfifo(os.path.join(top, b"storage/pipe"), 0o600)
    for path in list(check.walk(top)):
        os.utime(os.path.join(top, path), (1_000_000_000, 1_234_567_890), follow_symlinks=False)


def version(project):
    with open(os.path.join(project.root, "current/version.txt")) as file:
        return file.read()


def live(root):
    return os.path.basename(os.readlink(os.path.join(root, "current")))


class Slot:
    """A root, a project and an sshd of its own, so that slots can work side by side."""

    def __init__(self, directory, number, shell):
        self.directory = os.path.join(directory, "slot%d" % number)
        os.makedirs(self.directory)
        hide = ["flock"] if shell == "no-flock" else []
        self.server = SSHServer(None if hide else shell, hide=hide).__enter__()
        self.root = os.path.join(self.directory, "root")
        self.projects = {
            name: Project(os.path.join(self.directory, name + "-project"), self.root, self.server)
            for name in ("two", "site")}
        self.snapshots = {}
        self.needles = [self.root, self.server.mark_of_processes]
        self.count = 0
        for project in self.projects.values():
            self.lay(project)
        # The same, with the tree that the next push begins with.
        self.projects["ready"] = self.projects["two"]
        self.projects["two"].shared = {"directories": ["storage", "public/uploads"], "files": [".env"]}
        site = self.projects["site"]
        site.shared = {"directories": ["storage"], "files": [".env"]}
        site.more["public"] = site_points.PUBLIC
        site_points.ship(site)

    def lay(self, project):
        project.keep = 2
        project.write("index.php", "<?php\n")
        project.write("bin/run", "#!/bin/sh\n", 0o755)
        project.write("public/style.css", "body {}\n")
        project.write(b"odd \xff\n name", "odd\n", 0o600)
        if not os.path.lexists(os.path.join(project.tree, "a link")):
            os.symlink("bin/run", os.path.join(project.tree, "a link"))

    def close(self):
        self.server.__exit__()

    def configure(self, after="true", standby=FULL):
        """Without a tree for the next push where that is not the point: each push would be waited for twice."""
        self.project.more["transfer"] = {"standby": bool(standby)}
        self.project.hooks = {"before_flip": ["true"], "after_flip": [after]}
        self.project.configure()

    def renew(self):
        """New content, unlike any before."""
        self.count += 1
        self.text = "%s %d\n" % (self.directory, self.count)
        self.project.write("version.txt", self.text)

    def renew_much(self):
        """A name that moves, a twin and a mode besides; the next such call undoes them."""
        self.renew()
        tree = self.project.tree
        here, there = os.path.join(tree, "bin"), os.path.join(tree, "tools/bin")
        if os.path.isdir(here):
            os.makedirs(os.path.dirname(there), exist_ok=True)
            os.rename(here, there)
            self.project.write("twin.txt", "twin\n" * 200)
            self.project.write("public/twin.txt", "twin\n" * 200, 0o600)
        else:
            shutil.rmtree(os.path.join(tree, "tools"))
            self.project.write("bin/run", "#!/bin/sh\n", 0o755)
            os.chmod(os.path.join(tree, "twin.txt"), 0o640)

    def build_templates(self):
        self.take("two")
        self.build_two()
        copy(self.root, self.template("two"))
        shutil.rmtree(self.root)
        self.take("site")
        self.build_site()
        copy(self.root, self.template("site"))

    def template(self, name):
        return os.path.join(self.directory, "template-" + name)

    def take(self, name):
        self.project, self.shared = self.projects[name], self.snapshots.get(name)

    def build_two(self):
        """Two releases that were live, one that was interrupted, shared data: a root to copy."""
        os.makedirs(os.path.join(self.root, "shared"))
        fill_shared(os.path.join(self.root, "shared"))
        # Before the tool was ever here: what its first push does to data counts too.
        self.snapshots["two"] = check.snapshot(os.path.join(self.root, "shared"))
        self.configure(standby=True)
        self.renew()
        self.must(self.project.run("push"))
        self.renew()
        ran = self.must(self.project.run("push", fault="list"))
        if not os.path.isdir(os.path.join(self.root, ".deploy/standby/tree")):
            raise RuntimeError("no tree stands ready after a push")
        copy(self.root, self.template("ready"))
        self.snapshots["ready"] = self.snapshots["two"]
        commit = re.search(r"^point (\d+)\.after commit$", ran.output, re.M)
        self.renew()
        self.project.run("push", fault="worker %s.after" % commit[1])
        check.wait_for_quiet(self.root, self.needles, QUIET)
        names = os.listdir(os.path.join(self.root, "releases"))
        if len(names) != 3:
            raise RuntimeError("the template has %d releases, not 3" % len(names))

    def build_site(self):
        """Two releases that were live; the site wrote into the second."""
        os.makedirs(os.path.join(self.root, "shared"))
        fill_shared(os.path.join(self.root, "shared"))
        self.configure()
        for _ in range(2):
            self.renew()
            self.must(self.project.run("push"))
        site_points.use(self.root)
        self.snapshots["site"] = check.snapshot(os.path.join(self.root, "shared"))

    def must(self, ran):
        if ran.status != 0:
            raise RuntimeError("the template cannot be made:\n%s" % ran)
        check.wait_for_quiet(self.root, self.needles, QUIET)
        return ran

    def reset(self, name="two"):
        self.take(name)
        if os.path.exists(self.root):
            check.wait_for_quiet(self.root, self.needles, QUIET)
            shutil.rmtree(self.root)
        if os.path.exists(self.root + ".points"):
            os.remove(self.root + ".points")
        copy(self.template(name), self.root)
        self.old = live(self.root)


def copy(source, target):
    # Python's copytree loses pipes, hard links and times of links.
    if os.spawnlp(os.P_WAIT, "cp", "cp", "-a", "--", source, target) != 0:
        raise RuntimeError("cp failed")


SCENARIOS = [
    Scenario("push", ["push", "--whole"], "two", lambda slot: (slot.configure(), slot.renew())),
    Scenario("delta", ["push"], "two", lambda slot: (slot.configure(standby=True), slot.renew_much())),
    Scenario(
        "delta-ready", ["push"], "ready", lambda slot: (slot.configure(standby=True), slot.renew_much()),
        victims=("worker", "agent")),
    Scenario(
        "standby", ["push"], "ready", lambda slot: (slot.configure(standby=True), slot.renew_much()),
        behind=True),
    Scenario("rollback", ["rollback"], "two", lambda slot: slot.configure()),
    Scenario(
        "push-returns", ["push"], "two", lambda slot: (slot.configure("false"), slot.renew()),
        returns=True),
    # Whatever kills the others finds the same harvest; the worker dies in the middle of it.
    Scenario(
        site_points.NAME, ["push"], "site", lambda slot: (slot.configure(), slot.renew()),
        victims=("worker",)),
]


class Suite:
    def __init__(self, shell=None):
        self.shell = shell
        self.lock = threading.Lock()
        self.passed = self.failed = 0
        self.killed = {}
        self.settling = {}
        self.unreached = []
        self.stop = False

    # --- one death

    def strike(self, slot, scenario, fault, is_past_flip):
        """Runs a command that dies, and returns why a promise was broken, and all that was said."""
        said = []
        slot.reset(scenario.template)
        scenario.prepare(slot)
        before = set(os.listdir(os.path.join(slot.root, "releases")))
        ran = slot.project.run(*scenario.command, fault=fault)
        said.append(ran)
        victim = fault.split()[0]
        if scenario.behind:
            reasons = [] if ran.status == 0 else ["exit %s" % ran.status]
            if victim != "client":
                check.wait_for_quiet(slot.root, slot.needles, QUIET)
        else:
            reasons = self.judge_exit(slot, scenario, ran, victim)
        if victim == "client" and not scenario.behind:
            # Nobody is killed on the host: the agent notices by itself, and must do so soon.
            waited, left = check.wait_for_quiet(slot.root, slot.needles, QUIET)
            self.note_settling("agent after the client", waited)
            if left:
                reasons.append("I6: the agent still runs after %d s: %s" % (QUIET, left))
            # Before the flip the agent ends, from the flip on it finishes alone.
            if (live(slot.root) != slot.old) != (is_past_flip and not scenario.returns):
                reasons.append("F1: live is %s, before it was %s" % (live(slot.root), slot.old))
        return reasons + self.aftermath(slot, scenario, ran, before, said), said

    def judge_exit(self, slot, scenario, ran, victim):
        if ran.status == "none (timed out)":
            return ["the command hangs"]
        if victim == "client":
            if ran.status != -signal.SIGKILL:
                return ["%s: exit %s" % (MISSED, ran.status)]
            return []
        if ran.status == 0:
            # The last points lie behind the last word.
            if live(slot.root) == slot.old:
                return ["I10: exit 0, but the old release is live"]
            return []
        if ran.status in STILL_OLD and live(slot.root) != slot.old:
            return ["I10: exit %s says that nothing changed, but it did" % ran.status]
        if ran.status not in STILL_OLD | {14, 16}:
            return ["I10: exit %s" % ran.status]
        if ran.status == 14 and live(slot.root) != slot.old:
            return ["I10: exit 14 says that the old release is back, but it is not"]
        return []

    def aftermath(self, slot, scenario, ran, before, said):
        names = set(os.listdir(os.path.join(slot.root, "releases")))
        allowed = {slot.old} | (names - before)
        if scenario.command == ["rollback"]:
            allowed = {slot.old, self.rollback_target(slot)}
        first = self.look(slot, scenario, allowed)
        if first:
            # Another process may still be at work, as it should be; what it leaves must be right.
            check.wait_for_quiet(slot.root, slot.needles, QUIET)
            first = self.look(slot, scenario, allowed)
        if first:
            return ["after the death: " + reason for reason in first]
        was_live = live(slot.root)
        slot.configure()
        slot.renew()
        began = time.monotonic()
        push = slot.project.run("push")
        said.append(push)
        self.note_settling("push after " + (ran.fault or "").split()[0], time.monotonic() - began)
        reasons = []
        if push.status != 0:
            reasons.append("I11: the next plain push ends with %s" % push.status)
        elif version(slot.project) != slot.text:
            reasons.append("I11: the next push succeeds but its content is not live")
        reasons += [
            "after the next push: " + reason
            for reason in self.look(slot, scenario, clean=True)]
        records, _ = check.ledger(slot.root)
        if not any(r["event"] in check.MAKES_LIVE and r["release"] == was_live for r in records):
            reasons.append("I8: %s was live, but the ledger never says so" % was_live)
        return reasons

    def look(self, slot, scenario, allowed=(), clean=False):
        if scenario.template == "site":
            return site_points.look(slot, allowed, clean)
        return check.check(
            slot.root, current=allowed, shared=slot.shared, clean=clean,
            needles=slot.needles if clean else ())

    def rollback_target(self, slot):
        records, _ = check.ledger(slot.template("two"))
        return [r["release"] for r in records if r["event"] == "live"][0]

    def note_settling(self, what, seconds):
        with self.lock:
            self.settling[what] = max(self.settling.get(what, 0), seconds)

    # --- a cut in the middle of the upload

    def cut_upload(self, slot, share):
        """Kills the client when the host has received a share of the payload."""
        said = []
        slot.reset()
        slot.configure()
        slot.renew()
        content = random.Random(7).randbytes(MEGABYTES << 20)
        slot.project.write("big.bin", content)
        before = set(os.listdir(os.path.join(slot.root, "releases")))
        process = slot.project.start("push")
        staging = os.path.join(slot.root, ".deploy/staging")
        wanted = int(len(content) * share)
        struck = False
        deadline = time.monotonic() + 30
        while process.poll() is None and time.monotonic() < deadline:
            received = sum(
                size_of(os.path.join(staging, name, "tree/big.bin")) for name in listed(staging))
            if received > wanted or (wanted == 0 and listed(staging)):
                process.kill()
                struck = True
                break
            time.sleep(0.0005)
        output, _ = process.communicate()
        os.remove(os.path.join(slot.project.tree, "big.bin"))
        said.append("killed at %d %% of the upload: exit %s\n%s" % (
            share * 100, process.returncode, output.decode(errors="replace")))
        if not struck:
            return ["the upload was over before the kill"], said
        waited, left = check.wait_for_quiet(slot.root, slot.needles, QUIET)
        self.note_settling("agent after the client", waited)
        reasons = ["I6: the agent still runs after %d s: %s" % (QUIET, left)] if left else []
        ran = type("Ran", (), {"fault": "client"})
        return reasons + self.aftermath(slot, SCENARIOS[0], ran, before, said), said

    # --- deaths that take their time

    def moment(self, slot, name, act):
        """A story that `act` tells; it returns reasons, and the aftermath is as for every death."""
        said = []
        slot.reset()
        slot.configure()
        slot.renew()
        before = set(os.listdir(os.path.join(slot.root, "releases")))
        reasons = act(self, slot, said)
        ran = type("Ran", (), {"fault": name})
        return reasons + self.aftermath(slot, SCENARIOS[0], ran, before, said), said

    # --- all of them

    def points(self, slot, scenario):
        slot.reset(scenario.template)
        scenario.prepare(slot)
        ran = slot.project.run(*scenario.command, fault="list")
        expected = 14 if scenario.returns else 0
        if ran.status != expected:
            raise RuntimeError("%s does not work unharmed:\n%s" % (scenario.name, ran))
        if scenario.behind:
            return self.points_behind(slot)
        points = re.findall(r"^point (\d+)\.(\w+) (\w+)$", ran.output, re.M)
        plan = re.findall(r"^point (\d+)\.before (\w+)$", ran.output, re.M)
        if scenario.template == "site":
            # A part of a harvest counts in a shell of its own: of two points with one name, the first strikes.
            points = list(dict.fromkeys(points))
        if len(set(points)) != len(points):
            raise RuntimeError("two points of %s have one name:\n%s" % (scenario.name, ran))
        for number, verb in plan:
            if (number, "after", verb) not in points:
                raise RuntimeError("%s %s of %s has no end" % (number, verb, scenario.name))
        return points

    def points_behind(self, slot):
        check.wait_for_quiet(slot.root, slot.needles, QUIET)
        with open(slot.root + ".points", errors="replace") as file:
            points = re.findall(r" point (\d+)\.(\w+) (\w+)$", file.read(), re.M)
        if len(points) < 4:
            raise RuntimeError("there are only %d points behind a push" % len(points))
        return points

    def covered(self, slot, scenario, points):
        """Operations that began without a point to die at."""
        slot.reset(scenario.template)
        scenario.prepare(slot)
        ran = slot.project.run(*scenario.command, "--json")
        began = re.findall(r'"event": ?"began".*?"operation": ?"(\w+)"', ran.output)
        listed = [verb for _, when, verb in points if when == "before"]
        if began != listed:
            return ["the operations %s have other points: %s" % (began, listed)]
        return []

    def run(self, slots, dot):
        jobs = queue.Queue()
        only = os.environ.get("DEPLOY_TEST_ONLY", "")

        def add(job):
            scenario, victim, point, verb, _ = job
            if re.search(only, "%s %s %s %s" % (scenario.name if scenario else "-", *job[1:4])):
                jobs.put(job)

        for scenario in SCENARIOS:
            points = self.points(slots[0], scenario)
            reasons = [] if scenario.behind else self.covered(slots[0], scenario, points)
            self.tell(reasons, "%s: every operation has its points" % scenario.name, [], dot)
            is_past_flip = False
            for number, when, verb in points:
                is_past_flip = is_past_flip or (verb == "flip" and when == "1")
                if scenario.template == "site" and not FULL and verb not in site_points.AT_WORK:
                    continue
                # What a delta does otherwise than a whole push.
                if scenario.name.startswith("delta") and not FULL and verb not in DELTA:
                    continue
                for victim in scenario.victims:
                    point = "%s.%s" % (number, when)
                    add((scenario, victim, point, verb, is_past_flip))
        for share in range(10):
            add((None, "client", share / 10, "upload", False))
        for name, (victim, act) in moments.ALL.items():
            add((None, victim, act, name, False))

        def work(slot):
            while not self.stop:
                try:
                    scenario, victim, point, verb, is_past_flip = jobs.get_nowait()
                except queue.Empty:
                    return
                if scenario:
                    title = "%s: %s killed at %s (%s)" % (scenario.name, victim, point, verb)
                elif callable(point):
                    title = verb
                else:
                    title = "push: client killed at %d %% of the upload" % (point * 100)
                try:
                    if scenario:
                        fault = "%s %s" % (victim, point)
                        reasons, said = self.strike(slot, scenario, fault, is_past_flip)
                        # When the client's cache has lost the base, it asks for it, and every number is one
                        # more: then this was no death. Once more, and it must be one.
                        if any(MISSED in reason for reason in reasons):
                            reasons, said = self.strike(slot, scenario, fault, is_past_flip)
                    elif callable(point):
                        reasons, said = self.moment(slot, verb, point)
                    else:
                        reasons, said = self.cut_upload(slot, point)
                except Exception as error:
                    reasons, said = ["the rig failed: %r" % error], []
                with self.lock:
                    self.killed[victim] = self.killed.get(victim, 0) + 1
                self.tell(reasons, title, said + [tree(slot.root)] if reasons else [], dot)

        threads = [threading.Thread(target=work, args=(slot,)) for slot in slots]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def tell(self, reasons, title, said, dot):
        with self.lock:
            if not reasons:
                self.passed += 1
                dot(".")
                return
            self.failed += 1
            dot("F\n")
            print("FAILED  %s%s" % ("%s: " % self.shell if self.shell else "", title))
            for reason in reasons:
                print("  - %s" % reason)
            if self.failed > 12:
                print("  (more of the same is not shown in full)", flush=True)
                return
            for part in said:
                print("    " + str(part).rstrip().replace("\n", "\n    "))
            sys.stdout.flush()


def listed(directory):
    try:
        return os.listdir(directory)
    except OSError:
        return []


def size_of(path):
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def tree(root):
    top = os.fsencode(root)
    lines = ["tree of the root:"]
    for path in sorted(check.walk(top)):
        if path.startswith(b"shared/"):
            continue
        full = os.path.join(top, path)
        target = " -> " + check.shown(os.readlink(full)) if os.path.islink(full) else ""
        lines.append("  %o %s%s" % (os.lstat(full).st_mode & 0o7777, check.shown(path), target))
    try:
        with open(os.path.join(root, ".deploy/ledger.jsonl"), errors="replace") as file:
            lines += ["ledger:"] + ["  " + line.rstrip()[:200] for line in file]
    except OSError:
        pass
    return "\n".join(lines)


def dot(text):
    sys.stdout.write(text)
    sys.stdout.flush()


def main():
    began = time.monotonic()
    shells = [None, "dash", "bash", "busybox"] if FULL else [None]
    if FULL and os.getuid() == 0:
        shells.append("no-flock")
    if len(sys.argv) > 1:
        shells = [None if word == "default" else word for word in sys.argv[1:]]
    passed = failed = 0
    victims = {}
    settling = {}
    directory = tempfile.mkdtemp(prefix="kill-points-", dir=scratch())
    try:
        for shell in shells:
            suite = Suite(shell)
            place = os.path.join(directory, shell or "default")
            slots = []
            try:
                for number in range(int(os.environ.get("DEPLOY_TEST_SLOTS", "3"))):
                    slots.append(Slot(place, number, shell))
                    slots[-1].build_templates()
                suite.run(slots, dot)
            except Exception as error:
                suite.tell(["%s" % error], "the suite", [], dot)
            finally:
                for slot in slots:
                    slot.close()
            passed, failed = passed + suite.passed, failed + suite.failed
            for victim, count in suite.killed.items():
                victims[victim] = victims.get(victim, 0) + count
            for what, seconds in suite.settling.items():
                settling[what] = max(settling.get(what, 0), seconds)
            print()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print("kill points: %s; %d in all, %.0f s" % (
        ", ".join("%s %d" % (victim, victims[victim]) for victim in sorted(victims)),
        sum(victims.values()), time.monotonic() - began))
    for what in sorted(settling):
        print("longest wait: %s %.2f s" % (what, settling[what]))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
