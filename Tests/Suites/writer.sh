#!/bin/sh
# A site writes while it is deployed: every write that was acknowledged is there afterwards.
exec python3 "$(dirname -- "$0")/../Rig/writer.py"
