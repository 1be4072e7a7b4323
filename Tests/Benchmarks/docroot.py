#!/usr/bin/env python3
"""What keeping run-time files costs: python3 docroot.py DEPLOY [FILES]

A site with the layout of WordPress, the release as docroot. Each figure is the median of some pushes, by the
operations' own clock; they are shown as ratios, because machines differ.
"""

import json
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile

OPERATIONS = ("harvest", "link", "bind")
PUSHES = 3
UPLOADS = (0, 2_000, 20_000)
FRESH = (0, 10, 500)


def make_app(directory, count):
    """Themes, plugins and a core: many directories, as few files in each as there are in WordPress."""
    generator = random.Random(1)
    for number in range(count):
        folder = directory / ("wp-includes", "wp-admin", "wp-content/plugins", "wp-content/themes")[number % 4]
        folder = folder / f"part{number % 97}" / f"s{number % 5}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"f{number}.php").write_bytes(generator.randbytes(generator.randint(100, 4000)))
    (directory / "index.php").write_text("<?php\n")


def make_uploads(shared, count):
    for number in range(count):
        folder = shared / "wp-content/uploads" / f"{2010 + number % 14}" / f"{number % 12 + 1:02}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.jpg").write_bytes(b"picture %d" % number)


class Site:
    def __init__(self, deploy, home, files, uploads):
        self.deploy, self.home, self.pushes = deploy, home, 0
        make_app(home / "app", files)
        make_uploads(home / "srv/shared", uploads)
        (home / "deploy.json").write_text(json.dumps({
            "app": "bench", "recipe": "none", "source": {"directory": "app"}, "path": str(home / "srv"),
            "transport": "local", "hosts": ["127.0.0.1"], "keep": 2,
            "shared": {"directories": ["wp-content/uploads"], "files": []}, "public": {"root": "."},
        }))
        self.push()

    def push(self):
        """Seconds of each operation, the same operation twice counted as one."""
        self.pushes += 1
        (self.home / "app/version.txt").write_text(str(self.pushes))
        ran = subprocess.run(
            [self.deploy, "push", "--timings", "--json"], cwd=self.home, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, check=True, timeout=300)
        seconds = dict.fromkeys(OPERATIONS, 0.0)
        for line in ran.stdout.splitlines():
            event = json.loads(line)
            if event["event"] == "timing" and event["operation"] in seconds:
                seconds[event["operation"]] += event["seconds"]
        return seconds

    def make_fresh(self, count):
        """Files that the site makes between two pushes: half loose, half in directories of their own."""
        for number in range(count):
            folder = self.home / "srv/current" / (
                f"wp-content/cache-{self.pushes}/{number % 10}" if number % 2 else "wp-includes/part1/s1")
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"fresh-{self.pushes}-{number}.txt").write_text("fresh")

    def median(self, fresh):
        runs = []
        for _ in range(PUSHES):
            self.make_fresh(fresh)
            runs.append(self.push())
        return {name: statistics.median(run[name] for run in runs) for name in OPERATIONS}


def tell(title, seconds, base):
    ratios = (f"{name} {seconds[name] / base[name]:.2f}" if base[name] else f"{name} -" for name in OPERATIONS)
    print(f"{title}: {', '.join(ratios)}, together {sum(seconds.values()) / sum(base.values()):.2f}", flush=True)


def main(deploy, files):
    deploy = str(pathlib.Path(deploy).resolve())
    base = None
    for uploads in UPLOADS:
        with tempfile.TemporaryDirectory() as name:
            site = Site(deploy, pathlib.Path(name), files, uploads)
            for fresh in FRESH if uploads == UPLOADS[0] else FRESH[:2]:
                seconds = site.median(fresh)
                base = base or seconds
                tell(f"{uploads} uploads, {fresh} new files", seconds, base)
    shown = ", ".join(f"{name} {base[name]:.3f} s" for name in OPERATIONS)
    print(f"1.00 is: {shown}, of {files} files")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 4_000)
