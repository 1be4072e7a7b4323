#!/bin/sh
# Whatever dies, at whatever point: the site stays whole and the next plain push succeeds.
# With DEPLOY_TEST_FULL=1 also where the host's sh is dash, bash and busybox.
exec python3 "$(dirname -- "$0")/../Rig/kill_points.py" "$@"
