# shellcheck shell=sh
# The text of this session stays on the host, so that the next one need not send it.
#
# The shell that took the text has set `kept`, `sum`, `text` and `wanted`: see AgentRuntime.swift. It is a cache: it
# is checked by its digest before it is used, may be deleted at any time, and may fail to be written.
keep_runtime() {
  [ "${wanted-no}" = yes ] || return 0
  # shellcheck disable=SC2154  # see above
  (
    umask 077
    mkdir -p -- "$kept" && cd -- "$kept" || exit
    printf %s "$text" >".new.$nonce" && mv -- ".new.$nonce" "$sum" || rm -f -- ".new.$nonce"
    # Three versions of the tool, and what a death has left.
    # shellcheck disable=SC2012  # all names here are ours
    ls -A -t | tail -n +4 | while IFS= read -r old; do rm -f -- "./$old"; done
  ) 2>/dev/null || :
}
