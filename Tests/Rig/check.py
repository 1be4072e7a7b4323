#!/usr/bin/env python3
"""Looks at an application on a server and says whether the promises hold.

Shares no code with the tool: it reads the manifests, the ledger and the disk by itself, so that a
mistake in the tool cannot hide here.

    check.py ROOT [--current ID]... [--shared SNAPSHOT] [--clean] [--needle TEXT]...
    check.py --snapshot DIRECTORY >SNAPSHOT

Exits 0 when all holds, 1 with a line for each reason when something does not.
"""

import argparse
import hashlib
import json
import os
import re
import stat
import sys
import time

RELEASE = re.compile(r"^[0-9]{8}-[0-9]{6}(-[0-9a-f]{6})?$|^[0-9]{14}$")
NOTHING = "0" * 64
MAKES_LIVE = ("live", "recovered", "adopted")


def shown(name):
    """A name for people: what is not UTF-8 is escaped."""
    if isinstance(name, str):
        name = os.fsencode(name)
    return name.decode("utf-8", "backslashreplace")


def decoded(text):
    """The bytes behind a field: every byte outside a safe set is written as \\0ooo."""
    return re.sub(rb"\\0([0-7]{3})", lambda m: bytes([int(m[1], 8)]), text)


def content_digest(path, algorithm):
    if algorithm == "blake2b-256":
        digest = hashlib.blake2b(digest_size=32)
    elif algorithm == "sha256":
        digest = hashlib.sha256()
    else:
        raise ValueError("unknown algorithm %r" % algorithm)
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def walk(top):
    """Every path below a directory, as bytes relative to it, without following links."""
    waiting = [b""]
    while waiting:
        here = waiting.pop()
        with os.scandir(os.path.join(top, here) if here else top) as entries:
            for entry in entries:
                path = os.path.join(here, entry.name)
                yield path
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(path)


# --- I2: the shared data ---------------------------------------------------------------------------


def snapshot(top):
    """What must not change below shared/: names, kinds, modes, owners, times, bytes."""
    top = os.fsencode(top)
    seen = {}
    for path in [b""] + sorted(walk(top)):
        full = os.path.join(top, path) if path else top
        info = os.lstat(full)
        entry = {
            "mode": oct(info.st_mode), "owner": [info.st_uid, info.st_gid],
            "mtime": info.st_mtime_ns,
        }
        if stat.S_ISREG(info.st_mode):
            entry["size"] = info.st_size
            entry["digest"] = content_digest(full, "sha256")
        elif stat.S_ISLNK(info.st_mode):
            entry["target"] = os.readlink(full).decode("latin-1")
        seen[path.decode("latin-1")] = entry
    return seen


def shared_differences(before, after):
    reasons = []
    for path in sorted(set(before) | set(after)):
        if before.get(path) != after.get(path):
            name = shown(path.encode("latin-1")) or "."
            if path not in after:
                reasons.append("I2: shared/%s is gone" % name)
            elif path not in before:
                reasons.append("I2: shared/%s is new" % name)
            else:
                changed = {
                    key: (before[path].get(key), after[path].get(key))
                    for key in set(before[path]) | set(after[path])
                    if before[path].get(key) != after[path].get(key)
                }
                reasons.append("I2: shared/%s changed: %s" % (name, changed))
    return reasons


# --- I1, I3: releases ------------------------------------------------------------------------------


def expected_entries(manifest):
    entries = {}
    with open(manifest, "rb") as file:
        text = file.read()
    if text and not text.endswith(b"\n"):
        raise ValueError("the manifest ends early")
    for line in text.splitlines():
        fields = line.split(b" ")
        path = decoded(fields[4])
        if path in entries:
            raise ValueError("the manifest names %s twice" % shown(path))
        entries[path] = (
            fields[0].decode(), fields[1].decode(), fields[2].decode(), fields[3].decode(),
            decoded(fields[5]) if fields[0] == b"l" else None)
    return entries


def found_entry(full, algorithm):
    info = os.lstat(full)
    mode = "%04o" % stat.S_IMODE(info.st_mode)
    if stat.S_ISREG(info.st_mode):
        return ("f", mode, str(info.st_size), content_digest(full, algorithm), None)
    if stat.S_ISDIR(info.st_mode):
        return ("d", mode, "-", "-", None)
    if stat.S_ISLNK(info.st_mode):
        return ("l", "0777", "-", "-", os.readlink(full))
    return ("?", mode, "-", "-", None)


def parents(path):
    while b"/" in path:
        path = path.rsplit(b"/", 1)[0]
        yield path


def release_differences(root, name):
    """Why a release is not what its manifest says; linked paths are links into shared/ instead."""
    record = os.path.join(root, b".deploy/manifests", name)
    tree = os.path.join(root, b"releases", name)
    try:
        entries = expected_entries(os.path.join(record, b"manifest"))
        with open(os.path.join(record, b"algorithm")) as file:
            algorithm = file.read().strip()
    except (OSError, ValueError, IndexError) as error:
        return ["no readable manifest: %s" % error]
    links = []
    if os.path.exists(os.path.join(record, b"links")):
        with open(os.path.join(record, b"links"), "rb") as file:
            links = [decoded(line) for line in file.read().splitlines()]
    made = {parent for link in links for parent in parents(link)}
    reasons = []
    seen = set()
    for path in walk(tree):
        seen.add(path)
        if path in links:
            target = b"../" * (2 + path.count(b"/")) + b"shared/" + path
            found = found_entry(os.path.join(tree, path), algorithm)
            if found[0] != "l" or found[4] != target:
                reasons.append("%s is not the link to %s" % (shown(path), shown(target)))
            continue
        found = found_entry(os.path.join(tree, path), algorithm)
        if path not in entries:
            if not (path in made and found[0] == "d"):
                reasons.append("%s is not in the manifest" % shown(path))
        elif entries[path] != found:
            reasons.append("%s is %s, not %s" % (shown(path), found, entries[path]))
    for path in set(links) - seen:
        reasons.append("the link %s is missing" % shown(path))
    for path in set(entries) - seen:
        if not any(place in links for place in [path, *parents(path)]):
            reasons.append("%s is missing" % shown(path))
    return reasons


def check_releases(root, allowed):
    reasons = []
    current = os.path.join(root, b"current")
    try:
        target = os.readlink(current)
    except OSError as error:
        return ["I1: current is no link: %s" % error]
    if not re.fullmatch(rb"releases/[^/]+", target):
        reasons.append("I1: current -> %s is not one relative hop" % shown(target))
    live = target.rsplit(b"/", 1)[-1]
    if allowed and shown(live) not in allowed:
        reasons.append("I1: current is %s, expected one of %s" % (shown(live), sorted(allowed)))
    names = os.listdir(os.path.join(root, b"releases"))
    if live not in names:
        reasons.append("I1: current leads to %s, which is not there" % shown(live))
    for name in names:
        if not RELEASE.match(shown(name)):
            continue
        word = "I1" if name == live else "I3"
        for reason in release_differences(root, name):
            reasons.append("%s: %s: %s" % (word, shown(name), reason))
    return reasons


# --- I8: the ledger --------------------------------------------------------------------------------


def ledger(root):
    path = os.path.join(os.fsencode(root), b".deploy/ledger.jsonl")
    if not os.path.exists(path):
        return [], []
    with open(path, "rb") as file:
        text = file.read()
    records, reasons = [], []
    previous, number = NOTHING, 0
    for line in text.splitlines(keepends=True):
        if not line.endswith(b"\n"):
            reasons.append("I8: the last line is torn")
            break
        try:
            record = json.loads(line)
        except ValueError as error:
            reasons.append("I8: line %d is no JSON: %s" % (number + 1, error))
            previous, number = hashlib.sha256(line).hexdigest(), number + 1
            continue
        if record.get("seq") != number + 1:
            reasons.append("I8: seq %r follows %d" % (record.get("seq"), number))
        if record.get("prev") != previous:
            reasons.append("I8: seq %r does not continue the chain" % record.get("seq"))
        previous = hashlib.sha256(line).hexdigest()
        number = record.get("seq", number + 1)
        records.append(record)
    return records, reasons


def check_ledger(root, settled):
    records, reasons = ledger(root)
    if not settled:
        # A torn last line is what a power cut leaves; the next session mends it.
        return [reason for reason in reasons if "torn" not in reason]
    live = failed = None
    for record in records:
        if record["event"] == "failed":
            failed = record["release"]
        if record["event"] in MAKES_LIVE:
            # What failed after the flip was live without a record of its own.
            known = (live, failed) if record.get("why") == "returned" else (live,)
            if record.get("from", live) not in known:
                reasons.append(
                    "I8: seq %s says it came from %s, but %s was live"
                    % (record["seq"], record.get("from"), live))
            live = record["release"]
    fate = {record["release"]: record["event"] for record in records}
    for name in os.listdir(os.path.join(root, b"releases")):
        if fate.pop(shown(name), "swept") in ("retired", "swept"):
            reasons.append("I8: releases/%s is there, the ledger says it is not" % shown(name))
    for name, event in fate.items():
        if event not in ("retired", "swept"):
            reasons.append("I8: %s is not there, the ledger says it is %s" % (name, event))
    current = os.path.basename(os.readlink(os.path.join(root, b"current")))
    if live != shown(current):
        reasons.append("I8: the ledger says %s is live, current says %s" % (live, shown(current)))
    return reasons


# --- I11: nothing left over ------------------------------------------------------------------------

KEPT = re.compile(
    r"lock|holder|ledger\.jsonl|ledger\.torn\.[0-9a-f]{16}|manifests|staging|trash|ops|renames"
    r"|registry|seeded|carried|kept|env|configs|standby|runtime\.[0-9a-f]+")


RECORD = (
    b"manifest", b"algorithm", b"links", b"displaced", b"made", b"ready", b"carried", b"harvested")


def check_clean(root):
    reasons = []
    for name in os.listdir(root):
        if name not in (b"current", b"releases", b"shared", b".deploy"):
            reasons.append("I11: %s is left over" % shown(name))
    place = os.path.join(root, b".deploy")
    for name in os.listdir(place):
        if not KEPT.fullmatch(shown(name)):
            reasons.append("I11: .deploy/%s is left over" % shown(name))
    for folder in (b"staging", b"trash", b"ops"):
        for name in os.listdir(os.path.join(place, folder)):
            reasons.append("I11: .deploy/%s/%s is left over" % (shown(folder), shown(name)))
    releases = set(os.listdir(os.path.join(root, b"releases")))
    manifests = set(os.listdir(os.path.join(place, b"manifests")))
    for name in releases - manifests:
        reasons.append("I11: releases/%s has no manifest" % shown(name))
    for name in manifests - releases:
        reasons.append("I11: manifests/%s has no release" % shown(name))
    for name in manifests:
        for part in os.listdir(os.path.join(place, b"manifests", name)):
            if part not in RECORD:
                reasons.append("I11: manifests/%s/%s is left over" % (shown(name), shown(part)))
    return reasons


def check_standby(root):
    """The tree that stands ready holds what the live release was shipped with, or nothing of that name."""
    place = os.path.join(root, b".deploy/standby")
    if not os.path.exists(place):
        return []
    reasons = []
    if stat.S_IMODE(os.lstat(place).st_mode) != 0o700:
        reasons.append("standby is open to others")
    with open(os.path.join(place, b"work/base")) as file:
        base = file.read().strip()
    record = os.path.join(
        root, b".deploy/manifests", os.path.basename(os.readlink(os.path.join(root, b"current"))))
    with open(os.path.join(record, b"manifest"), "rb") as file:
        if hashlib.sha256(file.read()).hexdigest() != base:
            return reasons + ["standby is not of the live release"]
    with open(os.path.join(record, b"algorithm")) as file:
        algorithm = file.read().strip()
    entries = expected_entries(os.path.join(record, b"manifest"))
    tree = os.path.join(place, b"tree")
    for path in walk(tree):
        found, wanted = found_entry(os.path.join(tree, path), algorithm), entries.get(path)
        if wanted and wanted[0] == "d":
            wanted = ("d", "%04o" % (int(wanted[1], 8) | 0o700), "-", "-", None)
        if found != wanted:
            reasons.append("standby: %s is %s, not %s" % (shown(path), found, wanted))
        if found[0] == "f" and os.lstat(os.path.join(tree, path)).st_nlink != 1:
            reasons.append("standby: %s has another name somewhere" % shown(path))
    return reasons


def processes(root, needles):
    """Processes that work in the root, hold something of it open, or carry one of our marks."""
    root = os.fsencode(os.path.realpath(root))
    needles = [root] + [os.fsencode(needle) for needle in needles]
    found = []
    ours = {os.getpid(), os.getppid()}
    for pid in os.listdir("/proc"):
        if not pid.isdigit() or int(pid) in ours:
            continue
        try:
            with open("/proc/%s/stat" % pid) as file:
                if file.read().rsplit(")", 1)[1].split()[0] in "ZX":
                    continue
            with open("/proc/%s/cmdline" % pid, "rb") as file:
                command = file.read()
            with open("/proc/%s/environ" % pid, "rb") as file:
                environment = file.read()
            places = [os.readlink(b"/proc/%s/cwd" % pid.encode())]
            for number in os.listdir("/proc/%s/fd" % pid):
                try:
                    places.append(os.readlink(b"/proc/%s/fd/%s" % (pid.encode(), number.encode())))
                except OSError:
                    pass
        except OSError:
            continue
        if any(n in command or n in environment for n in needles) or any(
                place == root or place.startswith(root + b"/") for place in places):
            found.append((int(pid), shown(command.replace(b"\0", b" ")[:160].strip())))
    return found


def wait_for_quiet(root, needles, limit):
    """Seconds until no process of ours is left, and those that are left after `limit`."""
    began = time.monotonic()
    while True:
        left = processes(root, needles)
        waited = time.monotonic() - began
        if not left or waited > limit:
            return waited, left
        time.sleep(0.02)


# --- all of it -------------------------------------------------------------------------------------


def check(root, current=(), shared=None, clean=False, needles=()):
    root = os.fsencode(root)
    reasons = check_releases(root, set(current))
    if shared is not None:
        reasons += shared_differences(shared, snapshot(os.path.join(root, b"shared")))
    try:
        reasons += check_ledger(root, settled=clean)
    except (OSError, KeyError) as error:
        reasons.append("I8: %r" % error)
    if clean:
        _, left = wait_for_quiet(root, needles, 10)
        reasons += ["a process is left over: %d %s" % one for one in left]
        reasons += check_clean(root)
        reasons += check_standby(root)
    return reasons


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("root", nargs="?")
    parser.add_argument("--snapshot", metavar="DIRECTORY")
    parser.add_argument("--current", action="append", default=[], metavar="ID")
    parser.add_argument("--shared", metavar="SNAPSHOT")
    parser.add_argument("--clean", action="store_true")
    parser.add_argument("--needle", action="append", default=[])
    options = parser.parse_args()
    if options.snapshot:
        json.dump(snapshot(options.snapshot), sys.stdout, indent=0, sort_keys=True)
        return 0
    if not options.root:
        parser.error("which root?")
    shared = None
    if options.shared:
        with open(options.shared) as file:
            shared = json.load(file)
    reasons = check(options.root, options.current, shared, options.clean, options.needle)
    for reason in reasons:
        print(reason)
    return 1 if reasons else 0


if __name__ == "__main__":
    sys.exit(main())
