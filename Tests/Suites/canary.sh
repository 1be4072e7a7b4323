#!/bin/sh
# Links that a web server's user plants: nothing outside the application is ever touched.
exec python3 "$(dirname -- "$0")/../Rig/canary.py"
