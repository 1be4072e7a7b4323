"""Images made of what this machine has, because no registry is asked: its PHP, and one of two sets of tools.

`busybox` is like Alpine, `debian` like Debian's smallest: dash and the programs of a few packages.
"""

import glob
import io
import os
import re
import shutil
import subprocess
import tarfile

import docker

TOOLS = ("busybox", "debian")
PACKAGES = ("dash", "coreutils", "findutils", "grep", "sed", "mawk")
PLACES = ("/bin/", "/usr/bin/")
EMPTY = ("tmp", "root", "proc", "sys", "dev", "run", "data", "orangescrum-app", "usr/bin", "etc")


def image(tools):
    return "deploy-tests/" + tools


def make_images():
    for tools in TOOLS:
        docker.import_image(image(tools), root_archive(tools))


def root_archive(tools):
    programs = [os.path.realpath(shutil.which("php"))]
    links = {"bin": "usr/bin", "usr/bin/php": os.path.basename(programs[0])}
    if tools == "busybox":
        programs.append(shutil.which("busybox"))
        for applet in said("busybox", "--list").split():
            links["usr/bin/" + applet] = "busybox"
    else:
        for name in said("dpkg", "-L", *PACKAGES).split("\n"):
            if name.startswith(PLACES) and os.path.isfile(name) and not os.path.islink(name):
                programs.append(name)
        links.update({"usr/bin/sh": "dash", "usr/bin/awk": "mawk"})
    links.pop("usr/bin/busybox", None)
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name in EMPTY:
            add(tar, name, tarfile.DIRTYPE, 0o1777 if name == "tmp" else 0o755)
        add(tar, "etc/passwd", tarfile.REGTYPE, 0o644, b"root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/:/bin/sh\n")
        for name, target in links.items():
            add(tar, name, tarfile.SYMTYPE, 0o777, link=target)
        for program in programs:
            copy(tar, program, "usr/bin/" + os.path.basename(program))
        # Debian's PHP reads the system's time zones.
        for name in glob.glob("/usr/share/zoneinfo/UTC") + glob.glob("/usr/share/zoneinfo/*.tab"):
            copy(tar, name, name.lstrip("/"))
        for library in sorted(libraries(programs)):
            copy(tar, library, library.lstrip("/"))
    return stream.getvalue()


def said(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def libraries(programs):
    """Every shared library, under the names by which the programs ask for them."""
    words = ["ldd", *programs]
    output = subprocess.run(words, capture_output=True, text=True).stdout
    found = set(re.findall(r"(?:=> |^\t)(/\S+) \(0x", output, re.M))
    if not found or not glob.glob("/lib*/ld-*"):
        raise RuntimeError("ldd names no libraries of " + " ".join(programs))
    return found


def copy(tar, source, name):
    with open(source, "rb") as file:
        add(tar, name, tarfile.REGTYPE, 0o755, file.read())


def add(tar, name, kind, mode, content=b"", link=""):
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.size, entry.linkname = kind, mode, len(content), link
    tar.addfile(entry, io.BytesIO(content))
