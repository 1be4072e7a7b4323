# shellcheck shell=sh
# Notes in the ledger that a hook which runs once ran on another host of the stage: this one may be the first tomorrow.
#
# ran_elsewhere RELEASE MEMBERS
op_ran_elsewhere() { journal ran "$1" "$2" || tell unremembered "on another host"; }
