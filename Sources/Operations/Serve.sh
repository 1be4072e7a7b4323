# shellcheck shell=sh
# The last lines of the runtime: both halves begin.
#
# The outer shells outlive the TERM that ends the working half, to say that it is gone: a client must not
# wait for an agent that was killed.
trap : TERM
{
  # What came with the command, and so before anything could be read.
  [ "$#" = 0 ] || printf '%s\n' "$@"
  listen
} | {
  trap : TERM
  (
    trap - TERM
    serve
  )
  printf '%sgone %s\n' "$mark" "$?" >&3
}
