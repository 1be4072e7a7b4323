#!/usr/bin/env python3
"""Takes the figures of Tests/Benchmarks/README.md: python3 figures.py DEPLOY [FILES]"""

import getpass
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "Rig"))
from sshd import SSHServer  # noqa: E402


def measured(words, **options):
    """Seconds and peak memory in MB of one command, by the operating system's own accounting."""
    began = time.monotonic()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, **options)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{words} exited {process.returncode}"
    return time.monotonic() - began, usage.ru_maxrss / 1024


def make_app(directory, count):
    generator = random.Random(1)
    for number in range(count):
        folder = directory / f"d{number % 200}" / f"s{number % 7}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"f{number}.php").write_bytes(generator.randbytes(generator.randint(100, 16000)))


def main(deploy, count):
    deploy = str(pathlib.Path(deploy).resolve())
    starts = [measured([deploy, "version"])[0] for _ in range(20)]
    print(f"version: {statistics.median(starts) * 1000:.1f} ms (median of 20)")
    with tempfile.TemporaryDirectory() as name, SSHServer() as server:
        home = pathlib.Path(name)
        make_app(home / "app", count)
        (home / "deploy.json").write_text(json.dumps({
            "app": "bench", "recipe": "none", "source": {"directory": "app"},
            "path": str(home / "srv"), "hosts": [{"host": "127.0.0.1", "port": server.port, "user": getpass.getuser()}],
            "ssh": {"identity": server.identity, "known_hosts": server.known_hosts},
        }))
        steps = [("first push", ["push"]), ("one file", ["push"]), ("rollback", ["rollback"])]
        for title, words in steps:
            (home / "app" / "changed.txt").write_text(title)
            seconds, memory = measured([deploy, *words], cwd=home)
            print(f"{title}: {seconds:.2f} s, {memory:.0f} MB at most in the client")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10_000)
