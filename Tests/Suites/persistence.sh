#!/bin/sh
# For each framework: where the bytes of every path come from after pushes, rollbacks and pruning.
exec python3 "$(dirname -- "$0")/../Rig/persistence.py"
