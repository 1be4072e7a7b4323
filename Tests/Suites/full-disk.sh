#!/bin/sh
# A disk without room or inodes: refused before anything is sent, or ended in the middle without harm.
exec python3 "$(dirname -- "$0")/../Rig/full_disk.py"
