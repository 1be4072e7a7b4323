"""Health checks and boot tests against servers that misbehave: the old release is live afterwards, the exit
code is 14 (or 13), and the ledger says why. No part of it shares code with the tool."""

import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import check
from tool import TOP, BINARY, Project, scratch

GOOD = "the good answer of "


class Site(http.server.ThreadingHTTPServer):
    """A site that reads `current` for every request, or does something worse."""

    daemon_threads = True

    def __init__(self, root):
        super().__init__(("127.0.0.1", 0), Page)
        self.root, self.mode, self.asked, self.old = root, "honest", 0, None
        self.asked_at = []
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self.serve_forever, daemon=True)
        self.thread.start()

    def handle_error(self, request, client):
        """A client that hangs up is what many of these are about."""

    @property
    def url(self):
        return "http://127.0.0.1:%d/up" % self.server_address[1]

    @property
    def release(self):
        return os.path.basename(os.readlink(os.path.join(self.root, "current")))

    def behave(self, mode):
        self.mode, self.asked, self.old = mode, 0, self.release
        self.fixed = os.path.realpath(os.path.join(self.root, "current"))
        self.asked_at = []


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def answer(self, status, body, **headers):
        body = body.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        site = self.server
        with site.lock:
            site.asked += 1
            number = site.asked
        site.asked_at.append(self.path)
        is_new = site.release != site.old
        mode = site.mode if is_new or site.mode.startswith("always") else "honest"
        try:
            getattr(self, "do_" + mode.replace(" ", "_"))(site, number)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def do_honest(self, site, number, root=None, release=None):
        release = release or site.release
        if self.path.startswith("/.well-known/") or self.path.startswith("/deploy-"):
            path = os.path.join(root or os.path.join(site.root, "current"), "public") + self.path
            if os.path.exists(path):
                with open(path) as file:
                    return self.answer(200, file.read())
            return self.answer(404, "nothing here")
        self.answer(200, GOOD + release, X_Release=release, X_Host=self.headers["Host"])

    def do_failing(self, site, number):
        self.answer(500, "boom \x1b[31m\nSQLSTATE[42S02]: \"no\" table `x` $(id)\n")

    def do_hanging(self, site, number):
        time.sleep(60)

    def do_flapping(self, site, number):
        self.do_honest(site, number) if number % 2 else self.do_failing(site, number)

    def do_redirecting(self, site, number):
        if self.path == "/login":
            return self.do_honest(site, number)
        self.answer(302, "", Location="/login")

    def do_old(self, site, number):
        """A worker that was started before the flip, or an opcache."""
        self.do_honest(site, number, root=site.fixed, release=site.old)

    def do_slow(self, site, number):
        time.sleep(1)
        self.do_honest(site, number)

    def do_slowly_failing(self, site, number):
        time.sleep(1)
        self.do_failing(site, number)

    def do_recovering(self, site, number):
        self.do_failing(site, number) if number < 3 else self.do_honest(site, number)

    def do_garbage(self, site, number):
        self.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        self.close_connection = True

    def do_closing(self, site, number):
        self.close_connection = True

    def do_endless(self, site, number):
        self.send_response(200)
        self.end_headers()
        while True:
            self.wfile.write(b"x" * 65536)


# mode, what the check asks besides its url, what the reason says; None when it passes.
CASES = [
    ("honest", {}, None),
    ("honest", {"body": GOOD + "{release}", "header": "x-release:  {release}"}, None),
    ("honest", {"host": "shop.example.com", "header": "X-Host: shop.example.com"}, None),
    ("honest", {"sees_release": True}, None),
    ("recovering", {}, None),
    ("slow", {"timeout": 3}, None),
    ("redirecting", {"follow": 1}, None),
    ("redirecting", {"expect": [200, "3xx"]}, None),
    ("honest", {"url": None, "command": "test \"$DEPLOY_RELEASE\" = \"${PWD##*/}\""}, None),
    ("failing", {}, "answered 500, not 200"),
    ("failing", {"expect": ["2xx", 404]}, "answered 500, not 2xx 404"),
    ("hanging", {}, "gave no answer within"),
    ("flapping", {}, "answered 500"),
    ("redirecting", {}, "answered 302 (to /login), not 200"),
    ("old", {"body": GOOD + "{release}"}, "without '" + GOOD),
    ("old", {"header": "X-Release: {release}"}, "without the header 'X-Release: "),
    ("old", {"sees_release": True}, "does not serve this release"),
    ("slow", {"timeout": 1, "within": 2}, "gave no answer within"),
    ("garbage", {}, "gave no answer"),
    ("closing", {}, "gave no answer"),
    ("endless", {"within": 2}, "gave no answer"),
    ("closed", {"url": "http://127.0.0.1:9/up"}, "gave no answer"),
    ("honest", {"command": "echo broken; exit 3"}, "'echo broken; exit 3' exited 3"),
    ("honest", {"url": None, "command": "sleep 50", "timeout": 1}, "took more than 1 s"),
    ("honest", {"body": "$(touch /tmp/x) `id` \"'"}, "without '$(touch /tmp/x) `id` ''' in"),
]


class Suite:
    def __init__(self):
        self.passed = self.failed = 0

    def tell(self, title, reasons, said=""):
        if not reasons:
            self.passed += 1
            sys.stdout.write(".")
        else:
            self.failed += 1
            print("F\nFAILED  " + title)
            for reason in reasons:
                print("  - %s" % reason)
            print("    " + str(said).rstrip().replace("\n", "\n    "))
        sys.stdout.flush()


class Arena:
    def __init__(self, directory):
        self.root = os.path.join(directory, "shop")
        self.project = Project(os.path.join(directory, "project"), self.root)
        self.project.shared = {"directories": ["storage"], "files": []}
        self.project.write("public/index.html", "hello\n")
        self.number = 0
        self.setup = {"public": {"root": "public"}, "logs": ["storage/logs/*.log"]}
        self.configure()
        self.write()
        ran = self.project.run("push")
        if ran.status != 0:
            raise RuntimeError("a push does not work: %s" % ran)
        os.makedirs(os.path.join(self.root, "shared/storage/logs"))
        with open(os.path.join(self.root, "shared/storage/logs/app.log"), "w") as file:
            file.write("old line\n" * 50 + "the reason \x1b[2J in the log\n")
        self.site = Site(self.root)

    def configure(self, **keys):
        self.project.more = dict(self.setup, **keys)
        self.project.configure()

    def write(self):
        self.number += 1
        self.project.write("version.txt", "%d\n" % self.number)

    def records(self):
        return check.ledger(self.root)[0]

    def health(self, changes):
        keys = {"url": self.site.url, "timeout": 2, "within": 3, "interval": 0, "passes": 2}
        keys.update(changes)
        return {key: value for key, value in keys.items() if value is not None}

    def litter(self):
        found = []
        for top, names, files in os.walk(self.root):
            found += [
                os.path.join(top, name) for name in names + files
                if name == ".well-known" or name == "witness"
                or name.startswith(("deploy-", "answer.", "why."))]
        return found


def judge(arena, ran, before, why, code=14):
    """What must hold after a command: `why` is nothing where the new release is to be live."""
    reasons = []
    live = arena.site.release
    last = arena.records()[-2:]
    if why is None:
        if ran.status != 0:
            reasons.append("exit %s" % ran.status)
        if live == before:
            reasons.append("the old release is live")
    else:
        if ran.status != code:
            reasons.append("exit %s, not %s" % (ran.status, code))
        if live != before:
            reasons.append("the new release is live")
        told = " ".join(str(record.get("why")) for record in last if record["event"] == "failed")
        if why not in told:
            reasons.append("the ledger says: %s" % json.dumps(last))
        if code == 14 and (last[-1].get("why"), last[-1]["release"]) != ("returned", before):
            reasons.append("the ledger's last line: %s" % last[-1])
        if why.replace("'", "") not in ran.output.replace('"', "").replace("'", ""):
            reasons.append("the reason is not told")
        if "\x1b" in ran.output:
            reasons.append("a raw escape in the output")
    reasons += ["left behind: " + path for path in arena.litter()]
    return reasons


def cases(suite, arena):
    for mode, changes, why in CASES:
        arena.configure(health=arena.health(changes))
        arena.write()
        before = arena.site.release
        arena.site.behave(mode)
        ran = arena.project.run("push")
        reasons = judge(arena, ran, before, why)
        if why == "answered 500, not 200":
            for text in ("SQLSTATE[42S02]", "the end of storage/logs/app.log", "the reason"):
                if text not in ran.output:
                    reasons.append("not told: " + text)
            shown = arena.project.run("history").output
            status = arena.project.run("status").output
            if why not in shown:
                reasons.append("history does not say why: " + shown)
            if why not in status:
                reasons.append("status does not say why: " + status)
        suite.tell("push: %s %s" % (mode, changes), reasons, ran)
        arena.site.behave("honest")


def rollback(suite, arena):
    """A release that was live once is not marked as failed, and yet it is told why it is not live."""
    arena.configure(health=arena.health({}))
    arena.write()
    arena.site.behave("honest")
    ran = arena.project.run("push")
    before = arena.site.release
    arena.site.behave("failing")
    back = arena.project.run("rollback")
    last = arena.records()[-1]
    reasons = [] if (ran.status, back.status) == (0, 14) else ["exit %s" % back.status]
    if arena.site.release != before:
        reasons.append("the release that failed is live")
    if (last["event"], last.get("why"), "500" in last.get("reason", "")) != (
            "live", "returned", True):
        reasons.append("the ledger says %s" % last)
    arena.site.behave("honest")
    again = arena.project.run("rollback")
    if again.status != 0 or arena.site.release == before:
        reasons.append("it was held to be broken: %s" % again)
    suite.tell("rollback to a release that answers 500", reasons, back)


def clients_killed(suite, arena):
    """The client dies between the flip and the answer: the agent decides by the answer alone."""
    for mode, fails in (("slow", False), ("slowly failing", True)):
        arena.configure(health=arena.health({"timeout": 3, "within": 5}))
        arena.write()
        before = arena.site.release
        arena.site.behave(mode)
        process = arena.project.start("push")
        deadline = time.monotonic() + 30
        while arena.site.release == before and time.monotonic() < deadline:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        flipped = arena.site.release != before
        process.communicate()
        check.wait_for_quiet(arena.root, [arena.root], 20)
        # A release too many is retired after that.
        story = [record for record in arena.records() if record["event"] in ("live", "failed")]
        last = story[-1]
        went = arena.site.release != before
        reasons = [] if flipped else ["it was killed too late"]
        if went == fails:
            reasons.append("live is %s" % arena.site.release)
        if last["event"] != "live" or last["release"] != arena.site.release:
            reasons.append("the ledger says %s" % last)
        if fails and "500" not in story[-2].get("why", ""):
            reasons.append("the ledger does not say why")
        reasons += ["left behind: " + path for path in arena.litter()]
        suite.tell("client killed after the flip, %s" % mode, reasons, last)
        arena.site.behave("honest")


BOOT = """
import http.server, os, sys, time
%s
class Page(http.server.BaseHTTPRequestHandler):
    def log_message(self, *words): pass
    def do_GET(self):
        self.send_response(%d); self.end_headers(); self.wfile.write(os.environ["DEPLOY_RELEASE"].encode())
print("listening", flush=True)
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Page).serve_forever()
"""


def boots(suite, arena):
    table = [
        ("good", ("", 200), None), ("slow", ("time.sleep(2)", 200), None),
        ("bad", ("", 503), "answered 503, not 200"),
        ("dead", ("sys.exit('no such module')", 200), "ended with 1 before it answered"),
        ("deaf", ("time.sleep(60)", 200), "gave no answer"),
        ("with a child", ("os.fork() or time.sleep(90)", 200), None),
    ]
    for title, parts, why in table:
        arena.write()
        arena.project.write("boot.py", BOOT % parts)
        arena.configure(boot={
            "run": "python3 boot.py", "path": "/up", "body": "{release}", "timeout": 2, "within": 5,
            "passes": 1})
        before = arena.site.release
        ran = arena.project.run("push")
        reasons = judge(arena, ran, before, why, code=13)
        if title == "dead" and "no such module" not in ran.output:
            reasons.append("what it printed is not told")
        left = [command for _, command in check.processes(arena.root, ["boot.py"])
                if "boot.py" in command and "deploy" not in command.split()[0]]
        if left:
            reasons.append("still runs: %s" % left)
        suite.tell("boot: " + title, reasons, ran)
    arena.configure()


FUNCTIONS = r"""
root=$1 client=$2
has() { case $1 in curl|wget|perl|php|bash) [ "$1" = "$client" ] ;; *) command -v "$1" >/dev/null 2>&1 ;; esac; }
nonce=x locked=no
mkdir -p "$root/.deploy/ops"
shift 2
read_check "$@"
if healthy; then echo good; else echo "bad: $reason"; fi
"""


def clients(suite, arena, directory):
    """Every client in every shell: good, bad, redirected and silent answers."""
    applets = os.path.join(directory, "applets")
    os.mkdir(applets)
    for name in subprocess.check_output(["busybox", "--list"], text=True).split():
        os.symlink("/usr/bin/busybox", os.path.join(applets, name))
    text = ""
    for name in ("Session.sh", "Probe.sh", "Hook.sh", "Maintenance.sh"):
        with open(os.path.join(TOP, "Sources/Operations", name)) as file:
            text += file.read()
    text += "goes_on() { :; }\n" + FUNCTIONS
    port = str(arena.site.server_address[1])
    wants = [
        ("honest", "200", GOOD, "X-Host: shop", "good"),
        ("failing", "200", "", "", "bad: answered 500, not 200"),
        ("failing", "500", "", "", "good"),
        ("redirecting", "200", "", "", "bad: answered 302"),
        ("hanging", "200", "", "", "bad: gave no answer within 1 s"),
        ("honest", "200", "nowhere", "", "bad: answered 200 without"),
        ("garbage", "200", "", "", "bad: gave no answer"),
    ]
    for shell in ("dash", "bash", "busybox"):
        for client in ("curl", "wget", "perl", "php", "bash"):
            if shutil.which(client) is None:
                suite.tell("%s is here" % client, ["it is not"])
                continue
            for mode, expect, body, header, wanted in wants:
                arena.site.behave(mode)
                arena.site.old = None
                fields = [
                    "r1", "t", "1", "1", "0", "1", "http", "127.0.0.1", port, "/up", "shop", "", "0",
                    expect, body, header, "", "no"]
                if client == "curl" and header:
                    fields[15] = header
                path = applets + ":/usr/bin:/bin" if shell == "busybox" else "/usr/bin:/bin"
                words = ["busybox", "sh"] if shell == "busybox" else [shell]
                ran = subprocess.run(
                    words + ["-c", text, "sh", directory, client] + fields,
                    env={"PATH": path, "http_proxy": "http://127.0.0.1:9"},
                    stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
                said = ran.stdout.strip()
                suite.tell(
                    "%s with %s: %s" % (client, shell, mode),
                    [] if said.startswith(wanted) and not ran.stderr
                    else ["said %r, not %r" % (said, wanted)], ran.stderr)
                shutil.rmtree(os.path.join(directory, ".deploy"))
    arena.site.old = None
    arena.site.behave("honest")


def main():
    began = time.monotonic()
    suite = Suite()
    directory = tempfile.mkdtemp(prefix="health-", dir=scratch())
    parts = sys.argv[1:] or ["cases", "rollback", "clients_killed", "boots", "clients"]
    try:
        arena = Arena(directory)
        if "cases" in parts:
            cases(suite, arena)
        if "rollback" in parts:
            rollback(suite, arena)
        if "clients_killed" in parts:
            clients_killed(suite, arena)
        if "boots" in parts:
            boots(suite, arena)
        if "clients" in parts:
            clients(suite, arena, directory)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print("\n%.0f s" % (time.monotonic() - began))
    print("%d passed, %d failed" % (suite.passed, suite.failed))
    return 1 if suite.failed or not suite.passed else 0


if __name__ == "__main__":
    sys.exit(main())
