"""The acceptance list of containers: a function a case. Each finds faults; none knows which entry point it tests.

A case whose control must lose is a check of the rig as well: where even that holds, nothing was proved.
The cases themselves are in container_keeping.py, container_trouble.py and container_compose.py.
"""

from container_scene import NotRun

CASES = []


class Case:
    def __init__(self, name, title, perform, loses, control, version):
        self.name, self.title, self.perform = name, title, perform
        self.loses, self.control, self.version = loses, control, version


def case(name, title, loses=True, control=None, version="1.11.1"):
    """`loses`: whether the control must; `control`: another one than the usual."""
    def declare(perform):
        CASES.append(Case(name, title, perform, loses, control, version))
        return perform
    return declare


NOT_RUN = {
    "A3b": "restart of the daemon: the engine of a run is not restarted within it",
    "A14": "config reload: the stand-in has no admin API, and mode B is not built",
    "A15": "an image with /app that is not embedded: needs the official image",
    "A16": "host with systemd: no systemd and no real binary here",
    "A17": "volume names of two release directories: belongs to a deploy over compose, not to the boot script",
    "A18": "a failing health check keeps the old slot: slots are not built",
    "A19": "backup of a volume under load: not built for containers",
    "A20": "versioned compose configurations: not built",
    "A21": "BSD sh is not here; busybox ash and dash are what the other cases run under",
}


def performed(one, scene):
    """The reason why a case was not run, or None; its faults are with the scene."""
    try:
        one.perform(scene)
    except NotRun as reason:
        return str(reason)
    except Exception as error:  # Whatever breaks in a case is a fault of it, and the others go on.
        scene.faults.append("%s: %s" % (type(error).__name__, error))
    finally:
        scene.end()
    return None
