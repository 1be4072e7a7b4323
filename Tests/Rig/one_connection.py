"""Counts what a push and a rollback cost on the wire: one connection, one command."""

import os
import shutil
import sys
import tempfile

from sshd import SSHServer
from tool import Project, scratch


def main():
    passed = failed = 0
    directory = tempfile.mkdtemp(prefix="one-connection-", dir=scratch())
    try:
        with SSHServer() as server:
            for transport in ("libssh2", "openssh"):
                project = Project(
                    os.path.join(directory, transport), os.path.join(directory, transport + ".root"),
                    server, transport)
                project.shared = {"directories": ["storage"], "files": []}
                project.hooks = {"before_flip": ["true"], "after_flip": ["true"]}
                project.configure()
                for number, (command, requests) in enumerate((
                        ("push", 2), ("push", 2), ("rollback", 1), ("push", 2))):
                    project.write("version.txt", "%d\n" % number)
                    project.write("big.bin", os.urandom(300_000))
                    server.forget_log()
                    ran = project.run(command)
                    found = (server.attempts, server.connections, server.requests)
                    if ran.status == 0 and found[:2] == (1, 1) and 1 <= found[2] <= requests:
                        passed += 1
                        continue
                    failed += 1
                    print("FAILED  %s with %s: %d connections, %d logins, %d commands" % (
                        command, transport, *found))
                    print("    " + str(ran).replace("\n", "\n    "))
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
