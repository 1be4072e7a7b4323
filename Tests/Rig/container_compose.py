"""The compose file of the users, in which nothing changes but the entry point."""

import contextlib
import os
import subprocess

import docker
import images
from container_cases import case
from entrypoints import BINARY, SERVICE, override


COMPOSE = """name: %(name)s
services:
  %(service)s:
    image: %(image)s
    pull_policy: never
    entrypoint: ["%(binary)s"]
    command: ["php-server"]
    ports: ["127.0.0.1::80"]
    networks: [site]
    labels: {%(label)s: "%(mark)s"}
    volumes:
      - %(program)s:%(binary)s:ro
      - app-tmp:/data/tmp
      - app-logs:/data/logs
      - app-uploads:/data/webroot/files
      - app-csv:/data/webroot/csv
      - app-invoice:/data/webroot/invoice-logo
      - app-timesheet:/data/webroot/timesheetpdf
      - app-reports:/data/webroot/pdfreports
      - app-config:/data/config
networks: {site: {labels: {%(label)s: "%(mark)s"}}}
volumes:
"""


@case("A22", "the users' compose file with another entry point: their own three tests", loses=False)
def compose(scene):
    place = os.path.join(scene.directory, "compose-" + scene.mark)
    os.makedirs(place)
    text = COMPOSE % {
        "name": "deploy-tests-" + scene.mark, "service": SERVICE, "image": images.image(scene.tools),
        "binary": BINARY, "program": scene.binary(), "label": docker.LABEL, "mark": scene.mark}
    for name in ("tmp", "logs", "uploads", "csv", "invoice", "timesheet", "reports", "config"):
        text += "  app-%s: {labels: {%s: '%s'}}\n" % (name, docker.LABEL, scene.mark)
    for name, content in (
            ("docker-compose.yaml", text), ("compose.deploy.json", override(scene.entrypoint, place))):
        with open(os.path.join(place, name), "w") as file:
            file.write(content)
    try:
        three_tests(scene, place)
    finally:
        with contextlib.suppress(RuntimeError):
            composed(place, "down", "-v", "-t", "1")


def composed(place, *words):
    ran = subprocess.run(
        ["docker", "compose", "-f", "docker-compose.yaml", "-f", "compose.deploy.json", *words], cwd=place,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
    if ran.returncode != 0:
        raise RuntimeError("docker compose %s: %s" % (" ".join(words), ran.stdout[-500:]))
    return ran.stdout


def three_tests(scene, place):
    def inside(script):
        return composed(place, "exec", "-T", SERVICE, "sh", "-c", script)

    def settled():
        scene.ready(docker.Container.known(composed(place, "ps", "-q", SERVICE).strip()))

    composed(place, "up", "-d")
    settled()
    # Not as they redirect it: no shell expands a pattern for a file that is not there yet.
    inside("cd /tmp/frankenphp_*/webroot/files && echo 'Test data' >test.txt")
    composed(place, "restart", "-t", "2", SERVICE)
    settled()
    scene.expect("Test data" in inside("cat /tmp/frankenphp_*/webroot/files/test.txt"), "test 1: the upload is lost")
    inside("cd /tmp/frankenphp_*/logs && echo 'Persistent log entry' >>error.log")
    composed(place, "down", "-t", "2")
    composed(place, "up", "-d")
    settled()
    scene.expect("Persistent" in inside("cat /tmp/frankenphp_*/logs/error.log"), "test 2: the log is lost")
    shown = inside("ls -la /tmp/frankenphp_*/webroot/")
    for name in ("csv", "files", "invoice-logo", "pdfreports", "timesheetpdf"):
        scene.expect(
            "%s -> /data/webroot/%s" % (name, name) in shown, "test 3: %s is no link" % name)
