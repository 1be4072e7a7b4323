"""A private sshd on 127.0.0.1 with throwaway keys, for as long as a `with` block lasts.

Serves the user who runs the tests, root or not. `shell` chooses what `sh` is on the other side:
dash, bash, or busybox with all its applets before the system's own tools. `hide` names tools that
the other side does not have; that takes root, who can give each command a file system view of its own.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from shells import lay_shell


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(*words):
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


class SSHServer:
    def __init__(self, shell=None, lines=(), hide=(), address="127.0.0.1", within=()):
        # `within` are words that run a command where the address is, such as a network namespace.
        self.address = address
        self.within = list(within)
        self.shell = shell
        self.hide = list(hide)
        self.lines = list(lines)

    def __enter__(self):
        self.directory = tempfile.mkdtemp(prefix="sshd-")
        self.log = self.path("log")
        self.identity = self.path("user")
        self.known_hosts = self.path("known_hosts")
        for name in ("host", "user"):
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", self.path(name))
        shutil.copy(self.path("user.pub"), self.path("keys"))
        if os.getuid() == 0:
            # sshd refuses to start as root without its privilege separation directory.
            os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
        for attempt in range(5):
            self.port = free_port()
            if self.start():
                return self
        self.__exit__()
        raise RuntimeError("sshd does not start: " + self.read_log()[-2000:])

    def __exit__(self, *ignored):
        if self.process.poll() is None:
            left = descendants(self.process.pid)
            self.process.terminate()
            self.process.wait()
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        shutil.rmtree(self.directory, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.directory, name)

    def start(self):
        with open(self.path("host.pub")) as file:
            key = " ".join(file.read().split()[:2])
        with open(self.known_hosts, "w") as file:
            for name in (self.address, "localhost"):
                file.write("[%s]:%d %s\n" % (name, self.port, key))
        lines = self.lines + [
            "ListenAddress %s:%d" % (self.address, self.port),
            "HostKey " + self.path("host"),
            "PidFile none",
            "AuthorizedKeysFile " + self.path("keys"),
            "StrictModes no",
            "UsePAM no",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "UseDNS no",
            "MaxStartups 200",
            "MaxSessions 100",
            "LogLevel DEBUG1",
            # Debian's bash reads .bashrc when sshd starts it, unless it believes to be a sub-shell.
            "SetEnv SHLVL=1",
        ]
        if self.shell or self.hide:
            lines.append("ForceCommand " + self.make_wrapper())
        with open(self.path("config"), "w") as file:
            file.write("\n".join(lines) + "\n")
        # Not `-e`: with that, what sshd notes as it starts a command lands in the command's errors.
        self.process = subprocess.Popen(
            [*self.within, "/usr/sbin/sshd", "-D", "-E", self.log, "-f", self.path("config")],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with socket.create_connection((self.address, self.port), 1) as connection:
                    if connection.recv(4).startswith(b"SSH-"):
                        self.forget_log()
                        return True
            except OSError:
                time.sleep(0.02)
        return False

    def make_wrapper(self):
        tools = self.path("tools")
        os.makedirs(tools, exist_ok=True)
        if self.shell:
            lay_shell(self.shell, tools)
        wrapper = self.path("wrapper")
        shell = os.path.join(tools, "sh") if self.shell else "/bin/sh"
        with open(wrapper, "w") as file:
            file.write("#!/bin/sh\nPATH=%s:/usr/local/bin:/usr/bin:/bin\nexport PATH\n" % tools)
            if self.hide:
                hidden = [
                    os.path.realpath(os.path.join(place, tool)) for tool in self.hide
                    for place in ("/usr/local/bin", "/usr/bin", "/usr/sbin")
                    if os.path.exists(os.path.join(place, tool))]
                # What is not executable is not found.
                mounts = "".join("mount --bind /dev/null %s && " % path for path in hidden)
                file.write(
                    "export SHELL_OF_TEST=%s\n"
                    "exec unshare -m sh -c '%sexec \"$SHELL_OF_TEST\" -c \"$SSH_ORIGINAL_COMMAND\"'\n"
                    % (shell, mounts))
            else:
                file.write('exec %s -c "$SSH_ORIGINAL_COMMAND"\n' % shell)
        os.chmod(wrapper, 0o755)
        return wrapper

    # --- what the log knows

    def read_log(self):
        try:
            with open(self.log, errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def forget_log(self):
        """What was logged until now is not counted."""
        self.mark = len(self.read_log())

    @property
    def connections(self):
        """Connections that logged in."""
        return len(re.findall(r"^Accepted publickey ", self.read_log()[self.mark:], re.M))

    @property
    def attempts(self):
        """Connections that arrived, with or without a login."""
        return len(re.findall(r"^Connection from ", self.read_log()[self.mark:], re.M))

    @property
    def requests(self):
        """Commands that were started, one an exec channel."""
        return len(re.findall(r"^Starting session: ", self.read_log()[self.mark:], re.M))

    @property
    def mark_of_processes(self):
        """Text in the environment of every process that this server started."""
        return " 127.0.0.1 %d\0" % self.port


def descendants(pid):
    children = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/%s/stat" % name) as file:
                    parent = int(file.read().rsplit(")", 1)[1].split()[1])
                children.setdefault(parent, []).append(int(name))
            except (OSError, IndexError):
                pass
    found, waiting = [], [pid]
    while waiting:
        for child in children.get(waiting.pop(), []):
            found.append(child)
            waiting.append(child)
    return found
