#!/bin/sh
# Random histories against a model: no byte of a user is lost, and nothing that was deleted returns.
exec python3 "$(dirname -- "$0")/../Rig/histories.py" "$@"
