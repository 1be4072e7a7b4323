"""A link with a round trip time and a bandwidth, to a network namespace of its own. For root, on Linux.

Two TUN devices with this process in between: each packet waits for its turn on the line and then for half of the
round trip. Everything else is the kernel's: handshakes, acknowledgements, slow start and Nagle's algorithm are real.
What `tc netem` does where the kernel has it; this needs /dev/net/tun and iproute2 only.
"""

import collections
import fcntl
import os
import selectors
import struct
import subprocess
import threading
import time

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 1, 0x1000
# As many packets as a router holds; what comes beyond them is dropped.
LONGEST_QUEUE = 1000


def is_possible():
    return os.getuid() == 0 and os.access("/dev/net/tun", os.R_OK | os.W_OK)


def run(*words):
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL)


def open_tun(name):
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return device


class Link:
    """`within` are the words that run a command at the far end, `address` is the far end's."""

    def __init__(self, megabits=100):
        self.name = "dl%d" % (os.getpid() % 100000)
        self.bytes_per_second = megabits * 125_000
        self.round_trip = 0.0
        net = "10.%d.%d" % (100 + os.getpid() % 100, os.getpid() // 100 % 250)
        self.near, self.address = net + ".1", net + ".2"
        self.within = ["ip", "netns", "exec", self.name]
        self.sent = 0

    def __enter__(self):
        run("ip", "netns", "add", self.name)
        self.devices = [open_tun(self.name + "a"), open_tun(self.name + "b")]
        run("ip", "link", "set", self.name + "b", "netns", self.name)
        run("ip", "address", "add", self.near + "/30", "dev", self.name + "a")
        run("ip", "link", "set", self.name + "a", "up")
        run("ip", "-n", self.name, "address", "add", self.address + "/30", "dev", self.name + "b")
        run("ip", "-n", self.name, "link", "set", self.name + "b", "up")
        run("ip", "-n", self.name, "link", "set", "lo", "up")
        self.is_over = False
        self.carrier = threading.Thread(target=self.carry, daemon=True)
        self.carrier.start()
        return self

    def __exit__(self, *ignored):
        self.is_over = True
        self.carrier.join()
        for device in self.devices:
            os.close(device)
        run("ip", "netns", "delete", self.name)

    def set(self, round_trip):
        """In seconds. What TCP has learned of the link before is forgotten."""
        self.round_trip = round_trip
        subprocess.run(["ip", "tcp_metrics", "flush", "all"], stderr=subprocess.DEVNULL)

    def carry(self):
        selector = selectors.DefaultSelector()
        queues = {}
        free = {}
        for here, there in (self.devices, self.devices[::-1]):
            selector.register(here, selectors.EVENT_READ)
            queues[here] = (collections.deque(), there)
            free[here] = 0.0
        while not self.is_over:
            due = [queue[0][0] for queue, _ in queues.values() if queue]
            pause = max(0.0, min(due) - time.monotonic()) if due else 0.2
            for key, _ in selector.select(min(pause, 0.2)):
                queue, _ = queues[key.fd]
                try:
                    while len(queue) < LONGEST_QUEUE:
                        packet = os.read(key.fd, 65536)
                        free[key.fd] = max(free[key.fd], time.monotonic()) + len(packet) / self.bytes_per_second
                        queue.append((free[key.fd] + self.round_trip / 2, packet))
                        if key.fd == self.devices[0]:
                            self.sent += len(packet)
                except BlockingIOError:
                    pass
            for queue, there in queues.values():
                while queue and queue[0][0] <= time.monotonic():
                    try:
                        os.write(there, queue.popleft()[1])
                    except OSError:
                        pass
