"""Secrets at every place where users keep them, all commands, and a search for each in all that is left.

What is searched: every output (text, --json, -v, as a CI system reads it), the ledger and every file of the
server and of the client that others may read, and the arguments of every process meanwhile. Each value is looked
for as it is, in base64 and percent-encoded. Allowed is only what the user's own file holds at its own place, and what
`env get` was asked for by name.
"""

import base64
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

import sshd
from tool import BINARY, FULL, Project, scratch

DICE = random.Random(40)


def canary(prefix):
    return prefix + "".join(DICE.choice("abcdefghjkmnpqrstuvwxyzABCDEFGH23456789") for _ in range(22))


class Canaries:
    """Names of places and their secrets. The needle is what must not be seen; the value is what is written."""

    def __init__(self):
        self.needles = {}

    def make(self, place, form="%s"):
        self.needles[place] = canary("s%d" % len(self.needles)) + ("+/=%" if form == "odd" else "")
        return self.needles[place] if form == "odd" else form % self.needles[place]

    def forms(self):
        for place, needle in self.needles.items():
            raw = needle.encode()
            yield place, "plain", raw
            yield place, "base64", base64.b64encode(raw).rstrip(b"=")
            yield place, "percent-encoded", urllib.parse.quote(needle, safe="").encode()

    def found_in(self, data):
        """Each secret once."""
        found = {}
        for place, form, needle in self.forms():
            if needle in data:
                found.setdefault(place, form)
        return found


class Sampler(threading.Thread):
    """What every user of the machine can read of processes: their arguments."""

    def __init__(self, canaries):
        super().__init__(daemon=True)
        self.needles = [(place, needle) for place, _, needle in canaries.forms()]
        self.hits, self.samples, self.over = {}, 0, threading.Event()

    def run(self):
        mine, seen = str(os.getpid()), set()
        while not self.over.is_set():
            for pid in os.listdir("/proc"):
                if not pid.isdigit() or pid == mine:
                    continue
                try:
                    with open("/proc/%s/cmdline" % pid, "rb") as file:
                        words = file.read()
                except OSError:
                    continue
                self.samples += 1
                if words in seen:
                    continue
                seen.add(words)
                for place, needle in self.needles:
                    if needle in words:
                        self.hits[place] = words[:200]
            self.over.wait(0.004)


ENV = {
    "DB_PASSWORD": "odd", "APP_KEY": "base64:%s", "MAIL_PASSWORD": '"%s"', "STRIPE_SECRET": "'%s'",
    "JWT_PRIVATE": "%s", "DATABASE_URL": "postgres://shop:%s@db.internal/shop",
    "REDIS_URL": "redis://:%s@cache:6379", "AWS_SECRET_ACCESS_KEY": "%s", "API_TOKEN": "%s # the new one",
    "SENTRY_DSN": "https://%s@sentry.example.com/1", "BASIC_AUTH": "%s", "SMTP_PASS": "%s",
    "LDAP_PWD": "%s"}
SET = ("LATE_TOKEN", "SECOND_PASSWORD")
HOOK = {"HOOK_TOKEN": "%s", "HOOK_PASSWORD": "odd", "HOOK_DSN": "mysql://root:%s@db/x",
        "SLACK_WEBHOOK_URL": "https://hooks.example.com/services/%s"}
CI = {
    "GITHUB_TOKEN": "%s", "CI_JOB_TOKEN": "%s", "NPM_TOKEN": "%s", "NODE_AUTH_TOKEN": "%s",
    "COMPOSER_AUTH": '{"http-basic":{"repo.example.com":{"username":"u","password":"%s"}}}',
    "SENTRY_AUTH_TOKEN": "%s", "DEPLOY_NOTIFY_SECRET": "%s", "VAULT_PASSWORD": "odd",
    "TEAMS_WEBHOOK": "https://teams.example.com/%s", "CI_REPOSITORY_URL": "https://ci:%s@git.example.com/a.git",
    "AZURE_CREDENTIALS": "%s", "CODECOV_TOKEN": "%s", "SSH_PRIVATE_KEY": "%s",
    "DOCKER_PASSWORD": "%s", "HEROKU_API_KEY": "%s", "JIRA_API_TOKEN": "%s"}


class World:
    def __init__(self, directory, server):
        self.canaries = canaries = Canaries()
        self.root = os.path.join(directory, "root")
        self.project = Project(os.path.join(directory, "project"), self.root, server)
        self.server, self.directory = server, directory
        self.reports, self.outputs, self.ran = [], 0, []
        self.env = {name: canaries.make("shared/.env " + name, form) for name, form in ENV.items()}
        self.values = {name: canaries.make("env set " + name) for name in SET}
        self.hook = {name: canaries.make("hook env " + name, form) for name, form in HOOK.items()}
        self.ci = {name: canaries.make("CI variable " + name, form) for name, form in CI.items()}
        self.remote = canaries.make("git remote", "https://robot:%s@127.0.0.1:1/shop.git")
        self.origin = canaries.make("git origin", "https://robot:%s@git.example.com/shop.git")
        self.printed = canaries.make("address in a hook's output", "https://bot:%s@registry.example.com/")
        self.built = canaries.make("address in a build's output", "https://bot:%s@npm.example.com/")
        self.phrase = canaries.make("passphrase")
        self.lay_key()
        self.lay_project()

    def lay_key(self):
        """A key that only the environment holds, under a passphrase."""
        place = os.path.join(self.directory, "ci-key")
        sshd.run("ssh-keygen", "-q", "-t", "ed25519", "-N", self.phrase, "-f", place)
        with open(place + ".pub") as public, open(self.server.path("keys"), "a") as keys:
            keys.write(public.read())
        with open(place) as file:
            self.key = file.read()
        os.unlink(place)
        # The middle of it: the beginning is the same in every key.
        self.canaries.needles["key in a variable"] = self.key.splitlines()[4][:40]

    def lay_project(self):
        project = self.project
        project.shared = {"directories": ["storage"], "files": [".env"]}
        project.write("index.php", "<?php\n")
        project.write(".env.example", "".join("%s=\n" % name for name in self.env))
        subprocess.run(["git", "init", "-q", project.tree], check=True)
        subprocess.run(
            ["git", "-C", project.tree, "remote", "add", "origin", self.origin], check=True)
        shared = os.path.join(self.root, "shared")
        os.makedirs(os.path.join(shared, "storage"))
        with open(os.path.join(shared, ".env"), "w") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write("".join("%s=%s\n" % pair for pair in self.env.items()))
        self.configure()

    # As an application prints what it was given: plain, in base64, percent-encoded, in an address.
    LEAK = (
        "set -a; cat $DEPLOY_ROOT/shared/.env; for n in HOOK_TOKEN HOOK_PASSWORD HOOK_DSN SLACK_WEBHOOK_URL; do "
        "eval v=\\$$n; echo \"$n=$v\"; printf %s \"$v\" | base64 -w 0; echo; done; "
        "sed -n 's/^[A-Z_]*=//p' $DEPLOY_ROOT/shared/.env | while read -r v; do "
        "printf %s \"$v\" | base64 -w 0; echo; done; cat .leak")

    def configure(self, fails=None, **more):
        # What a hook prints of its own is in a file of the release, as a package manager's log would be.
        self.project.write(".leak", "installing from %s\n" % self.printed)
        leak = {"run": self.LEAK, "env": self.hook}
        failing = {"run": self.LEAK + "; exit 1", "env": self.hook}
        self.project.hooks = {
            "before_flip": [failing if fails == "hook" else leak], "after_flip": [leak]}
        self.project.write(".built", "fetching %s\n" % self.built)
        self.project.more = {
            "health": {"command": "cat ../../shared/.env; " + ("false" if fails == "health" else "true"),
                       "passes": 1, "interval": 0, "within": 1},
            "build": ["env; cat .built" + ("; exit 1" if fails == "build" else "")],
            "logs": ["storage/app.log"], **more}
        self.project.configure()

    def environment(self, dialect):
        more = {"github": {"GITHUB_ACTIONS": "true", "CI": "true",
                           "GITHUB_STEP_SUMMARY": os.path.join(self.directory, "summary")},
                "gitlab": {"GITLAB_CI": "true", "CI": "true"}}.get(dialect, {})
        kept = dict(self.project.environment, **self.ci, **more)
        return dict(kept, DEPLOY_SSH_KEY=self.key, DEPLOY_PASSPHRASE=self.phrase)

    def run(self, *words, dialect=None, input=b"", expect=None, allowed=()):
        ran = subprocess.run(
            [BINARY, *words], cwd=self.project.directory, env=self.environment(dialect),
            input=input, capture_output=True, timeout=90)
        title = "deploy %s%s" % (" ".join(words), " as %s reads it" % dialect if dialect else "")
        self.outputs += 1
        self.ran.append((title, ran.returncode))
        output = ran.stdout + ran.stderr
        for place, form in self.canaries.found_in(output).items():
            if place not in allowed:
                self.reports.append("%s: prints the %s (%s)" % (title, place, form))
        if expect is not None and ran.returncode != expect:
            self.reports.append("%s: exit %d, not %d: it does not do what it is here for\n%s" % (
                title, ran.returncode, expect, output.decode(errors="replace")[-1500:]))
        return output

    def renew(self):
        self.project.write("version", canary("v"))

    # --- what is searched afterwards

    def search_files(self):
        own = {
            os.path.join(self.project.directory, "deploy.json"),
            os.path.join(self.project.tree, ".git/config")}
        count = 0
        for folder, _, names in os.walk(self.directory):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.islink(path) or path in own or name in (".leak", ".built"):
                    continue
                with open(path, "rb") as file:
                    found = self.canaries.found_in(file.read())
                count += 1
                mode = os.stat(path).st_mode & 0o7777
                if name == "ledger.jsonl" or mode & 0o077:
                    self.reports += [
                        "%s holds the %s (%s), mode %o" % (path, place, form, mode)
                        for place, form in found.items()]
        return count


def story(world):
    """Every command, in an order in which each has something to do."""
    go = world.run
    with open(os.path.join(world.root, "shared/storage/app.log"), "w") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write("connecting with %s\n" % world.env["DB_PASSWORD"])
    for words in (["check"], ["setup"], ["plan"], ["plan", "--json"]):
        go(*words)
    go("push", "-v", expect=0)
    for name, value in world.values.items():
        go("env", "set", name, input=value.encode(), expect=0)
    for dialect, words in (
            (None, ["--json"]), ("github", []), ("gitlab", ["-v"]), ("github", ["--json", "--timings"])):
        world.renew()
        go("push", *words, dialect=dialect, expect=0)
    for fails, status in (("hook", 13), ("health", 14), ("build", 12)):
        world.configure(fails)
        world.renew()
        for dialect, words in ((None, ["-v"]), ("github", []), ("gitlab", []), (None, ["--json"])):
            go("push", *words, dialect=dialect, expect=status)
    world.configure()
    go("rollback", "-v", "-y", expect=0)
    go("rollback", "--json", "-y")
    for words in (
            ["status"], ["status", "--json"], ["history"], ["history", "--json"], ["logs"],
            ["run", "--", "cat", "../../shared/.env"], ["run", "--json", "--", "env"], ["converge", "-v"],
            ["env", "list"], ["env", "list", "--json"], ["env", "diff"], ["env", "check"],
            ["env", "history"], ["env", "history", "--json"], ["env", "unset", "SMTP_PASS"],
            ["env", "rollback", "-y"], ["shared", "list"], ["shared", "list", "--json"],
            ["shared", "verify"], ["shared", "backup", "kept.tar"], ["shared", "pull", "storage", "copy"],
            ["shared", "push", "copy", "storage/copy"], ["shared", "restore", "kept.tar", "-y"],
            ["shared", "adopt", "storage"], ["shared", "release", "storage"], ["unlock"], ["trust"],
            ["recipes"], ["schema"], ["version"], ["init", "--ci", "github"], ["init", "--ci", "gitlab"],
            ["adopt", "-y"], ["check", "-v"], ["check", "--json"]):
        go(*words)
    for name in SET:
        go("env", "get", name, expect=0, allowed=["env set " + name])
        go("env", "get", name, "--json", expect=0)
    world.configure(source={"repository": world.remote, "git": "main"})
    go("push", "-v")
    go("plan", "--json", dialect="github")
    world.configure()
    if FULL:
        go("demo")


def main():
    began = time.monotonic()
    directory = tempfile.mkdtemp(prefix="secrets-", dir=scratch())
    try:
        with sshd.SSHServer() as server:
            world = World(directory, server)
            sampler = Sampler(world.canaries)
            sampler.start()
            story(world)
            sampler.over.set()
            sampler.join()
            files = world.search_files()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    for place, words in sampler.hits.items():
        world.reports.append("a process has the %s in its arguments: %r" % (place, words))
    print("secrets: %d, commands: %d, files: %d, looks at a process: %d, %.0f s" % (
        len(world.canaries.needles), world.outputs, files, sampler.samples, time.monotonic() - began))
    print("exit codes: " + ", ".join("%s %d" % pair for pair in world.ran))
    for report in world.reports:
        print("FAILED  " + report)
    passed = world.outputs + files
    print("%d passed, %d failed" % (max(0, passed - len(world.reports)), len(world.reports)))
    return 1 if world.reports or len(world.canaries.needles) < 40 else 0


if __name__ == "__main__":
    sys.exit(main())
