"""Several hosts in network namespaces, one of which has a fault. Ends as the table says, never with hosts apart
and exit 0; and when the fault is gone, the next plain push or converge ends with all on one release.

DEPLOY_TEST_ONLY limits it to the cases whose name holds a text.
"""

import fcntl
import json
import os
import random
import re
import signal
import sys
import tempfile
import threading
import time

import check
import fleet_cases
from fleet_cases import NEW, OLD
from namespaces import Host, Network
from tool import FULL, Project

# A hook that a host can be told to fail, or to fill its disk by; a check that it can be told to fail.
HOOK = ("if [ -e /srv/refuses ]; then exit 1; fi; "
        "if [ -e /srv/fills ]; then cat /dev/zero >/srv/filling 2>/dev/null; exit 1; fi")
CHECK = {"command": "test ! -e /srv/unwell", "passes": 1, "interval": 0, "within": 1}
# What an agent needs to notice that nobody is there, with some room for a machine that is busy.
QUIET = 25


class Fleet:
    def __init__(self, network, directory, size):
        self.size, self.count = size, 0
        self.hosts = [
            network.host("web%d" % (number + 1),
                         disk=4000 if number == fleet_cases.DISK else None)
            for number in range(size)]
        self.project = Project(os.path.join(directory, "project%d" % size), Host.ROOT)
        self.project.shared = {"directories": ["storage"], "files": [".env"]}
        self.project.keep = 2
        self.network = network
        known = os.path.join(directory, "known_hosts")
        with open(network.path("host.pub")) as file:
            key = " ".join(file.read().split()[:2])
        with open(known, "w") as file:
            for host in self.hosts:
                file.write("%s %s\n" % (host.address, key))
        self.ssh = {"identity": network.path("user"), "known_hosts": known}
        self.project.write("index.php", "<?php\n")
        self.project.write("bin/run", "#!/bin/sh\n", 0o755)
        for host in self.hosts:
            self.fill(os.path.join(host.root, "shared"))
        # Two, so that a push has an old one to retire.
        for _ in range(2):
            self.renew()
            self.configure()
            ran = self.project.run("push")
            if ran.status != 0:
                raise RuntimeError("the fleet cannot be set up:\n%s" % ran)

    def fill(self, shared):
        os.makedirs(os.path.join(shared, "storage/deep"))
        for name in ("storage/cat.jpg", "storage/deep/ -rf $(id)", ".env"):
            with open(os.path.join(shared, name), "wb") as file:
                file.write(os.urandom(3000))
            os.chmod(os.path.join(shared, name), 0o600)

    def configure(self, setting=None):
        hosts = [{"host": host.address, "user": "root", "port": 22} for host in self.hosts]
        self.project.hooks = {"before_flip": [HOOK], "after_flip": []}
        self.project.more = {"health": CHECK, **(setting or {})}
        self.project.configure()
        path = os.path.join(self.project.directory, "deploy.json")
        with open(path) as file:
            text = json.load(file)
        text["stages"]["test"].update(hosts=hosts, transport="libssh2", ssh=self.ssh)
        with open(path, "w") as file:
            json.dump(text, file, indent=1)

    def renew(self):
        self.count += 1
        self.text = "version %d\n" % self.count
        self.project.write("version", self.text)
        # Enough that a disk can be too small for it.
        self.project.write("large", random.Random(self.count).randbytes(200_000))

    def releases(self):
        return [os.path.basename(os.readlink(os.path.join(host.root, "current")))
                for host in self.hosts]

    def lock_is_free(self, host):
        with open(os.path.join(host.root, ".deploy/lock"), "a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except OSError:
                return False


class Story:
    """One case on one fleet: the fault, the end, the mending."""

    def __init__(self, fleet, case):
        self.fleet, self.case = fleet, case
        self.victim = fleet.hosts[case.on]
        self.reasons, self.said = [], []

    def play(self):
        fleet, case = self.fleet, self.case
        fleet.renew()
        fleet.configure(case.setting)
        self.before = fleet.releases()
        self.shared = [
            check.snapshot(os.path.join(host.root, "shared")) for host in fleet.hosts]
        if len(set(self.before)) != 1:
            raise RuntimeError("the hosts are apart before it began: %s" % self.before)
        if case.prepare:
            case.prepare(self.victim)
        self.strike()
        self.settle([host for host in fleet.hosts if host is not self.victim])
        if case.act is not fleet_cases.stop_agent:
            self.settle([self.victim])
        self.lift()
        self.settle(fleet.hosts)
        self.judge()
        self.mend()
        return self.reasons, self.said

    def strike(self):
        case = self.case
        if case.at:
            self.victim.set_trap()
        fault = "hold " + case.at if case.at else None
        began = time.monotonic()
        process = self.fleet.project.start("push", *case.options, fault=fault)
        output = []
        reader = threading.Thread(target=lambda: output.append(process.stdout.read()))
        reader.start()
        if case.at:
            try:
                pid = self.victim.trapped()
                case.act(self.victim, pid)
            finally:
                self.victim.release()
        try:
            process.wait(timeout=case.limit)
        except Exception:
            process.kill()
            self.reasons.append("the push hangs for more than %d s" % case.limit)
        reader.join()
        self.seconds = time.monotonic() - began
        self.status, self.output = process.wait(), output[0].decode(errors="backslashreplace")
        self.said.append("exit %s after %.1f s\n%s" % (self.status, self.seconds, self.output))

    def settle(self, hosts):
        for host in hosts:
            _, left = check.wait_for_quiet(host.root, [host.mark_of_processes], QUIET)
            if left:
                self.reasons.append("I6: %s: the agent still runs: %s" % (host.name, left))

    def lift(self):
        host = self.victim
        for pid in host.processes():
            try:
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:
                pass
        host.connect()
        if host.process.poll() is not None:
            host.start()
        host.wait_until_it_answers()
        for name in ("unwell", "refuses", "fills", "filling"):
            path = os.path.join(host.srv, name)
            if os.path.exists(path):
                os.unlink(path)

    def judge(self):
        case, fleet = self.case, self.fleet
        after = fleet.releases()
        if self.status != case.exit:
            self.reasons.append("exit %s, not %s" % (self.status, case.exit))
        if self.status == 0 and len(set(after)) != 1:
            self.reasons.append("I10: hosts are apart and the exit code is 0: %s" % after)
        if case.words and case.words not in self.output:
            self.reasons.append("it does not say %r" % case.words)
        if self.status and self.victim.address not in self.output:
            self.reasons.append("it does not name %s" % self.victim.address)
        for host, was, live, shared in zip(fleet.hosts, self.before, after, self.shared):
            wanted = case.victim if host is self.victim else case.others
            found = OLD if live == was else NEW
            if found != wanted:
                self.reasons.append(
                    "%s shows the %s release, not the %s" % (host.name, found, wanted))
            self.reasons += [
                "%s: %s" % (host.name, reason)
                for reason in check.check(host.root, shared=shared)]
            if not fleet.lock_is_free(host):
                self.reasons.append("I6: the lock of %s is held" % host.name)

    def mend(self):
        fleet = self.fleet
        fleet.configure()
        ran = fleet.project.run(self.case.mend)
        self.said.append(str(ran))
        after = fleet.releases()
        if ran.status != 0:
            self.reasons.append("I11: the next %s ends with %s" % (self.case.mend, ran.status))
        if len(set(after)) != 1:
            self.reasons.append("I11: after the next %s hosts are apart: %s" % (self.case.mend, after))
        for host, shared in zip(fleet.hosts, self.shared):
            if self.case.mend == "push":
                with open(os.path.join(host.root, "current/version")) as file:
                    if file.read() != fleet.text:
                        self.reasons.append("I11: %s does not show what was pushed" % host.name)
            self.reasons += [
                "%s, mended: %s" % (host.name, reason)
                for reason in check.check(
                    host.root, shared=shared, clean=True, needles=[host.mark_of_processes])]


class Suite:
    def __init__(self, network, directory):
        self.network, self.directory = network, directory
        self.passed = self.failed = self.apart = 0
        self.lock = threading.Lock()
        self.slowest = {}

    def run(self, size, cases):
        """On a fleet of its own, which a case that failed takes with it."""
        fleet = None
        for case in cases:
            try:
                if fleet is None:
                    place = tempfile.mkdtemp(prefix="hosts%d-" % size, dir=self.directory)
                    fleet = Fleet(self.network, place, size)
                story = Story(fleet, case)
                reasons, said = story.play()
            except Exception as error:
                reasons, said = ["the rig failed: %r" % error], []
            self.tell(size, case, reasons, said)
            if reasons:
                fleet = None
            else:
                with self.lock:
                    self.slowest[case.name] = story.seconds

    def tell(self, size, case, reasons, said):
        with self.lock:
            if not reasons:
                self.passed += 1
                print("ok      %d hosts: %s" % (size, case.name), flush=True)
                return
            self.failed += 1
            print("FAILED  %d hosts: %s" % (size, case.name))
            for reason in reasons:
                print("  - " + reason)
            for part in said:
                print("    " + part.rstrip().replace("\n", "\n    "))
            sys.stdout.flush()


def chosen():
    """Every size with its cases, in shares that can be played side by side."""
    only = os.environ.get("DEPLOY_TEST_ONLY", "")
    cases = [
        case for case in fleet_cases.CASES
        if re.search(only, case.name) and (FULL or only or case.quick)]
    shares = [(3, share) for share in (cases[0::3], cases[1::3], cases[2::3]) if share]
    many = [case for case in cases if 8 in case.sizes and (FULL or only or case.at == "flip.before")]
    return shares + ([(8, many)] if many else [])


def main():
    began = time.monotonic()
    # A signal ends it by way of `finally`, as an error does.
    for word in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(word, lambda *ignored: sys.exit(1))
    with Network() as network, tempfile.TemporaryDirectory(prefix="fleet-", dir="/dev/shm") as place:
        suite = Suite(network, place)
        threads = [
            threading.Thread(target=suite.run, args=share, daemon=True) for share in chosen()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for name in sorted(suite.slowest, key=suite.slowest.get)[-3:]:
        print("took longest to end: %.1f s, %s" % (suite.slowest[name], name))
    print("fleet: %.0f s" % (time.monotonic() - began))
    print("%d passed, %d failed" % (suite.passed, suite.failed))
    return 1 if suite.failed or not suite.passed else 0


if __name__ == "__main__":
    sys.exit(main())
