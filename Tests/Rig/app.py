"""An application with a docroot for tests of persistence: its configuration, its live site, its kept things."""

import os

from tool import Project


class App:
    """One application on this machine, or behind a private sshd, and what may be asked of it.

    Every path is bytes and relative to the docroot; `public` is that key of deploy.json.
    """

    def __init__(self, directory, public, shared=None, server=None, keep=2, root=None):
        self.directory = directory
        self.root = root or os.path.join(directory, "root")
        self.project = Project(os.path.join(directory, "project"), self.root, server)
        self.docroot = os.fsencode(public["root"])
        self.project.more["public"] = public
        self.project.shared = shared or {"directories": [], "files": []}
        self.project.keep = keep

    def fill(self, tree):
        """Makes the project's tree anew: a path of the release -> bytes, or a str for a link."""
        top = os.fsencode(self.project.tree)
        remove_tree(top)
        os.makedirs(top)
        for path, content in tree.items():
            full = os.path.join(top, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            if isinstance(content, str):
                os.symlink(os.fsencode(content), full)
            else:
                write(full, content)

    def below(self, path):
        """A path of the docroot as a path of the release."""
        return path if self.docroot == b"." else self.docroot + b"/" + path

    @property
    def live(self):
        try:
            return os.path.basename(os.readlink(os.path.join(self.root, "current")))
        except OSError:
            return None

    @property
    def top(self):
        """Where the web server looks."""
        return os.path.join(os.fsencode(self.root), b"current", self.docroot)

    def place(self, path):
        return os.path.join(self.top, path)

    # --- what there is

    def view(self):
        """What the live site shows: path -> bytes, or for a link that somebody made `link PATH`.

        Links to a place of shared/ that the site shows nowhere else are looked through: a visitor does not
        see them. A link to nothing shows nothing.
        """
        seen = {}
        if self.live:
            tops = [self.top, os.path.join(os.fsencode(self.root), b"shared", self.docroot)]
            self._look(b"", seen, (), [os.path.realpath(top) for top in tops])
        return seen

    def _look(self, here, seen, above, tops):
        directory = os.path.join(self.top, here) if here else self.top
        real = os.path.realpath(directory)
        if real in above:
            return
        try:
            names = os.listdir(directory)
        except OSError:
            return
        for name in names:
            path = os.path.join(here, name)
            full = os.path.join(self.top, path)
            if not os.path.exists(full):
                continue
            aim = os.path.realpath(full)
            leads_to = place_below(aim, tops) if os.path.islink(full) else path
            if leads_to != path and os.path.realpath(os.path.join(self.top, leads_to)) == aim:
                seen[path] = "link " + os.fsdecode(leads_to)
            elif os.path.isdir(full):
                self._look(path, seen, above + (real,), tops)
            else:
                seen[path] = read(full)

    def links(self):
        """Every place of the site with a link, to something or to nothing, and whether its directory is shared."""
        found = set()
        for folder, directories, names in os.walk(self.top, followlinks=True):
            if folder.count(b"/") - self.top.count(b"/") > 8:
                directories.clear()
            for name in directories + names:
                if os.path.islink(os.path.join(folder, name)):
                    path = os.path.relpath(os.path.join(folder, name), self.top)
                    found.add((path, self.is_shared(folder)))
        return found

    def is_shared(self, directory):
        shared = os.path.realpath(os.path.join(os.fsencode(self.root), b"shared"))
        return os.path.realpath(directory).startswith(shared)

    def contents(self, *places):
        """All bytes that any file below these places of the root has."""
        found = set()
        for place in places:
            for folder, _, names in os.walk(os.path.join(os.fsencode(self.root), place)):
                for name in names:
                    full = os.path.join(folder, name)
                    if os.path.isfile(full) and not os.path.islink(full):
                        found.add(read(full))
        return found

    def safe_contents(self):
        return self.contents(b"shared", b".deploy/kept")


def place_below(real, tops):
    for top in tops:
        if real.startswith(top + b"/"):
            return real[len(top) + 1:]
    return real


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)


def remove_tree(top):
    if os.path.lexists(top):
        for folder, directories, names in os.walk(top, topdown=False):
            for name in names + directories:
                full = os.path.join(folder, name)
                if os.path.islink(full) or not os.path.isdir(full):
                    os.unlink(full)
                else:
                    os.rmdir(full)
        os.rmdir(top)


def shown(path):
    return path.decode("utf-8", "backslashreplace") if isinstance(path, bytes) else str(path)
