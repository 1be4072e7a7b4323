"""Random histories as values: lists of steps that JSON can hold."""

import os
import random

SHELLS = ("dash", "busybox", "bash")
CODE = [
    b"index.php", b".htaccess", b"robots.txt", b"images/logo.png", b"images/deep/er.png",
    b"docs/manual.txt", b"docs/sub/part.txt", b"docs", b"inbox/.gitkeep", b"a b\nc/x", b"new/a",
    b"build/app.js", b"build/app-%d.js", b"uploads/default.png", b"uploads/sets/one.txt",
    b"uploads/.htaccess", b"cache/.gitkeep", b"sitemap.xml"]
DATA = CODE + [
    b"images/run.png", b"images/deep/run", b"docs/run", b"docs/sub/run", b"new/b/c", b"new",
    b"inbox/mail", b".well-known/x", b"-rf", b"odd \n name", b"\xff/\xc3\xbc", b"uploads/u1",
    b"uploads/dir/u2", b"cache/c", b"build/run.js", b"other/one", b"other/deep/two", b"a b\nc/y"]
FOLDERS = [b"docs", b"docs/sub", b"new", b"new/b", b"images", b"images/deep", b"other", b"inbox",
           b"other/deep", b"uploads/dir", b"uploads/sets", b"a b\nc", b".well-known"]


def text(path):
    return os.fsdecode(path)


def random_tree(dice, number):
    tree = {"index.php": "release %d" % number}
    for path in dice.sample(CODE, dice.randint(2, 9)):
        path = path % number if b"%d" in path else path
        if not any(
                text(path).startswith(other + "/") or other.startswith(text(path) + "/")
                for other in tree):
            # Half of it is the same in every release.
            tree[text(path)] = "%s %s" % (text(path), dice.choice(["stable", number]))
    return tree


def random_writes(dice, number):
    path, other = text(dice.choice(DATA)), text(dice.choice(DATA))
    folder, place = text(dice.choice(FOLDERS)), text(dice.choice(FOLDERS))
    token = "written %d" % number
    return dice.choice([
        ["create", path, token], ["create", path, token], ["create", path, token],
        ["append", path, token], ["replace", path, token], ["replace", path, token],
        ["unlink", path], ["unlink", path], ["rename", path, other],
        ["mkdir", folder], ["clear", folder], ["rename", folder, place],
        ["rename", folder, folder + ".old"], ["symlink", other, path]])


def random_fault(dice):
    return "%s %d.%s" % (
        dice.choice(["agent", "worker", "client"]), dice.randint(0, 14),
        dice.choice(["before", "after", "1", "2", "3", "4", "5", "7", "9", "12"]))


def random_history(seed):
    dice = random.Random(seed)
    history = {
        "seed": seed, "docroot": dice.choice(["public", "public", ".", "webroot"]),
        "shell": dice.choice(SHELLS), "steps": []}
    steps = history["steps"]
    number = 0
    for turn in range(dice.randint(3, 8)):
        number += 1
        kind = "push" if turn == 0 else dice.choices(
            ["push", "rollback", "undo", "before", "after", "kill", "kill-rollback"],
            [8, 4, 1, 1, 1, 3, 1])[0]
        if kind in ("rollback", "undo"):
            steps.append([kind])
        elif kind == "kill":
            steps.append([kind, random_tree(dice, number), random_fault(dice)])
        elif kind == "kill-rollback":
            steps.append([kind, random_fault(dice)])
        else:
            steps.append([kind, random_tree(dice, number)])
        for _ in range(dice.randint(0, 7)):
            number += 1
            steps.append(random_writes(dice, number))
    steps.append(["push", random_tree(dice, number + 1)])
    return history
