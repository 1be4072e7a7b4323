"""What must be true of persistent data, by what was done and seen, without knowing how the tool does it.

A path is bytes, relative to the docroot. The model records what was acknowledged at which path, what
users deleted, and what each release ships. It reads the live site only through `App.view`.
"""

import os
import re

from app import shown


def pattern_of(globs):
    """`cache/**` is the directory and all in it; other globs are not used here."""
    names = [re.escape(glob[:-3].encode()) for glob in globs]
    return re.compile(b"(%s)(/|$)" % b"|".join(names)) if names else re.compile(b"(?!)")


# They keep a directory in a repository; where data comes to it, the directory becomes a link as a whole.
KEEPS_PLACE = re.compile(rb"(^|/)\.(gitkeep|gitignore|keep|empty)$")


def ancestors(path):
    while b"/" in path:
        path = path.rsplit(b"/", 1)[0]
        yield path


def collides(path, others):
    """Whether one is the other, or a directory of the other."""
    if path in others or any(above in others for above in ancestors(path)):
        return True
    return any(other.startswith(path + b"/") for other in others)


class Model:
    def __init__(self, public, below, shared):
        self.persistent = pattern_of(public.get("persistent", []) + shared)
        self.build = pattern_of(public.get("build", []))
        self.regenerable = pattern_of(public.get("regenerable", []))
        self.below = below
        self.live = None
        self.code = {}      # release -> what its code looks like now, with edits made on the server
        self.shipped = {}   # release -> what it shipped
        self.data = {}      # path -> bytes that the site must show
        self.offered = set()
        self.blurred = set()    # written or deleted while a release shipped the same path
        self.possible = {}      # path -> contents of defaults that did not surely arrive
        self.may_return = set()  # deleted with the link above it, which need not mean the data
        self.gone_links = set()
        self.link_places = set()  # where what users did left a link, to something or to nothing
        self.loose_links = set()  # made in a directory that belonged to one release
        self.displaced = set()  # bytes that a directory took the place of, or a file, and that are kept
        self.adrift = set()     # renamed to where its link led nowhere: shown there after the next harvest
        self.places_changed = False
        self.edits = set()      # bytes of edited code that were left behind

    # --- what happens

    def notice(self, before, after, links=()):
        """A user or the application did something; this is what the site showed around it.

        `links` are the places that have a link now, as (path, whether its directory is shared).
        """
        for path, is_shared in links:
            self.link_places.add(path)
            if not is_shared:
                self.loose_links.add(path)
        code = self.code.get(self.live, {})
        for path in set(before) | set(after):
            if before.get(path) == after.get(path):
                continue
            if self.is_free(path):
                self.places_changed = True
                continue
            if self.is_code(path):
                code[path] = after.get(path)
                if path in self.data:
                    self.blurred.add(path)
            elif path in after:
                self.data[path] = after[path]
                self.blurred.discard(path)
            else:
                self.forget_data(path)

    def forget_data(self, path):
        content = self.data.pop(path, None)
        if isinstance(content, str):
            self.gone_links.add((path, content))

    def is_free(self, path):
        """What nobody promised anything about."""
        if self.persistent.match(path):
            return False
        return bool(self.regenerable.match(path) or KEEPS_PLACE.search(path))

    def is_code(self, path):
        return path in self.code.get(self.live, {}) and not self.persistent.match(path)

    @property
    def is_drifted(self):
        """Whether a release that is not live was edited while it was."""
        return self.places_changed or any(
            self.code[release] != self.shipped[release]
            for release in self.code if release != self.live)

    def ship(self, tree):
        """What a release of this tree must show."""
        return {
            path: content for path, content in tree.items()
            if not self.persistent.match(path) and not self.is_free(path)}

    def went_live(self, release, tree, view):
        """A push or rollback; `tree` is what a push shipped."""
        for path, content in self.code.get(self.live, {}).items():
            if content is not None and content != self.shipped[self.live].get(path):
                self.edits.add(content)
        self.live = release
        if release not in self.code:
            self.shipped[release] = self.ship(tree)
            # Build files of earlier releases stay reachable.
            for path, content in view.items():
                if self.build.match(path) and path not in self.data and any(
                        other.get(path) == content for other in self.shipped.values()):
                    self.shipped[release].setdefault(path, content)
            self.code[release] = dict(self.shipped[release])

    def offer(self, tree, view, is_live, is_sure):
        """Defaults of persistent places arrive once; of a push that failed or died, perhaps."""
        for path, content in tree.items():
            if not self.persistent.match(path) or path in self.offered:
                continue
            if path in self.data:
                if is_live:
                    self.offered.add(path)
                continue
            self.possible.setdefault(path, set()).add(content)
            if view.get(path) in self.possible[path]:
                self.data[path] = view[path]
                self.offered.add(path)
                if not is_sure:
                    self.may_return.add(path)
            elif is_live and len(self.possible[path]) == 1 and not collides(path, self.data):
                self.data[path] = content
            if is_live:
                self.offered.add(path)
                self.possible.pop(path)

    def forget(self, standing):
        for release in set(self.code) - set(standing) - {self.live}:
            del self.code[release]

    # --- what must hold

    def faults(self, view, safe, is_shared):
        """`is_shared` says whether a directory of the live site is one of shared/."""
        code = self.code.get(self.live, {})
        firm = {path for path in code if code[path] is not None}
        found = []
        for path, content in sorted(code.items()):
            if content is not None and view.get(path) != content:
                found.append("shipped %s: %s, not %s" % (
                    shown(path), told(view.get(path)), told(content)))
        for path, content in sorted(self.data.items()):
            if view.get(path) == content or path in self.blurred:
                continue
            if isinstance(content, str) and not leads_somewhere(content, view):
                continue
            if self.leads_to_data(content, view.get(path)):
                continue
            hidden = collides(path, firm) or self.has_rival(path)
            # One that was made in a directory of a release waits while that directory is linked as a whole.
            if isinstance(content, str) and path in self.loose_links and any(
                    is_shared(above) for above in ancestors(path)):
                continue
            if hidden and (isinstance(content, str) or content in safe):
                if self.is_displaced(path, view):
                    self.displaced.add((path, content))
                continue
            found.append("data %s: %s, not %s%s" % (
                shown(path), told(view.get(path)), told(content),
                "; not even kept" if content not in safe else ""))
        # Both cannot be shown, now or ever: a conflict that was reported, of which one is kept aside.
        for path, content in self.displaced:
            if self.data.get(path) == content:
                del self.data[path]
            if not isinstance(content, str) and content not in safe:
                found.append("what was displaced is lost: %s" % told(content))
        found += [
            "%s is there again or from nowhere: %s" % (shown(path), told(content))
            for path, content in sorted(view.items()) if not self.is_expected(path, content)]
        found += [
            "what was renamed is lost: %s" % told(content)
            for _, content in self.adrift if not isinstance(content, str) and content not in safe]
        found += [
            "an edit is not kept: %s" % told(content)
            for content in self.edits if not isinstance(content, str) and content not in safe]
        return found

    def leads_to_data(self, link, shown_there):
        """Whether a link of a user still shows the data that it was made for or that came there later,
        under a release that ships something else at the place of that data."""
        return (
            isinstance(link, str) and isinstance(shown_there, bytes)
            and self.data.get(os.fsencode(link[len("link "):])) == shown_there)

    def has_rival(self, path):
        """Two data of which one is a directory of the other: they were made under different releases."""
        others = set(self.data) - {path}
        return collides(path, others)

    def is_displaced(self, path, view):
        return any(
            view.get(other) == content for other, content in self.data.items()
            if other != path and collides(path, {other}))

    def is_expected(self, path, content):
        if self.code.get(self.live, {}).get(path) == content or self.data.get(path) == content:
            return True
        if (path, content) in self.displaced or self.is_free(path):
            return True
        if path in self.blurred or path in self.may_return:
            return True
        if isinstance(content, str):
            # A link to nothing is not shown before there is something.
            return path in self.link_places and (path, content) not in self.gone_links
        if self.leads_to_data(self.data.get(path), content):
            return True
        if content in self.possible.get(path, ()):
            return True
        if (path, content) not in self.adrift and any(content == one for _, one in self.adrift):
            return True
        return bool(self.build.match(path)) and any(
            tree.get(path) == content for tree in self.shipped.values())


def leads_somewhere(link, view):
    place = os.fsencode(link[len("link "):])
    return place in view or any(path.startswith(place + b"/") for path in view)


def told(content):
    if content is None:
        return "nothing"
    return repr(content[:60])
