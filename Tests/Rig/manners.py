"""What surrounds a deploy, over a private sshd: `down` and `up` on two hosts with a site that shows the page,
notifications, `health`, and services of a user without rights, with the line for sudoers and without it."""

import base64
import hashlib
import hmac
import http.server
import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from sshd import SSHServer
from tool import BINARY, scratch

USER = "deploy-trial"
PROGRAM = "/usr/local/bin/supervisorctl"
KEY = "a key for signatures"


class Site(http.server.ThreadingHTTPServer):
    """What the README tells a web server to do: the page of maintenance while it is there, else the release."""

    daemon_threads = True

    def __init__(self, root):
        super().__init__(("127.0.0.1", 0), Page)
        self.root, self.told = root, []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]


class Page(http.server.BaseHTTPRequestHandler):
    def log_message(self, *words):
        pass

    def do_GET(self):
        page = os.path.join(self.server.root, "shared/maintenance.html")
        is_down = os.path.exists(page)
        with open(page if is_down else os.path.join(self.server.root, "current/index.html")) as file:
            body = file.read().encode()
        self.send_response(503 if is_down else 200)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        signed = "%s.%s." % (self.headers["webhook-id"], self.headers["webhook-timestamp"])
        wanted = hmac.new(KEY.encode(), signed.encode() + body, hashlib.sha256).digest()
        is_valid = self.headers["webhook-signature"] == "v1," + base64.b64encode(wanted).decode()
        self.server.told.append((is_valid, json.loads(body)))
        self.send_response(204)
        self.end_headers()


class Suite:
    passed = failed = 0

    def expect(self, name, holds, *evidence):
        print("%s  %s" % ("ok  " if holds else "FAIL", name), flush=True)
        if holds:
            self.passed += 1
        else:
            self.failed += 1
            for text in evidence:
                print("      " + str(text).replace("\n", "\n      ")[:2000])


class Arena:
    def __init__(self, server, directory, user=None):
        self.server, self.directory = server, directory
        self.user = user or pwd.getpwuid(os.getuid()).pw_name
        self.roots = [os.path.join(directory, name) for name in ("one", "two")]
        for place in ("home", "tree"):
            os.makedirs(os.path.join(directory, place), exist_ok=True)

    def configure(self, hosts=2, **more):
        host = {"port": self.server.port, "user": self.user}
        names = ["127.0.0.1", "localhost"]
        text = {
            "app": "shop", "recipe": "none", "source": {"directory": "tree"},
            "hosts": [dict(host, host=names[i], path=self.roots[i]) for i in range(hosts)],
            "ssh": {"identity": self.server.identity, "known_hosts": self.server.known_hosts}, **more}
        with open(os.path.join(self.directory, "deploy.json"), "w") as file:
            json.dump(text, file)

    def write(self, text):
        with open(os.path.join(self.directory, "tree/index.html"), "w") as file:
            file.write(text)

    def deploy(self, *words):
        ran = subprocess.run(
            [BINARY, *words], cwd=self.directory, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=120, env={
                "PATH": os.environ["PATH"], "HOME": os.path.join(self.directory, "home"),
                "USER": "ann", "NO_COLOR": "1", "HOOK": KEY})
        return ran.returncode, ran.stdout + ran.stderr

    def live(self, index=0):
        return os.readlink(os.path.join(self.roots[index], "current"))


def get(site):
    ran = subprocess.run(
        ["curl", "-sS", "-w", "\n%{http_code}", "http://127.0.0.1:%d/" % site.port],
        capture_output=True, text=True, timeout=20)
    body, _, status = ran.stdout.rpartition("\n")
    return int(status or 0), body


def maintenance(suite, arena):
    sites = [Site(root) for root in arena.roots]
    health = {"url": "http://127.0.0.1:%d/" % sites[0].port, "body": "{release}", "within": 4,
              "passes": 1}
    notify = [{"url": "http://127.0.0.1:%d/hook" % sites[1].port, "secret_env": "HOOK"}]
    hooks = {"before_flip": ["echo \"$DEPLOY_RELEASE $(cat index.html)\" >index.new && mv index.new index.html"]}
    arena.configure(health=health, notify=notify, hooks=hooks)
    arena.write("first")
    for index, root in enumerate(arena.roots):
        suite.expect("nothing there yet on %d" % index, not os.path.exists(root))
    # One site is asked by both hosts, so the names of releases must be the same: one push.
    status, said = arena.deploy("push")
    suite.expect("a push to two hosts", status == 0, said)
    suite.expect("the site answers", get(sites[0])[0] == 200)
    suite.expect("health is good on both", arena.deploy("health")[0] == 0)
    status, said = arena.deploy("down", "--message", "back at <noon>", "--for", "10m")
    suite.expect("down", status == 0, said)
    for site in sites:
        status, body = get(site)
        suite.expect("visitors see the page", status == 503 and "back at &lt;noon&gt;" in body, body)
    before = [arena.live(0), arena.live(1)]
    arena.write("second")
    status, said = arena.deploy("push")
    suite.expect(
        "a push while down goes live, says so, and stays down",
        status == 0 and "is down for maintenance" in said and "answered 503, as a site does" in said
        and arena.live(0) != before[0] and all(get(site)[0] == 503 for site in sites), said)
    status, said = arena.deploy("status")
    suite.expect("status shows it on both hosts", said.count("back at <noon>") == 2, said)
    status, said = arena.deploy("up")
    suite.expect(
        "up", status == 0 and all("second" in get(site)[1] for site in sites), said)
    status, said = arena.deploy("up")
    suite.expect("up again has nothing to do", status == 0 and said.count("it is not down") == 2, said)
    suite.expect(
        "both successes were told, signed",
        [(valid, event["event"], len(event["hosts"])) for valid, event in sites[1].told]
        == [(True, "success", 2)] * 2, sites[1].told)
    arena.configure(health=dict(health, body="nowhere"), notify=notify, hooks=hooks)
    status, said = arena.deploy("health")
    suite.expect("health that is not good exits 14 and changes nothing", status == 14, said)
    arena.write("third")
    status, said = arena.deploy("push")
    last = sites[1].told[-1]
    suite.expect(
        "a push that goes back is told as a failure",
        status in (14, 15) and last[0] and last[1]["event"] == "failure"
        and last[1]["exit"] == status, said, last)


def jobs(suite, arena, release):
    """Real files of this host: a crontab of its own kind in /etc/cron.d, where root may write."""
    if os.getuid() != 0:
        return print("skip  jobs: only root may write /etc/cron.d")
    made = not os.path.isdir("/etc/cron.d")
    os.makedirs("/etc/cron.d", exist_ok=True)
    path = "/etc/cron.d/deploy-trial-%d" % os.getpid()
    try:
        with open(path, "w") as file:
            file.write("# none\n* * * * * root php %s/%s/cron.php\n" % (arena.roots[0], release))
        status, said = arena.deploy("check", "--host", "127.0.0.1")
        suite.expect(
            "a job that names one release fails the check, with the line to write",
            status == 17 and "%s:2 names one release" % path in said
            and "write there: * * * * * root php %s/current/cron.php" % arena.roots[0] in said, said)
        with open(path, "w") as file:
            file.write("* * * * * root php %s/current/cron.php\n" % arena.roots[0])
        status, said = arena.deploy("check", "--host", "127.0.0.1")
        suite.expect("a job that goes through current is fine", status == 0, said)
    finally:
        os.remove(path)
        if made:
            os.rmdir("/etc/cron.d")


def rights(suite, server):
    """A user of this host who may do nothing as root, until the printed line is where it belongs."""
    if os.getuid() != 0 or shutil.which("sudo") is None or os.path.exists(PROGRAM):
        return print("skip  rights: this takes root, sudo, and no %s" % PROGRAM)
    rule = "/etc/sudoers.d/deploy-%s-supervisor" % USER
    subprocess.run(["useradd", "-M", "-s", "/bin/sh", "-p", "*", USER], check=True)
    directory = tempfile.mkdtemp(prefix="rights-")
    log = os.path.join(directory, "log")
    try:
        os.chmod(directory, 0o755)
        os.chmod(server.directory, 0o755)
        with open(PROGRAM, "w") as file:
            file.write("#!/bin/sh\necho \"$(id -un) $*\" >>%s\n" % log)
        os.chmod(PROGRAM, 0o755)
        arena = Arena(server, directory, USER)
        for root in arena.roots:
            os.makedirs(root)
            shutil.chown(root, USER)
        arena.configure(1)
        arena.write("first")
        status, said = arena.deploy("push")
        suite.expect("a user without rights pushes", status == 0, said)
        before = arena.live()
        arena.configure(1, services=[{"supervisor": "shop:*"}])
        status, said = arena.deploy("check")
        line = re.search(r"fix: echo '([^']*)' \| sudo tee (\S+)", said)
        suite.expect(
            "the line is printed while it is missing",
            status == 17 and line is not None and line[2] == rule, said)
        arena.write("second")
        status, said = arena.deploy("push")
        suite.expect(
            "without it the push goes back", status == 14 and arena.live() == before
            and not os.path.exists(log), said)
        with open(rule, "w") as file:
            file.write(line[1] + "\n")
        os.chmod(rule, 0o440)
        checked = subprocess.run(["visudo", "-cf", rule], capture_output=True, text=True)
        suite.expect("visudo takes the line", checked.returncode == 0, checked.stdout)
        status, said = arena.deploy("check")
        suite.expect("with it the check is good", status == 0, said)
        status, said = arena.deploy("push")
        suite.expect("with it the push is live", status == 0 and arena.live() != before, said)
        with open(log) as file:
            suite.expect("and root did it", file.read() == "root restart shop:*\n")
        other = subprocess.run(
            ["su", "-s", "/bin/sh", USER, "-c", "sudo -n supervisorctl restart other"],
            capture_output=True, text=True)
        suite.expect("the line allows nothing else", other.returncode != 0, other.stderr)
    finally:
        for path in (rule, PROGRAM):
            if os.path.exists(path):
                os.remove(path)
        # The agent of the last session takes its time to notice that it is alone.
        for attempt in range(60):
            if subprocess.run(["userdel", USER], capture_output=True).returncode == 0:
                break
            time.sleep(0.5)
        shutil.rmtree(directory, ignore_errors=True)


def main():
    began = time.monotonic()
    suite = Suite()
    directory = tempfile.mkdtemp(prefix="manners-", dir=scratch())
    try:
        with SSHServer() as server:
            arena = Arena(server, directory)
            maintenance(suite, arena)
            jobs(suite, arena, arena.live())
            rights(suite, server)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print("\n%.0f s" % (time.monotonic() - began))
    print("%d passed, %d failed" % (suite.passed, suite.failed))
    return 1 if suite.failed or not suite.passed else 0


if __name__ == "__main__":
    sys.exit(main())
