"""A PHP application is asked without a pause while it is pushed and rolled back.

No request may fail, and none that begins after a command has ended with 0 may be answered by a release that
was live before. With PHP's own server, and with nginx and php-fpm in the two ways in which they are mostly
set up: $realpath_root, where the path of a script says its release, and $document_root, where an opcache that
never looks again keeps the old code until php-fpm is told to reload.
"""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

# This file's own name is that of a well known package, which nobody here needs.
import check
from tool import FULL, Project, scratch

CYCLES = int(os.environ.get("DEPLOY_TEST_CYCLES") or (100 if FULL else 20))
# Two files, so that a release of which one half is old would be seen.
INDEX = """<?php
$part = require __DIR__ . '/../part.php';
header('X-Release: ' . basename(dirname(__DIR__)));
echo "version %d part $part";
"""
FPM = """
[global]
pid = {place}/fpm.pid
error_log = {place}/fpm.log
daemonize = no
process_control_timeout = 10s
[www]
listen = {place}/fpm.sock
listen.mode = 0666
pm = static
pm.max_children = 4
{user}
php_admin_value[opcache.enable] = 1
php_admin_value[opcache.validate_timestamps] = {validate}
php_admin_value[opcache.revalidate_freq] = 0
"""
NGINX = """
daemon off;
worker_processes 2;
pid {place}/nginx.pid;
error_log {place}/nginx.log;
{master}
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {place}/t1; proxy_temp_path {place}/t2; fastcgi_temp_path {place}/t3;
  uwsgi_temp_path {place}/t4; scgi_temp_path {place}/t5;
  server {{
    listen 127.0.0.1:{port};
    root {root}/current/public;
    location / {{ try_files $uri /index.php; }}
    location ~ \\.php$ {{
      fastcgi_pass unix:{place}/fpm.sock;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param SCRIPT_FILENAME {script}$fastcgi_script_name;
      fastcgi_param DOCUMENT_ROOT {script};
    }}
  }}
}}
"""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def program(*names):
    for name in names:
        for place in ("/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"):
            found = [n for n in sorted(os.listdir(place)) if n.startswith(name)] if os.path.isdir(
                place) else []
            exact = [n for n in found if n == name or n[len(name):].replace(".", "").isdigit()]
            if exact:
                return os.path.join(place, exact[-1])
    return None


class Servers:
    """Processes of our own, ended by their ids."""

    def __init__(self):
        self.processes = []

    def start(self, words, log, **more):
        with open(log, "ab") as file:
            process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True,
                **more)
        self.processes.append(process)
        return process

    def end(self):
        for process in reversed(self.processes):
            try:
                os.killpg(process.pid, signal.SIGTERM)
            except ProcessLookupError:
                pass
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


class Asking(threading.Thread):
    """One visitor: a request after the other, each with what was known to be live when it began."""

    def __init__(self, load):
        super().__init__(daemon=True)
        self.load, self.count, self.slowest, self.bad = load, 0, 0.0, []

    def run(self):
        while not self.load.stop.is_set():
            began, least = time.monotonic(), self.load.state
            try:
                self.take(least, *ask(self.load.port))
            except (OSError, http.client.HTTPException) as error:
                self.bad.append("no answer: %r" % error)
            self.count += 1
            self.slowest = max(self.slowest, time.monotonic() - began)

    def take(self, least, status, release, text):
        if status != 200:
            return self.bad.append("answered %s: %s" % (status, text[:200]))
        words = text.split()
        if len(words) != 4 or words[1] != words[3]:
            return self.bad.append("half old, half new: " + text[:200])
        allowed = self.load.allowed(least)
        if words[1] not in allowed:
            self.bad.append("served %s when only %s could be" % (words[1], " or ".join(allowed)))


def ask(port):
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        line.request("GET", "/")
        answer = line.getresponse()
        return answer.status, answer.headers["X-Release"], answer.read().decode(errors="replace")
    finally:
        line.close()


class Load:
    """What is asked, and which answers can be right: `history` is what was live, in order."""

    def __init__(self, port, version):
        self.port, self.stop = port, threading.Event()
        self.history, self.coming = [str(version)], None
        # A request may be answered by what was live when it began, or by what came since.
        self.state = 0
        self.visitors = [Asking(self) for _ in range(4)]
        for visitor in self.visitors:
            visitor.start()

    def allowed(self, least):
        return self.history[least:]

    def begin(self, version):
        self.history.append(str(version))

    def succeeded(self):
        self.state = len(self.history) - 1

    def end(self):
        self.stop.set()
        for visitor in self.visitors:
            visitor.join(30)
        return (
            sum(visitor.count for visitor in self.visitors),
            [bad for visitor in self.visitors for bad in visitor.bad],
            max(visitor.slowest for visitor in self.visitors))


class Kind:
    def __init__(self, title, serve, health=None, reloads=False):
        self.title, self.serve, self.health, self.reloads = title, serve, health, reloads


def serve_cli(servers, place, root, port):
    servers.start(
        ["sh", "-c", "cd -P / && exec php -S 127.0.0.1:%d -t %s/current/public %s/router.php" % (
            port, root, place)], place + "/php.log",
        env=dict(os.environ, PHP_CLI_SERVER_WORKERS="4"))
    # PHP remembers for two minutes where a link leads (realpath_cache_ttl), and looks at readlink() anew.
    with open(place + "/router.php", "w") as file:
        file.write("<?php require '%s/' . readlink('%s/current') . '/public/index.php';" % (root, root))


def serve_fpm(script, validate):
    def serve(servers, place, root, port):
        user = "user = www-data\ngroup = www-data" if os.getuid() == 0 else ""
        with open(place + "/fpm.conf", "w") as file:
            file.write(FPM.format(place=place, user=user, validate=validate))
        servers.fpm = servers.start(
            [program("php-fpm"), "-F", "-y", place + "/fpm.conf"], place + "/fpm.log")
        with open(place + "/nginx.conf", "w") as file:
            file.write(NGINX.format(
                place=place, root=root, port=port, script=script,
                master="user www-data;" if os.getuid() == 0 else ""))
        servers.start(
            [program("nginx"), "-p", place, "-e", place + "/nginx.log", "-c", place + "/nginx.conf"],
            place + "/nginx.log")
    return serve


KINDS = [
    Kind("php -S with 4 workers", serve_cli),
    Kind("php-fpm, $realpath_root, opcache that never looks again", serve_fpm("$realpath_root", 0)),
    Kind("php-fpm, $document_root, opcache that never looks again, reload after the flip",
         serve_fpm("$document_root", 0), reloads=True),
]


class Trial:
    def __init__(self, kind, directory, number):
        self.kind = kind
        self.place = os.path.join(directory, "server%d" % number)
        os.mkdir(self.place)
        self.root = os.path.join(self.place, "shop")
        self.project = Project(os.path.join(directory, "project%d" % number), self.root)
        self.version, self.seconds = 0, []
        self.servers, self.port = Servers(), free_port()

    def write(self):
        self.version += 1
        self.project.write("public/index.php", INDEX % self.version)
        self.project.write("part.php", "<?php return %d;\n" % self.version)
        return self.version

    def configure(self):
        self.project.more = {
            "public": {"root": "public"},
            "health": {
                "url": "http://127.0.0.1:%d/" % self.port, "header": "X-Release: {release}",
                "interval": 0, "passes": 4, "within": 20},
        }
        if self.kind.reloads:
            self.project.hooks["after_flip"] = ["kill -USR2 %d" % self.servers.fpm.pid]
        self.project.configure()

    def command(self, *words):
        ran = self.project.run(*words)
        self.seconds.append(ran.seconds)
        if ran.status != 0:
            raise RuntimeError(str(ran))

    def run(self):
        self.project.configure()
        self.write()
        self.command("push")
        self.kind.serve(self.servers, self.place, self.root, self.port)
        self.wait()
        self.configure()
        load = Load(self.port, 1)
        try:
            live = 1
            for cycle in range(CYCLES):
                load.begin(self.write())
                self.command("push", "--force")
                load.succeeded()
                if cycle % 2:
                    load.begin(live)
                    self.command("rollback")
                    load.succeeded()
                else:
                    live = self.version
            time.sleep(0.2)
        finally:
            count, bad, slowest = load.end()
        print("%s: %d changes, %d requests, %d failed, slowest %.0f ms; a push took %.2f s" % (
            self.kind.title, len(self.seconds) - 1, count, len(bad), slowest * 1000,
            sorted(self.seconds)[len(self.seconds) // 2]))
        reasons = ["%d of %d requests: %s" % (len(bad), count, bad[:3])] if bad else []
        return reasons if count > 10 * CYCLES else reasons + ["only %d requests" % count]

    def wait(self):
        deadline = time.monotonic() + 20
        while True:
            try:
                if ask(self.port)[0] == 200:
                    return
            except OSError:
                pass
            if time.monotonic() > deadline:
                raise RuntimeError("the server does not answer: %s" % self.logs())
            time.sleep(0.05)

    def logs(self):
        text = ""
        for name in os.listdir(self.place):
            if name.endswith(".log"):
                with open(os.path.join(self.place, name), errors="replace") as file:
                    text += file.read()[-1000:]
        return text


def stale_code(directory, number):
    """With $document_root and nothing that reloads, php-fpm goes on with the old code: health sees it."""
    trial = Trial(Kind("", serve_fpm("$document_root", 0)), directory, number)
    try:
        trial.project.configure()
        trial.write()
        trial.command("push")
        trial.kind.serve(trial.servers, trial.place, trial.root, trial.port)
        trial.wait()
        trial.configure()
        trial.project.more["health"].update(within=4)
        trial.project.configure()
        before = os.readlink(os.path.join(trial.root, "current"))
        for _ in range(20):
            ask(trial.port)
        trial.write()
        ran = trial.project.run("push")
        reasons = [] if ran.status == 14 else ["exit %s: %s" % (ran.status, ran)]
        if os.readlink(os.path.join(trial.root, "current")) != before:
            reasons.append("the release whose code nobody serves is live")
        if "X-Release" not in str(check.ledger(trial.root)[0][-2].get("why")):
            reasons.append("the ledger says %s" % check.ledger(trial.root)[0][-2:])
        return reasons
    finally:
        trial.servers.end()


def main():
    began = time.monotonic()
    passed = failed = 0
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    # Not in memory alone: the web server's user must be able to look into it.
    directory = tempfile.mkdtemp(prefix="requests-", dir=scratch())
    os.chmod(directory, 0o755)
    try:
        for number, kind in enumerate(KINDS):
            trial = Trial(kind, directory, number)
            try:
                reasons = trial.run()
            except Exception as error:
                reasons = ["the rig failed: %r %s" % (error, trial.logs())]
            finally:
                trial.servers.end()
            passed, failed = passed + (not reasons), failed + bool(reasons)
            for reason in reasons:
                print("FAILED  %s\n  - %s" % (kind.title, reason))
        reasons = stale_code(directory, len(KINDS))
        passed, failed = passed + (not reasons), failed + bool(reasons)
        for reason in reasons:
            print("FAILED  code that stays old\n  - %s" % reason)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print("%.0f s" % (time.monotonic() - began))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
