#!/usr/bin/env python3
"""Times pushes and rollbacks over links of several round trip times: python3 pushes.py DEPLOY

Beside it, in turns, the script that people write with rsync and a symbolic link, when rsync is here. Every release
is compared with the tree that was pushed, byte for byte. Prints medians; for links other than loopback it must
run as root.
"""

import argparse
import filecmp
import getpass
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "Rig"))
import link as links  # noqa: E402
from figures import make_app, measured  # noqa: E402
from sshd import SSHServer  # noqa: E402

OPERATIONS = ("cold", "nochange", "one file", "rollback")


class Peer:
    """A way to deploy `home/app` to `home/NAME` behind a server."""

    def __init__(self, home, server):
        self.home, self.server = home, server
        self.app, self.root = home / "app", home / self.name

    @property
    def current(self):
        return self.root / "current"

    def push(self):
        return self.timed(self.push_words())

    def rollback(self):
        return self.timed(self.rollback_words())

    def timed(self, words):
        return measured(words, cwd=self.home, env=dict(os.environ, HOME=str(self.home / "client")))[0]


class Deploy(Peer):
    name = "deploy"

    def __init__(self, home, server, binary):
        super().__init__(home, server)
        self.binary = binary
        (home / "deploy.json").write_text(json.dumps({
            "app": "bench", "recipe": "none", "source": {"directory": "app"}, "path": str(self.root),
            "hosts": [{"host": server.address, "port": server.port, "user": getpass.getuser()}],
            "ssh": {"identity": server.identity, "known_hosts": server.known_hosts},
        }))

    def push_words(self):
        return [self.binary, "push"]

    def rollback_words(self):
        return [self.binary, "rollback"]


class Rsync(Peer):
    """Three commands over one connection: copy with hard links to what is live, then switch."""

    name = "rsync"
    pushes = 0

    def ssh(self):
        return "ssh -p %d -i %s -o IdentitiesOnly=yes -o UserKnownHostsFile=%s -o ControlMaster=auto " \
            "-o ControlPath=%s/%%C -o ControlPersist=1" % (
                self.server.port, self.server.identity, self.server.known_hosts, self.home / "client")

    def push_words(self):
        self.pushes += 1
        release = "%s/releases/%04d" % (self.root, self.pushes)
        host = "%s@%s" % (getpass.getuser(), self.server.address)
        return ["sh", "-ec", """
            ssh="$1" host=$2 root=$3 release=$4
            $ssh $host "mkdir -p $root/releases"
            rsync -a --delete -z --link-dest=$root/current/ -e "$ssh" app/ $host:$release/
            $ssh $host "ln -sfn $release $root/current.new && mv -T $root/current.new $root/current"
            $ssh -O exit $host 2>/dev/null
            """, "push", self.ssh(), host, str(self.root), release]

    def rollback_words(self):
        host = "%s@%s" % (getpass.getuser(), self.server.address)
        release = "%s/releases/%04d" % (self.root, self.pushes - 1)
        return ["sh", "-ec", """
            $1 $2 "test -d $4 && ln -sfn $4 $3/current.new && mv -T $3/current.new $3/current"
            $1 -O exit $2 2>/dev/null
            """, "rollback", self.ssh(), host, str(self.root), release]


def differences(left, right):
    compared = filecmp.dircmp(left, right, ignore=[])
    found = compared.left_only + compared.right_only + compared.funny_files
    found += filecmp.cmpfiles(left, right, compared.common_files, shallow=False)[1]
    for name in compared.common_dirs:
        found += differences(os.path.join(left, name), os.path.join(right, name))
    return found


def expect(peer, tree, what):
    found = differences(tree, os.path.realpath(peer.current))
    if found:
        sys.exit("%s: after %s the release is wrong: %s" % (peer.name, what, found[:5]))


def one_round(peer, number):
    """Seconds of each operation; the server starts empty, the client with what it remembers."""
    shutil.rmtree(peer.root, ignore_errors=True)
    before, changed = peer.home / "before", peer.app / "changed.txt"
    changed.write_text("before %d\n" % number)
    seconds = {"cold": peer.push()}
    expect(peer, peer.app, "cold")
    shutil.rmtree(before, ignore_errors=True)
    shutil.copytree(peer.app, before)
    time.sleep(1)
    seconds["nochange"] = peer.push()
    expect(peer, peer.app, "nochange")
    time.sleep(1)
    changed.write_text("after %d\n" % number)
    seconds["one file"] = peer.push()
    expect(peer, peer.app, "one file")
    time.sleep(1)
    seconds["rollback"] = peer.rollback()
    expect(peer, before, "rollback")
    return seconds


def take(options, home, server, set_round_trip):
    peers = [Deploy(home, server, str(pathlib.Path(options.deploy).resolve()))]
    if shutil.which("rsync"):
        peers.append(Rsync(home, server))
    else:
        print("rsync is not here, and left out")
    print("| RTT | tool | %s |\n|---|---|%s" % (" | ".join(OPERATIONS), "---|" * len(OPERATIONS)))
    for milliseconds in options.rtts:
        set_round_trip(milliseconds / 1000)
        rounds = {peer.name: [] for peer in peers}
        # In turns, so that what else the machine does hits all alike.
        for number in range(options.runs):
            for peer in peers:
                rounds[peer.name].append(one_round(peer, number))
        for peer in peers:
            cells = [statistics.median(taken[name] for taken in rounds[peer.name]) for name in OPERATIONS]
            print("| %d ms | %s | %s |" % (
                milliseconds, peer.name, " | ".join("%.2f s" % cell for cell in cells)), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("deploy", help="a release build")
    parser.add_argument("--rtts", type=lambda text: [int(word) for word in text.split(",")], default=[0, 20, 80])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--files", type=int, default=9000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        home = pathlib.Path(name)
        (home / "client").mkdir()
        make_app(home / "app", options.files)
        if links.is_possible():
            with links.Link() as link, SSHServer(address=link.address, within=link.within) as server:
                take(options, home, server, link.set)
        else:
            print("not root: over loopback only")
            options.rtts = [0]
            with SSHServer() as server:
                take(options, home, server, lambda seconds: None)


if __name__ == "__main__":
    main()
