#!/bin/sh
# A PHP application under load through pushes and rollbacks: no request fails, none is answered by old code.
exec python3 "$(dirname -- "$0")/../Rig/requests.py"
