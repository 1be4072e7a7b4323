# shellcheck shell=sh
# Notes in the ledger that a hook which runs once ran on another host of the stage: this one may be the first tomorrow.
#
# remember RELEASE MEMBERS
op_remember() { journal ran "$1" "$2" || tell unremembered "on another host"; }
