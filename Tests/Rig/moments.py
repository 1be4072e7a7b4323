"""Deaths that no point of the program can show: in the middle of something that takes its time."""

import fcntl
import os
import signal
import time

import check

# A host takes 15 seconds of silence for the client's death.
SILENCE = 15


def agent(slot):
    """The process that works, once the lock is held."""
    with open(os.path.join(slot.root, ".deploy/holder")) as file:
        return int(file.read().split()[0])


def holder_text(slot):
    try:
        with open(os.path.join(slot.root, ".deploy/holder")) as file:
            return file.read()
    except OSError:
        return ""


def wait_until(what, limit=20):
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.005)
    return False


def lock_is_free(slot):
    with open(os.path.join(slot.root, ".deploy/lock"), "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except OSError:
            return False


def begin(slot, *words):
    before = holder_text(slot)
    process = slot.project.start("push", *words)
    return process, before


def in_hook(slot, seconds, when):
    """Starts a push whose hook sleeps, and returns when it does."""
    # A name of its own in the command, so that it can be found among the processes.
    hook = "sleep %d; : %s" % (seconds, slot.root)
    slot.project.hooks = {"before_flip": [], "after_flip": []}
    slot.project.hooks[when] = [hook]
    slot.project.configure()
    process, _ = begin(slot)
    if not wait_until(lambda: any(
            "sh -c sleep %d" % seconds in command
            for _, command in check.processes(slot.root, [hook]))):
        process.kill()
        raise RuntimeError("the hook never ran")
    return process


def killed_in_hook(victim, when, seconds=4):
    def act(suite, slot, said):
        process = in_hook(slot, seconds, when)
        if victim == "client":
            process.kill()
        elif victim == "agent":
            os.killpg(os.getpgid(agent(slot)), signal.SIGKILL)
        else:
            os.kill(agent(slot), signal.SIGKILL)
        output, _ = process.communicate(timeout=60)
        said.append("exit %s\n%s" % (process.returncode, output.decode(errors="replace")))
        if victim == "client" and when == "after_flip":
            # Past the flip the agent is alive and finishes alone: whoever comes now is told so.
            check.wait_for_quiet(slot.root, slot.needles, seconds + 10)
        if victim == "client":
            return []
        allowed = {"before_flip": (10, 12), "after_flip": (16,)}[when]
        return [] if process.returncode in allowed else ["I10: exit %s" % process.returncode]

    return act


def killed_in_upload(victim):
    def act(suite, slot, said):
        slot.project.write("big.bin", os.urandom(40 << 20))
        process, _ = begin(slot)
        staging = os.path.join(slot.root, ".deploy/staging")
        path = os.path.join(slot.project.tree, "big.bin")

        def received():
            try:
                return any(
                    os.path.getsize(os.path.join(staging, name, "tree/big.bin")) > 1 << 20
                    for name in os.listdir(staging))
            except OSError:
                return False

        came = wait_until(received)
        os.kill(agent(slot), 0)
        if victim == "agent":
            os.killpg(os.getpgid(agent(slot)), signal.SIGKILL)
        else:
            os.kill(agent(slot), signal.SIGKILL)
        output, _ = process.communicate(timeout=60)
        os.remove(path)
        said.append("exit %s\n%s" % (process.returncode, output.decode(errors="replace")))
        if not came:
            return ["the upload never began"]
        return [] if process.returncode in (10, 12) else ["I10: exit %s" % process.returncode]

    return act


def frozen(when):
    """The client stops without a word, as a laptop does that is closed."""
    def act(suite, slot, said):
        if when == "hook":
            process = in_hook(slot, 3, "before_flip")
        else:
            slot.project.write("big.bin", os.urandom(60 << 20))
            process, _ = begin(slot)
            staging = os.path.join(slot.root, ".deploy/staging")
            if not wait_until(lambda: os.path.isdir(staging) and any(
                    os.path.exists(os.path.join(staging, n, "tree/big.bin"))
                    for n in os.listdir(staging))):
                return ["the upload never began"]
        live = os.readlink(os.path.join(slot.root, "current"))
        process.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        # The session of sshd itself lives as long as TCP does.
        free = wait_until(lambda: lock_is_free(slot), 40)
        suite.note_settling("lock after a frozen client (%s)" % when, time.monotonic() - began)
        reasons = [] if free else ["I6: the lock is held 40 s after the client fell silent"]
        if when == "upload":
            try:
                os.remove(os.path.join(slot.project.tree, "big.bin"))
            except OSError:
                pass
        if os.readlink(os.path.join(slot.root, "current")) != live and when == "upload":
            reasons.append("I1: a client that fell silent in the upload was followed by a flip")
        time.sleep(max(0, SILENCE + 1 - (time.monotonic() - began)))
        process.send_signal(signal.SIGCONT)
        output, _ = process.communicate(timeout=60)
        said.append("exit %s\n%s" % (process.returncode, output.decode(errors="replace")))
        changed = os.readlink(os.path.join(slot.root, "current")) != live
        if process.returncode == 0 and not changed:
            reasons.append("I10: exit 0, but nothing changed")
        if process.returncode not in (0, 16) and changed:
            reasons.append("I10: exit %s, but it went live" % process.returncode)
        return reasons

    return act


def killed_while_waiting(suite, slot, said):
    """A client that waits for another's lock dies: the one with the lock is not disturbed."""
    holder = in_hook(slot, 3, "before_flip")
    waiting = slot.project.start("push", "--wait", "60s")
    time.sleep(1)
    if waiting.poll() is not None:
        return ["it does not wait: " + waiting.communicate()[0].decode()]
    waiting.kill()
    waiting.communicate()
    output, _ = holder.communicate(timeout=60)
    said.append("exit %s\n%s" % (holder.returncode, output.decode(errors="replace")))
    check.wait_for_quiet(slot.root, slot.needles, 5)
    return [] if holder.returncode == 0 else ["the holder ended with %s" % holder.returncode]


def leftovers(suite, slot, said):
    """Names that a session can leave when it dies between two system calls."""
    dead = "0123456789abcdef"
    place = os.path.join(slot.root, ".deploy")
    os.symlink("releases/nothing", os.path.join(slot.root, ".current." + dead))
    for path in (
            "staging/%s/tree" % dead, "trial.%s/a" % dead, "trash/%s.tree/closed/deep" % dead,
            "lock.%s" % dead, "manifests/20260101-000000"):
        os.makedirs(os.path.join(place, path))
    os.chmod(os.path.join(place, "trash/%s.tree/closed" % dead), 0o500)
    for path in (
            "ops/hook.%s" % dead, "ledger.jsonl.%s" % dead, ".trial.4194000",
            "../.trial.4194000", "../releases/.trial.4194000", "staging/%s/tree/file" % dead):
        with open(os.path.join(place, path), "w") as file:
            file.write("left over\n")
    return []


def torn(suite, slot, said):
    """A power cut left half a line in the ledger."""
    path = os.path.join(slot.root, ".deploy/ledger.jsonl")
    with open(path, "rb+") as file:
        file.truncate(os.path.getsize(path) - 30)
    return []


ALL = {
    "push: client frozen in the upload": ("client", frozen("upload")),
    "push: client frozen in a hook": ("client", frozen("hook")),
    "push: client killed while it waits": ("client", killed_while_waiting),
    "push: agent killed in the upload": ("agent", killed_in_upload("agent")),
    "push: worker killed in the upload": ("worker", killed_in_upload("worker")),
    "push after leftovers of every kind": ("none", leftovers),
    "push after a torn ledger": ("none", torn),
}
for _victim in ("client", "agent", "worker"):
    for _when in ("before_flip", "after_flip"):
        ALL["push: %s killed in a hook (%s)" % (_victim, _when)] = (
            _victim, killed_in_hook(_victim, _when))
