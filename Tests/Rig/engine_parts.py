"""The programs of a Docker engine from Debian's own archive, unpacked beside the system and not installed.

Debian 12 has neither compose v2 nor buildx; those of Debian 13 run on it, but for runc, tini and iptables,
which want a newer libc. Everything comes from the mirror that apt on this machine uses, and is checked by
the archive's signatures. The machine's own apt state, packages and services stay as they are.
"""

import fcntl
import glob
import os
import shutil
import subprocess

KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
NEWER, OLDER = "trixie", "bookworm"
ENGINE = ("docker.io", "docker-cli", "docker-compose", "docker-buildx", "containerd")
BASE = (
    "runc", "tini", "iptables", "libip6tc2", "libnfnetlink0", "libnetfilter-conntrack3", "libnftnl11")
COMPLETE = "complete-1"


class EngineMissing(Exception):
    pass


def unpacked():
    """Where the parts are; the first run on a machine fetches about 95 MB."""
    explain_what_is_missing()
    top = os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "deploy-tests/engine")
    os.makedirs(top, exist_ok=True)
    with open(os.path.join(top, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        parts = os.path.join(top, "parts")
        if not os.path.exists(os.path.join(parts, COMPLETE)):
            shutil.rmtree(parts, ignore_errors=True)
            fetch(top, parts)
            with open(os.path.join(parts, COMPLETE), "w"):
                pass
    return parts


def explain_what_is_missing():
    advice = "; or set DOCKER_HOST to the socket of an engine that is there"
    if os.getuid() != 0:
        raise EngineMissing("only root can start one" + advice)
    if codename() not in (OLDER, NEWER):
        raise EngineMissing("one of its own needs Debian 12 or 13" + advice)
    for tool in ("apt-get", "dpkg", "unshare", "ip"):
        if not shutil.which(tool):
            raise EngineMissing("no %s here%s" % (tool, advice))
    tried = subprocess.run(
        ["unshare", "--net", "--mount", "--pid", "--fork", "true"], capture_output=True, text=True)
    if tried.returncode != 0:
        raise EngineMissing("root has no namespaces here (%s)%s" % (tried.stderr.strip(), advice))


def codename():
    with open("/etc/os-release") as file:
        facts = dict(line.strip().split("=", 1) for line in file if "=" in line)
    return facts.get("VERSION_CODENAME", "").strip('"') if facts.get("ID") == "debian" else ""


def mirror():
    asked = ["apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)"]
    for attempt in range(2):
        for line in subprocess.run(asked, capture_output=True, text=True).stdout.splitlines():
            release, _, address = line.partition(" ")
            if release == codename():
                return address
        subprocess.run(["apt-get", "-qq", "update"], check=attempt == 0, capture_output=True)
    raise EngineMissing("apt on this machine names no mirror of %s" % codename())


def fetch(top, parts):
    apt = os.path.join(top, "apt")
    shutil.rmtree(apt, ignore_errors=True)
    for name in ("lists/partial", "cache/archives/partial", "preferences", "debs"):
        os.makedirs(os.path.join(apt, name))
    address = mirror()
    with open(os.path.join(apt, "sources"), "w") as file:
        for suite in sorted({codename(), NEWER}):
            file.write("deb [signed-by=%s] %s %s main\n" % (KEYS, address, suite))
    settings = {
        "Dir::Etc::sourcelist": apt + "/sources", "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferencesparts": apt + "/preferences", "Dir::State::lists": apt + "/lists",
        "Dir::Cache": apt + "/cache", "APT::Sandbox::User": "root", "Acquire::Languages": "none",
        "Acquire::Retries": "3"}
    options = [word for key, value in settings.items() for word in ("-o", key + "=" + value)]
    wanted = [name + "/" + NEWER for name in ENGINE] + [name + "/" + codename() for name in BASE]
    for words in (["update"], ["download", *wanted]):
        ran = subprocess.run(
            ["apt-get", *options, "-qq", *words], cwd=apt + "/debs", capture_output=True, text=True)
        if ran.returncode != 0:
            raise EngineMissing("apt-get %s: %s" % (words[0], ran.stderr.strip()[-600:]))
    for package in glob.glob(apt + "/debs/*.deb"):
        subprocess.run(["dpkg", "-x", package, parts], check=True)
    for name in ("iptables", "ip6tables"):
        for end in ("", "-save", "-restore"):
            link(parts + "/usr/sbin/" + name + end, "xtables-nft-multi")
    link(parts + "/usr/bin/docker-init", "tini-static")
    shutil.rmtree(apt)


def link(place, target):
    if os.path.lexists(place):
        os.unlink(place)
    os.symlink(target, place)
