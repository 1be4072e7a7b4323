# shellcheck shell=sh
# Writes the ledger's line that a release is live and settles the disk: only after this is it success.
#
# record RELEASE FROM MORE
op_record() {
  # It has been asked for by now.
  remove_witness "$1"
  from=$2
  # A directory that another tool named could hold anything; the line must stay JSON.
  case $from in *[!A-Za-z0-9._-]*) from= ;; esac
  # `current` has moved: a ledger that cannot be written now is mended by the next session.
  journal live "$1" "${from:+\"from\":\"$from\",}$3" || say "note unrecorded"
  step
  settle_disk "$root/.deploy"
}
