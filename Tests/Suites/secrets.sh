#!/bin/sh
# Forty secrets, wherever a user keeps one, and every command: nobody prints, stores or passes on any of them.
exec python3 "$(dirname -- "$0")/../Rig/secret_canaries.py"
