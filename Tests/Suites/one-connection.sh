#!/bin/sh
# A push takes one connection and at most two commands, a rollback one and one.
exec python3 "$(dirname -- "$0")/../Rig/one_connection.py"
