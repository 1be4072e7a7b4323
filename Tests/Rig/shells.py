"""A directory of tools to be found first, in which `sh` is a shell of choice."""

import os
import shutil
import subprocess


def lay_shell(shell, directory):
    """dash or bash is that shell alone; busybox is all of its applets too."""
    os.makedirs(directory, exist_ok=True)
    program = shutil.which(shell)
    names = ["sh"]
    if shell == "busybox":
        names = subprocess.run([program, "--list"], capture_output=True, text=True).stdout.split()
    for name in names:
        link = os.path.join(directory, name)
        if not os.path.lexists(link):
            os.symlink(program, link)
    return directory
