# shellcheck shell=sh
# Runs a command of the recipe or the configuration in a release: clean environment, own
# session, a time limit, and output that streams to the client up to a megabyte.
#
# hook RELEASE LIMIT COMMAND
op_hook() {
  cd -- "$root/releases/$1"
  verdict="$root/.deploy/ops/hook.$nonce"
  rm -f -- "$verdict" "$verdict.late" "$verdict.out"
  mkfifo -m 0600 -- "$verdict.out"
  {
    # A cat of ours, which we can end: a daemon that the hook left behind may hold its output for ever.
    cat <"$verdict.out" 9>&- &
    pump=$!
    bounded "$2" env -i PATH="$PATH" HOME="${HOME:-$root}" LANG="${LANG:-C.UTF-8}" \
      USER="$(id -un)" DEPLOY_RELEASE="$1" DEPLOY_ROOT="$root" \
      sh -c "$3" </dev/null >"$verdict.out" 2>&1 && echo 0 >"$verdict" || echo "$?" >"$verdict"
    end_pump "$pump"
  } | { capped; cat >/dev/null; } | stream_lines
  status=$(cat -- "$verdict")
  late=no
  [ ! -e "$verdict.late" ] || late=yes
  rm -f -- "$verdict" "$verdict.late" "$verdict.out"
  cd -- "$root"
  [ "$late" = no ] || refuse 13 hook-timeout "$3" "$2"
  [ "$status" = 0 ] || refuse 13 hook "$3" "$status"
}

# bounded SECONDS WORD...: runs a command in a session of its own, so that the limit reaches all that
# it started. Not timeout(1): that of busybox ends one process and leaves its group. Nor `kill --`,
# which busybox and dash refuse.
bounded() {
  seconds=$1
  shift
  # Before the flip a client that goes away takes the hook with it.
  [ "$alone" = yes ] || trap 'end_session; exit 143' TERM
  in_session "$@" &
  pid=$!
  on_the_clock "$seconds" "$verdict.late" &
  clock=$!
  ended=0
  wait "$pid" 2>/dev/null || ended=$?
  # When the time was up, the clock still sees to it that nobody who ignores TERM stays.
  [ -e "$verdict.late" ] || kill -KILL "-$clock" 2>/dev/null || kill -KILL "$clock" 2>/dev/null || :
  wait "$clock" 2>/dev/null || :
  [ "$alone" = yes ] || trap - TERM
  return "$ended"
}

# The shell in the middle holds the lock as long as the command runs, even when we are killed; what
# the command leaves behind must not. Signals that we ignore are as they were for it.
in_session() {
  trap - TERM PIPE HUP
  # shellcheck disable=SC2016  # the inner shell expands it
  if has setsid; then exec setsid sh -c '"$@" 3>&- 9>&-; exit $?' sh "$@"; fi
  exec "$@" 3>&- 9>&-
}

# on_the_clock SECONDS MARK: waits, leaves a mark, ends the session of `pid`.
on_the_clock() {
  trap - TERM PIPE HUP
  session=
  ! has setsid || session=setsid
  # shellcheck disable=SC2016,SC2086  # the inner shell expands it; no word where there is no setsid
  exec $session sh -c '
    left=$1
    # In steps: when the agent is killed, nobody stops the clock, and it must not outlive the hook.
    while [ "$left" -gt 0 ]; do
      kill -0 "-$3" || kill -0 "$3" || exit 0
      sleep 1
      left=$((left - 1))
    done
    : >"$2"
    kill -TERM "-$3" || kill -TERM "$3"
    for second in 1 2 3 4 5 6 7 8 9 10; do
      kill -0 "-$3" || exit 0
      sleep 1
    done
    kill -KILL "-$3" || kill -KILL "$3"' \
    sh "$1" "$2" "$pid" </dev/null >/dev/null 2>&1 3>&- 9>&-
}

end_session() {
  kill -KILL "-$clock" 2>/dev/null || :
  on_the_clock 0 /dev/null &
  clock=$!
  wait "$pid" 2>/dev/null || :
  wait "$clock" 2>/dev/null || :
}

# end_pump PID: what was printed is through in a moment, unless somebody holds the output open.
end_pump() {
  { sleep 3 && kill -KILL "$1"; } >/dev/null 2>&1 3>&- 9>&- &
  patience=$!
  wait "$1" 2>/dev/null || :
  kill -KILL "$patience" 2>/dev/null || :
}

# A megabyte at most, as it comes: head(1) of GNU would hold it back. dd counts reads, and what is
# printed line by line needs one for each, so they are small and many.
capped() { dd bs=128 count=8192 2>/dev/null; }

stream_lines() {
  while IFS= read -r printed || [ -n "$printed" ]; do
    say "output $printed"
  done
}
