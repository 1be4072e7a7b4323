#!/bin/sh
# Maintenance, notifications, health on demand and rights, over a real sshd and as a real user without them.
exec python3 "$(dirname -- "$0")/../Rig/manners.py"
