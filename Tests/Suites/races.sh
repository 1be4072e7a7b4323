#!/bin/sh
# Two pushes at once, hundreds of times: never two at work, and the loser says who was faster.
exec python3 "$(dirname -- "$0")/../Rig/races.py"
