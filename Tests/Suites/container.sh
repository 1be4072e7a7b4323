#!/bin/sh
# An application embedded in FrankenPHP, on a real Docker engine: what is written in its container survives it.
exec python3 "$(dirname -- "$0")/../Rig/container.py" "$@"
