#!/bin/sh
# Three and eight hosts in network namespaces, one of which has a fault: how it ends on each, and how the next push mends it.
# DEPLOY_TEST_FULL=1 plays all the cases, DEPLOY_TEST_ONLY those whose name holds a text.
exec python3 "$(dirname -- "$0")/../Rig/fleet.py"
