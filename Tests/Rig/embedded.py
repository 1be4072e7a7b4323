#!/usr/bin/env python3
"""The application that the container cases serve, and the binary that holds it.

    embedded.py DIRECTORY [RELEASE]     writes the application, to build a real FrankenPHP binary with:
                                        EMBED=DIRECTORY, then DEPLOY_TEST_FRANKENPHP=the binary
"""

import hashlib
import io
import json
import os
import shutil
import sys
import tarfile

HERE = os.path.dirname(os.path.abspath(__file__))
REAL = os.environ.get("DEPLOY_TEST_FRANKENPHP")
# The same with release 2 of the application, for what happens at an upgrade.
REAL_NEXT = os.environ.get("DEPLOY_TEST_FRANKENPHP_NEXT")

INDEX = r"""<?php
$app = dirname(__DIR__);
$name = $_GET['name'] ?? $_POST['name'] ?? '';
switch ($_GET['do'] ?? '') {
case 'write':
    @mkdir(dirname("$app/$name"), 0755, true);
    $file = fopen("$app/$name", isset($_POST['append']) ? 'ab' : 'wb');
    if (!$file || fwrite($file, $_POST['body']) !== strlen($_POST['body']) || !fsync($file)) {
        http_response_code(507);
    }
    echo 'written';
    break;
case 'read':
    is_file("$app/$name") ? readfile("$app/$name") : http_response_code(404);
    break;
case 'list':
    echo json_encode(scandir("$app/$name"));
    break;
case 'slow':
    usleep(1000 * (int) $name);
    echo 'done';
    break;
default:
    echo json_encode(['directory' => __DIR__, 'release' => require "$app/config/release.php",
        'configuration' => (@include "$app/config/app_local.php") ?: null, 'pid' => getmypid()]);
}
"""

CADDYFILE = """{
  admin off
  frankenphp
  grace_period 5s
}
:80 {
  root webroot
  php_server {
    root webroot
  }
}
"""

# Larger than the smallest disk of a case, and large enough to be met while it is copied.
PICTURE = hashlib.sha256(b"picture").digest() * (4 << 15)


def files(release):
    """Path -> content of one release of the application, on CakePHP and with the paths of OrangeScrum."""
    tree = {
        "Caddyfile": CADDYFILE,
        "bin/cake.php": "<?php file_put_contents(dirname(__DIR__) . '/' . $argv[1], $argv[2], FILE_APPEND)"
                        " or exit(1); echo dirname(__DIR__);\n",
        "composer.json": "{}",
        "config/app.php": "<?php return [];\n",
        "config/app_local.php": "<?php return 'shipped with %d';\n" % release,
        "config/release.php": "<?php return %d;\n" % release,
        "logs/.gitkeep": "",
        "src/Application.php": "<?php // %d\n" % release,
        "vendor/autoload.php": "<?php\n",
        "webroot/index.php": INDEX,
        "webroot/.htaccess": "RewriteEngine on\n",
        "webroot/css/app.css": "body { --release: %d }\n" % release,
        "webroot/csv/dummy_project.csv": "a;b\n",
        "webroot/files/.htaccess": "Require all denied\n",
        "webroot/files/company/logo.png": "logo",
        "webroot/files/photos/default.png": PICTURE,
        "webroot/files/profile/.gitkeep": "",
        "webroot/files/profile/a b 'c'.png": "odd",
        "webroot/invoice-logo/.gitkeep": "",
    }
    for number in range(60):
        tree["vendor/library/%02d.php" % number] = "<?php return %d;\n" % number * 40
    if release > 1:
        tree["webroot/files/company/later.png"] = "came with release %d" % release
        tree["webroot/csv/.later"] = "came with release %d" % release
    return {path: text if isinstance(text, bytes) else text.encode() for path, text in tree.items()}


def archive(release):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        seen = set()
        for path, content in sorted(files(release).items()):
            parts = path.split("/")
            for depth in range(1, len(parts)):
                folder = "./" + "/".join(parts[:depth])
                if folder not in seen:
                    seen.add(folder)
                    entry(tar, folder, tarfile.DIRTYPE, 0o755)
            entry(tar, "./" + path, tarfile.REGTYPE, 0o644, content)
        entry(tar, "./webroot/storage", tarfile.SYMTYPE, 0o777)
    return stream.getvalue()


def entry(tar, name, kind, mode, content=b""):
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.size, info.mtime = kind, mode, len(content), 1_700_000_000
    info.linkname = "files" if kind == tarfile.SYMTYPE else ""
    tar.addfile(info, io.BytesIO(content))


def make_binary(place, release=1, version="1.11.1"):
    """Writes the binary and returns the name of the directory that it unpacks to."""
    if REAL:
        shutil.copy(REAL if release == 1 else REAL_NEXT, place)
        os.chmod(place, 0o755)
        return None
    with open(os.path.join(HERE, "frankenphp.php"), "rb") as file:
        program = file.read().rstrip(b"\n")
    tar = archive(release)
    baked = json.dumps({"version": version, "size": len(tar)}).encode()
    with open(place, "wb") as file:
        file.write(program + baked + b"\n" + tar)
    os.chmod(place, 0o755)
    return "frankenphp_" + hashlib.md5(tar).hexdigest()


def main(place, release=1):
    for path, content in files(int(release)).items():
        full = os.path.join(place, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as file:
            file.write(content)


if __name__ == "__main__":
    main(*sys.argv[1:])
