"""A site that was used, for kill_points.py: its live release has files that only run time made.

The worker dies at every point of a push, so also in the middle of the harvest. After each death and after the
next plain push every byte that the site made is readable at its path through `current`; an edit of a shipped
file is readable there until the next release ships its own, and kept beside the site from then on.
"""

import os

import check

NAME = "site"
# The operations that touch what a site made; at the points of the others it dies in a full run only.
AT_WORK = ("harvest", "link", "bind", "flip")
PUBLIC = {"root": "public", "persistent": ["uploads/**"], "build": ["build/**"]}
# What the site wrote, path of the release -> bytes.
MADE = {
    "public/invoices/2026/a b.pdf": b"an invoice in a new directory",
    "public/images/run.png": b"a picture among shipped ones",
    "public/.well-known/token": b"a token",
    "public/.dot": b"a dotfile",
    "public/inbox/mail": b"a mail where only .gitkeep was",
    "public/uploads/2026/cat.jpg": b"an upload",
}
EDITED = ("public/robots.txt", b"edited on the server\n")


def write(top, path, content):
    full = os.path.join(top, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "wb") as file:
        file.write(content)


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def ship(project):
    """A docroot beside what every project of these suites has."""
    for path, content in {
            "public/index.php": "<?php\n", "public/robots.txt": "shipped\n", "public/images/logo.png": "logo",
            "public/inbox/.gitkeep": "", "public/build/app.js": "built", "public/uploads/default.png": "default",
    }.items():
        project.write(path, content)


def use(root):
    for path, content in [*MADE.items(), EDITED]:
        write(os.path.join(root, "current"), path, content)


def lost(root, is_next_live):
    """What the site made and nobody can read any more."""
    current = os.path.join(root, "current")
    reasons = [
        "I2: %s is lost" % path for path, content in MADE.items()
        if read(os.path.join(current, path)) != content]
    path, content = EDITED
    kept = contents(os.path.join(root, ".deploy/kept")) if is_next_live else [read(os.path.join(current, path))]
    if content not in kept:
        reasons.append("I2: the edit of %s is lost" % path)
    return reasons


def contents(top):
    return [
        read(os.path.join(folder, name)) for folder, _, names in os.walk(top) for name in names]


def shared_differences(before, root):
    """As check.py says them, without what a harvest is for: new names, and the times of what holds them."""
    after = check.snapshot(os.path.join(root, "shared"))
    kept = {path: after[path] for path in before if path in after}
    for path, entry in kept.items():
        if entry["mode"].startswith("0o4"):
            entry["mtime"] = before[path]["mtime"]
    return check.shared_differences(before, kept)


def release_differences(root, allowed):
    """As check.py says them, without the files that run time made and the links that stand for them."""
    about = tuple("%s%s" % (path, end) for path in places() for end in (" ", "/"))
    reasons = []
    for reason in check.check_releases(os.fsencode(root), set(allowed)):
        said = reason.split(": ", 2)[-1]
        if not said.startswith(about) and not said.removeprefix("the link ").startswith(about):
            reasons.append(reason)
    return reasons


def places():
    """The paths that the site wrote to, and their directories below the docroot."""
    found = set()
    for path in [*MADE, EDITED[0]]:
        while path != "public":
            found.add(path)
            path = os.path.dirname(path)
    return found - {"public/images"}


def look(slot, allowed=(), clean=False):
    """Why a promise is broken, of a root at rest."""
    now = os.path.basename(os.readlink(os.path.join(slot.root, "current")))
    reasons = lost(slot.root, now != slot.old)
    reasons += shared_differences(slot.shared, slot.root) + release_differences(slot.root, allowed)
    reasons += check.check_ledger(os.fsencode(slot.root), settled=clean)
    if clean:
        _, left = check.wait_for_quiet(slot.root, slot.needles, 3)
        reasons += ["a process is left over: %d %s" % one for one in left]
        reasons += check.check_clean(os.fsencode(slot.root))
    return reasons
