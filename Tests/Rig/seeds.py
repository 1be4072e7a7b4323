"""Negative controls: ways of keeping data that lose it, found out by what proves that `deploy` does not.

One site per way, with files of its users in it. The controls must lose files, or these checks prove
nothing; the same site deployed with `deploy` must lose none. With DEPLOY_SEEDS, a directory that holds the
scripts which the controls are modelled on, those are run too.
"""

import getpass
import os
import shutil
import sys
import tempfile
import time

import controls
from app import App, read, write
from originals import Originals
from tool import scratch

# What users own of a site whose docroot is public: none of it may depend on its name.
LINKED = {
    "public/uploads/cat.jpg": "a cat",
    "public/.well-known/token": "a token",
    "public/assets/photo.jpg": "data that has the name of build output",
    "storage/app/public/me.jpg": "a face",
}
LATE = ("storage/app/public/late.jpg", "public/storage/late.jpg")

# What must be there after the second start of a site whose docroot is webroot.
MOUNTED = {
    "webroot/files/photo.jpg": "a photo",
    "webroot/csv/export.csv": "an export",
    "webroot/files/.htaccess": "deny, shipped 1",
    "webroot/invoice-logo/acme.png": "a directory that the site made",
    "webroot/files/case_files/later.png": "later, shipped 2",
}
MOUNTED_IN_USE = ("webroot/files/photo.jpg", "webroot/csv/export.csv", "webroot/invoice-logo/acme.png")


def linked_code(number):
    return {path: "%s %d" % (path, number) for path in (
        "artisan", "public/index.php", "public/.htaccess", "public/css/app.css", "public/js/app.js",
        "public/build/manifest.json", "public/images/logo.png")}


def mounted_code(number):
    code = {path: "%s %d" % (path, number) for path in (
        "webroot/index.php", "webroot/.htaccess", "webroot/css/app.css")}
    code["webroot/files/.htaccess"] = "deny, shipped 1"
    code["webroot/files/case_files/logo.png"] = "logo"
    code["webroot/csv/.gitkeep"] = ""
    if number > 1:
        code["webroot/files/case_files/later.png"] = "later, shipped 2"
    return code


# --- sites without a tool


def put(top, tree):
    for path, content in tree.items():
        full = os.path.join(top, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        write(full, content.encode())


def lost(top, wanted):
    """The paths below `top` that no longer give what users left there."""
    return sorted(
        path for path, content in wanted.items()
        if not os.path.isfile(os.path.join(top, path))
        or read(os.path.join(top, path)) != content.encode())


def linked_site(root, prepare):
    """A live release with data in it gets its links: what is lost, of the users and of the code."""
    release = os.path.join(root, "releases/1")
    put(release, {**linked_code(1), **LINKED})
    prepare(release, os.path.join(root, "shared"))
    return lost(release, LINKED), lost(release, linked_code(1))


def linked_site_later(root, prepare):
    """The same site after the next release, when the one before is pruned: what is lost of an upload."""
    shared = os.path.join(root, "shared")
    first, second = (os.path.join(root, "releases/%d" % number) for number in (1, 2))
    put(first, linked_code(1))
    prepare(first, shared)
    put(first, {LATE[0]: "late"})
    if lost(first, {LATE[1]: "late"}):
        raise RuntimeError("the upload was never to be seen")
    put(second, linked_code(2))
    prepare(second, shared)
    shutil.rmtree(first)
    return lost(second, {path: "late" for path in LATE})


def mounted_site(root, prepare):
    """An application that is unpacked twice, and used in between: what is lost."""
    application, volumes = os.path.join(root, "app"), os.path.join(root, "volumes")
    for name in controls.VOLUMES:
        os.makedirs(os.path.join(volumes, "webroot", name))
    put(application, mounted_code(1))
    prepare(application, volumes)
    put(application, {path: MOUNTED[path] for path in MOUNTED_IN_USE})
    if lost(application, {path: MOUNTED[path] for path in MOUNTED_IN_USE}):
        raise RuntimeError("what the site wrote was never to be seen")
    shutil.rmtree(application)
    put(application, mounted_code(2))
    prepare(application, volumes)
    return lost(application, MOUNTED)


# --- the same sites, deployed


class Site(App):
    def __init__(self, directory, public, shared):
        super().__init__(directory, public, shared, keep=2)
        self.project.more["build"] = []
        self.current = os.path.join(self.root, "current")
        self.project.configure()

    def push(self, code):
        self.fill({os.fsencode(path): code[path].encode() for path in code})
        self.project.configure()
        self.ask("push")

    def ask(self, *words):
        ran = self.project.run(*words)
        if ran.status != 0:
            raise RuntimeError(str(ran))

    def verify(self):
        """The tool's own look at what could lose data: by itself, and as a user who writes."""
        self.ask("shared", "verify")
        self.ask("shared", "verify", "--as", getpass.getuser())

    def faults(self, title, data, code):
        return ["%s: %s" % (title, path) for path in lost(self.current, data) + lost(self.current, code)]

    def faults_of_shared(self, paths):
        shared = os.path.join(self.root, "shared")
        return ["shared/ holds %s" % path for path in paths if os.path.lexists(os.path.join(shared, path))]


def linked_deployed(directory):
    site = Site(directory, {"root": "public", "build": ["build/**", "css/**", "js/**"]},
                {"directories": ["storage"], "files": []})
    site.push(linked_code(1))
    put(site.current, LINKED)
    site.push(linked_code(2))
    faults = site.faults("second release", LINKED, linked_code(2))
    site.ask("rollback")
    faults += site.faults("rolled back", LINKED, linked_code(1))
    for number in (3, 4, 5):
        site.push(linked_code(number))
    faults += site.faults("first releases pruned", LINKED, linked_code(5))
    site.verify()
    return faults + site.faults_of_shared(["public/index.php", "public/.htaccess", "public/css", "public/build"])


def linked_deployed_later(directory):
    """An upload that is shown through a link beside it, when the release that saw it is gone."""
    site = Site(directory, {"root": "public"}, {"directories": ["storage"], "files": []})

    def push(number):
        code = linked_code(number)
        site.fill({os.fsencode(path): code[path].encode() for path in code})
        os.symlink("../storage/app/public", os.path.join(site.project.tree, "public/storage"))
        site.ask("push")

    push(1)
    put(site.current, {LATE[0]: "late"})
    for number in (2, 3, 4):
        push(number)
    site.verify()
    return site.faults("later", {path: "late" for path in LATE}, linked_code(4))


def mounted_deployed(directory):
    site = Site(directory, {"root": "webroot", "persistent": [name + "/**" for name in controls.VOLUMES]},
                {"directories": [], "files": []})
    site.push(mounted_code(1))
    put(site.current, {path: MOUNTED[path] for path in MOUNTED_IN_USE})
    site.push(mounted_code(2))
    faults = site.faults("second start", MOUNTED, mounted_code(2))
    for number in (3, 4):
        site.push(mounted_code(number))
    site.verify()
    return faults + site.faults("fourth start", MOUNTED, mounted_code(4))


# --- the checks that their authors made, of a site that is deployed


def steps_of_links(directory):
    """A docroot with an upload, built files and an image; then: are the links links, can it be written?"""
    site = Site(directory, {"root": "public", "build": ["css/**", "js/**"], "persistent": ["uploads/**"]},
                {"directories": ["storage"], "files": [".env"]})
    put(os.path.join(site.root, "shared"), {".env": "KEY=1\n"})
    os.chmod(os.path.join(site.root, "shared/.env"), 0o600)
    code = {"public/css/app.css": "css", "public/js/app.js": "js", "public/images/logo.png": "logo"}
    site.push(code)
    put(site.current, {"public/uploads/test.txt": "an upload"})
    code["public/css/app.css"] = "more css"
    site.push(code)
    site.verify()
    faults = site.faults("steps", {"public/uploads/test.txt": "an upload", ".env": "KEY=1\n"}, code)
    shared = os.path.join(site.root, "shared")
    for path in ("storage", "public/uploads", ".env"):
        live, kept = os.path.join(site.current, path), os.path.join(shared, path)
        if not os.path.islink(live) or not os.path.samefile(live, kept):
            faults.append("%s is not the link to shared/" % path)
    put(site.current, {"storage/logs/test.txt": "written"})
    return faults + ["shared/%s is absent" % path for path in lost(shared, {"storage/logs/test.txt": "written"})]


def steps_of_volumes(directory):
    """A file that outlives a restart, and a link for each directory that is listed, also before it is used."""
    site = Site(directory, {"root": "webroot"},
                {"directories": ["webroot/" + name for name in controls.VOLUMES], "files": []})
    site.push(mounted_code(1))
    written = {"webroot/files/test.txt": "Some data"}
    put(site.current, written)
    site.push(mounted_code(2))
    site.verify()
    faults = site.faults("restarted", written, mounted_code(2))
    for name in controls.VOLUMES:
        if not os.path.islink(os.path.join(site.current, "webroot", name)):
            faults.append("webroot/%s is not a link" % name)
    return faults


# --- all of it


def must_lose(site, prepare, expected):
    """A check of the checks: exactly so many files are lost, or the site proves nothing."""
    def act(directory):
        gone = site(directory, prepare(directory))
        gone, code = gone if isinstance(gone, tuple) else (gone, [])
        print("  loses %d of %d: %s%s" % (
            len(gone), expected[1], ", ".join(gone),
            "; and %d of %d shipped files" % (len(code), len(linked_code(1))) if code else ""))
        return [] if len(gone) == expected[0] else ["%d lost, not %d: %s" % (len(gone), expected[0], gone)]

    return act


def losses(title, by_names, by_volumes):
    return [
        (title + " decides by names", must_lose(linked_site, by_names, (4, 4))),
        (title + " links into a release", must_lose(linked_site_later, by_names, (1, 2))),
        (title + " mounts volumes", must_lose(mounted_site, by_volumes, (3, 5))),
    ]


def checks():
    every = losses("the control that", lambda _: controls.by_names, lambda _: controls.by_volumes)
    documents = os.environ.get("DEPLOY_SEEDS")
    if documents:
        every += losses(
            "the original that", lambda place: Originals(documents, place).by_names,
            lambda place: Originals(documents, place).by_volumes)
    return every + [
        ("deploy, docroot public", linked_deployed),
        ("deploy, a link beside the data", linked_deployed_later),
        ("deploy, docroot webroot", mounted_deployed),
        ("the steps of the first author", steps_of_links),
        ("the steps of the second author", steps_of_volumes),
    ]


def main():
    began = time.monotonic()
    passed = failed = 0
    top = tempfile.mkdtemp(prefix="seeds-", dir=scratch())
    try:
        for number, (title, act) in enumerate(checks()):
            directory = os.path.join(top, str(number))
            os.makedirs(directory)
            try:
                faults = act(directory)
            except Exception as error:
                faults = [str(error) or repr(error)]
            passed, failed = passed + (not faults), failed + bool(faults)
            print("%s  %s" % ("FAILED" if faults else "passed", title))
            for fault in faults:
                print("  - %s" % fault)
    finally:
        shutil.rmtree(top, ignore_errors=True)
    print("%.0f s" % (time.monotonic() - began))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
