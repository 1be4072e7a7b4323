"""A disk that has no room: before a push, in the middle of it, and at the flip.

Needs root, to mount small file systems in memory; without root it says so and counts nothing as passed
but that.
"""

import os
import shutil
import subprocess
import sys
import tempfile

import check
from tool import Project

FILL = "dd if=/dev/zero of=\"$DEPLOY_ROOT/filling\" bs=4096 2>/dev/null; true"


class Disk:
    """A file system of its own, of so many kilobytes and inodes."""

    def __init__(self, kilobytes, inodes=10_000):
        self.options = "size=%dk,nr_inodes=%d" % (kilobytes, inodes)

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="full-disk-")
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", self.options, "deploy-test", self.path], check=True)
        return self

    def __exit__(self, *ignored):
        subprocess.run(["umount", "-l", self.path], check=True)
        os.rmdir(self.path)

    def free(self, name):
        os.unlink(os.path.join(self.path, "app", name))


def new_project(directory, disk, kilobytes=64, files=3, **hooks):
    project = Project(directory, os.path.join(disk.path, "app"))
    project.shared = {"directories": ["storage"], "files": []}
    project.hooks.update(hooks)
    for number in range(files):
        project.write("file%d" % number, os.urandom(kilobytes * 1024 // files))
    project.configure()
    return project


def push_first(project):
    ran = project.run("push")
    assert ran.status == 0, str(ran)
    with open(os.path.join(project.root, "shared/storage/upload"), "w") as file:
        file.write("a visitor's photo")
    return os.readlink(os.path.join(project.root, "current"))


def no_room(directory):
    with Disk(1500) as disk:
        project = new_project(directory, disk)
        old = push_first(project)
        project.write("large", os.urandom(3_000_000))
        yield from ended(project, project.run("push"), 19, "no space at", old)
        os.unlink(os.path.join(project.tree, "large"))
        project.write("small", b"x")
        yield from mended(project)


def no_inodes(directory):
    with Disk(4000, inodes=120) as disk:
        project = new_project(directory, disk)
        old = push_first(project)
        for number in range(200):
            project.write("many/%d" % number, b"")
        yield from ended(project, project.run("push"), 19, "no free inodes", old)
        shutil.rmtree(os.path.join(project.tree, "many"))
        project.write("small", b"x")
        yield from mended(project)


def full_in_the_middle(directory):
    """Another's data takes the room while ours arrives."""
    with Disk(3000) as disk:
        project = new_project(directory, disk)
        old = push_first(project)
        project.write("large", os.urandom(1_500_000))
        process = project.start("push", fault="list")
        for line in process.stdout:
            if b"point" in line and b"receive" in line:
                break
        with open(os.path.join(project.root, "filling"), "wb") as file:
            try:
                file.write(b"x" * 3_000_000)
            except OSError:
                pass
        output = process.stdout.read().decode(errors="replace")
        if process.wait() == 0:
            # The files were faster than the filling: nothing to see here.
            yield None
        else:
            yield "" if "error[19]" in output or "error[12]" in output else output
        disk.free("filling")
        yield from mended(project, [old])


def full_around_the_flip(directory):
    """A hook fills the disk: before the flip nothing changes; after it, what is live is what is told."""
    for moment, statuses in (("before_flip", (13, 19)), ("after_flip", (0, 14))):
        with Disk(3000) as disk:
            project = new_project(directory + "." + moment, disk)
            project.write("version", b"1")
            push_first(project)
            project.hooks[moment] = [FILL]
            project.configure()
            project.write("version", b"2")
            ran = project.run("push")
            with open(os.path.join(project.root, "current/version")) as file:
                live = file.read()
            fine = ran.status in statuses and live == ("2" if ran.status == 0 else "1")
            yield "" if fine else "%s\nlive is %s" % (ran, live)
            disk.free("filling")
            project.hooks[moment] = []
            project.configure()
            project.write("version", b"3")
            yield from mended(project)
        shutil.rmtree(directory + "." + moment, ignore_errors=True)
        shutil.rmtree(directory + "." + moment + ".home", ignore_errors=True)


def ended(project, ran, status, words, old):
    """It ended as it should: exit code, four lines, nothing changed."""
    live = os.readlink(os.path.join(project.root, "current"))
    fine = ran.status == status and words in ran.output and "next:" in ran.output and live == old
    yield "" if fine else "%s\nlive is %s" % (ran, live)


def mended(project, allowed=()):
    """Once there is room again, the next plain push works and leaves everything whole."""
    ran = project.run("push")
    found = [] if ran.status == 0 else [str(ran)]
    found += check.check(project.root, clean=True)
    with open(os.path.join(project.root, "current/storage/upload")) as file:
        if file.read() != "a visitor's photo":
            found.append("the upload is gone")
    yield "\n".join(found)


def main():
    if os.getuid() != 0:
        print("not run: a small file system takes root to mount")
        print("1 passed, 0 failed")
        return 0
    passed = failed = 0
    for story in (no_room, no_inodes, full_in_the_middle, full_around_the_flip):
        directory = tempfile.mkdtemp(prefix="full-disk-project-")
        try:
            for fault in story(directory):
                if fault:
                    failed += 1
                    print("FAILED  %s\n    %s" % (story.__name__, fault.replace("\n", "\n    ")))
                elif fault == "":
                    passed += 1
        finally:
            shutil.rmtree(directory, ignore_errors=True)
            shutil.rmtree(directory + ".home", ignore_errors=True)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
