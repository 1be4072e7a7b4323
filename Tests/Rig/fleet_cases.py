"""What can happen to one host of several, and how it must end.

The expectations are those of the table of faults (F18 to F24). Where it is silent, we hold:

- A host that ends before the flip, in whatever way, ends it for all: nobody flips, 15.
- From the moment at which a host was told to flip, a host that is not heard of any more is *unknown*, so the
  whole ends with 16, also where it hangs and did nothing: the client cannot know that.
- An agent that is alive but without its client finishes alone, and stays when its own checks pass. The other
  hosts, whose client is there, go back. So hosts may be apart, and the exit code is 16, never 0.
- An agent that was killed at the flip leaves `current` where it is, old or new, whole.
- When all hosts work and one dies as it records that, nobody goes back: the new release is live everywhere. 16,
  because the client did not hear so from all.
- A host that dies as it cleans up is live, verified and recorded: 0.
"""

import os
import shutil
import signal

OLD, NEW = "old", "new"


class Case:
    """`victim`, `others`: what must be live there when the dust has settled, before anything is mended."""

    def __init__(self, name, act, exit, victim=OLD, others=OLD, at=None, words=None, on=1, quick=False,
                 prepare=None, options=(), mend="push", setting=None, limit=90, sizes=(3,)):
        self.name, self.act, self.exit = name, act, exit
        self.victim, self.others, self.at, self.words = victim, others, at, words
        self.on, self.quick, self.prepare, self.options = on, quick, prepare, list(options)
        self.mend, self.setting, self.limit, self.sizes = mend, setting or {}, limit, sizes


# --- what is done to the host, when its agent has come to the point ---------------------------------


def kill_agent(host, pid):
    os.killpg(os.getpgid(pid), signal.SIGKILL)


def kill_session(host, pid):
    """The sshd of the session; the agent lives on."""
    for process in host.processes():
        try:
            with open("/proc/%d/cmdline" % process, "rb") as file:
                is_session = file.read().startswith(b"sshd: root@")
            if is_session:
                os.kill(process, signal.SIGKILL)
        except (ProcessLookupError, FileNotFoundError):
            pass


def stop_agent(host, pid):
    os.killpg(os.getpgid(pid), signal.SIGSTOP)


def cut_network(host, pid):
    host.cut()


# --- what is wrong with it from the beginning -------------------------------------------------------


def refuses(host):
    host.stop()


def vanished(host):
    host.cut()


def is_unwell(host):
    with open(os.path.join(host.srv, "unwell"), "w"):
        pass


def fails_hook(host):
    with open(os.path.join(host.srv, "refuses"), "w"):
        pass


def fills_disk(host):
    with open(os.path.join(host.srv, "fills"), "w"):
        pass


def is_full(host):
    """Its /srv is a small file system of its own. Room is left for what a session needs to say so, and no tree
    stands ready for the next push, which would need hardly any more."""
    shutil.rmtree(os.path.join(host.root, ".deploy/standby"), ignore_errors=True)
    space = os.statvfs(host.srv)
    with open(os.path.join(host.srv, "filling"), "wb") as file:
        file.write(b"x" * (space.f_bavail * space.f_frsize - 100_000))


def deaths(word, act):
    """At every phase before the flip, nobody flips."""
    return [
        Case("%s at the survey" % word, act, 15, at="survey.before", words="no host was changed"),
        Case("%s as it receives" % word, act, 15, at="receive.before", words="no host was changed"),
        Case("%s in a hook" % word, act, 15, at="hook.before", words="no host was changed",
             quick=act is kill_agent),
        Case("%s before the barrier" % word, act, 15, at="barrier.before",
             words="no host was changed", quick=act is kill_session),
    ]


DISK = 1

CASES = [
    Case("refuses the connection", None, 15, prepare=refuses, words="no host was changed", quick=True,
         sizes=(3, 8)),
    Case("the first refuses the connection", None, 15, prepare=refuses, on=0,
         words="no host was changed"),
    Case("is not there", None, 15, prepare=vanished, words="no host was changed"),
    Case("refuses, and is to be skipped", None, 15, others=NEW, prepare=refuses, quick=True,
         setting={"rollout": {"unreachable": "skip"}}, words="hosts are changed"),
    *deaths("the agent dies", kill_agent),
    *deaths("the session dies", kill_session),
    Case("the agent dies when it was told to flip", kill_agent, 16, at="barrier.after"),
    Case("the agent dies before its flip", kill_agent, 16, at="flip.1", sizes=(3, 8)),
    Case("the agent dies after its flip", kill_agent, 16, NEW, at="flip.2", quick=True, mend="converge"),
    Case("the agent dies in its health check", kill_agent, 16, NEW, at="probe.before"),
    Case("the agent of the first dies in its health check", kill_agent, 16, NEW, at="probe.before",
         on=0, sizes=(3, 8)),
    Case("the agent dies as it records", kill_agent, 16, NEW, NEW, at="record.before", quick=True),
    Case("the agent dies as it settles its record", kill_agent, 16, NEW, NEW, at="record.1"),
    Case("the agent dies as it cleans up", kill_agent, 0, NEW, NEW, at="prune.before", quick=True),
    Case("the session dies at its flip", kill_session, 16, NEW, at="flip.1"),
    Case("the session dies in its health check", kill_session, 16, NEW, at="probe.before", quick=True),
    Case("the session dies as it records", kill_session, 16, NEW, NEW, at="record.before"),
    Case("the session dies as it cleans up", kill_session, 0, NEW, NEW, at="prune.before"),
    Case("its network goes at the survey", cut_network, 15, at="survey.before",
         words="no host was changed"),
    Case("its network goes as it receives", cut_network, 15, at="receive.before",
         words="no host was changed"),
    Case("its network goes before the barrier", cut_network, 15, at="barrier.before",
         words="no host was changed"),
    Case("its network goes right after the flip was sent", cut_network, 16, NEW, at="flip.before",
         quick=True, sizes=(3, 8)),
    Case("its network goes as it records", cut_network, 16, NEW, NEW, at="record.before"),
    Case("hangs at the survey", stop_agent, 15, at="survey.before", words="no host was changed"),
    Case("hangs as it receives", stop_agent, 15, at="receive.before", words="no host was changed"),
    Case("hangs in a hook", stop_agent, 15, at="hook.before", words="no host was changed", quick=True,
         sizes=(3, 8)),
    Case("hangs before the barrier", stop_agent, 15, at="barrier.before", words="no host was changed"),
    Case("hangs at its flip", stop_agent, 16, NEW, at="flip.1"),
    Case("hangs in its health check", stop_agent, 16, NEW, at="probe.before", mend="converge"),
    Case("its hook fails", None, 15, prepare=fails_hook, words="no host was changed"),
    Case("fails its health check", None, 15, prepare=is_unwell, words="rolled back", quick=True,
         sizes=(3, 8)),
    Case("the first fails its health check", None, 15, prepare=is_unwell, on=0, words="rolled back"),
    Case("fails its health check, and the others are to stay", None, 15, OLD, NEW, prepare=is_unwell,
         options=["--keep"], words="hosts are changed", quick=True),
    Case("fails its health check behind a canary", None, 15, prepare=is_unwell, on=1,
         setting={"rollout": {"canary": 1}}, words="rolled back"),
    Case("fails its health check one by one", None, 15, prepare=is_unwell, on=1,
         setting={"rollout": {"serial": 1}}, words="rolled back"),
    Case("the agent of the canary dies after its flip", kill_agent, 16, NEW, at="flip.2", on=0,
         setting={"rollout": {"canary": 1}}),
    Case("its disk is full", None, 15, prepare=is_full, on=DISK, words="no host was changed", quick=True),
    Case("its disk fills up before the flip", None, 15, prepare=fills_disk, on=DISK,
         words="no host was changed"),
]
