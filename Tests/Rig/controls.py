"""Two ways of keeping data that lose it, as small as they can be: what the checks of seeds.py must catch.

Both are what people write for themselves. `by_names` decides by bare names what is build output and links
the whole docroot; `by_volumes` moves listed directories to a volume when the application starts.
"""

import os
import shutil

BUILT = ("css", "js", "build", "assets", "static", "dist", "_next", "fonts")
VOLUMES = ("files", "csv", "invoice-logo", "timesheetpdf", "pdfreports")


def by_names(release, shared):
    """Prepares a release: links storage and public to shared/, and would first move what is data."""
    kept, shown = os.path.join(shared, "public"), os.path.join(release, "public")
    # Made before the question whether it is there: the move below never happens.
    for name in (kept, os.path.join(shared, "storage/app/public"), os.path.join(shared, "storage/logs")):
        os.makedirs(name, exist_ok=True)
    if not os.path.isdir(kept):
        move_by_name(shown, kept)
    for name in ("storage", "public"):
        # Whatever lies there is deleted, copied or not, and the whole of it is a link.
        put_away(os.path.join(release, name))
        os.symlink(os.path.relpath(os.path.join(shared, name), release), os.path.join(release, name))
    for name in ("css", "js", "build", "assets"):
        # "In the release", but public is the link by now.
        os.makedirs(os.path.join(shown, name), exist_ok=True)
    link = os.path.join(shown, "storage")
    if not os.path.lexists(link):
        # Inside shared/, and to this one release for ever.
        os.symlink(os.path.join(os.path.abspath(release), "storage/app/public"), link)


def move_by_name(shown, kept):
    for name in os.listdir(shown):
        if not name.startswith(".") and name not in BUILT:
            shutil.move(os.path.join(shown, name), kept)


def by_volumes(application, volumes):
    """Prepares an application that was just unpacked: links listed directories to a volume each."""
    for name in VOLUMES:
        place, volume = os.path.join(application, "webroot", name), os.path.join(volumes, "webroot", name)
        if not os.path.exists(place):
            # Who makes it later makes it beside the volume.
            continue
        if not os.path.isdir(volume) or not os.listdir(volume):
            copy_without_dotfiles(place, volume)
        put_away(place)
        os.symlink(volume, place)


def copy_without_dotfiles(place, volume):
    """What a shell's `cp -r place/* volume` does."""
    os.makedirs(volume, exist_ok=True)
    for name in os.listdir(place):
        source, target = os.path.join(place, name), os.path.join(volume, name)
        if name.startswith("."):
            continue
        if os.path.isdir(source):
            shutil.copytree(source, target)
        else:
            shutil.copy2(source, target)


def put_away(place):
    if os.path.islink(place):
        os.unlink(place)
    elif os.path.isdir(place):
        shutil.rmtree(place)
