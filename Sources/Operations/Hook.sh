# shellcheck shell=sh
# Runs a command of the recipe or the configuration in a release: clean environment, own
# session, a time limit, and output that streams to the client up to a megabyte.
#
# hook RELEASE LIMIT LABEL SCRIPT DIRECTORY USER REQUIRED MEMBERS NAME=VALUE...: SCRIPT is the text of a
# file to run instead of the command LABEL; MEMBERS are for the ledger
op_hook() {
  run_hook "$root/releases/$1/$5" "$@"
  if [ "$status" = 0 ]; then
    [ -z "$8" ] || journal ran "$1" "$8" || tell unremembered "$3"
    return 0
  fi
  [ "$7" = yes ] || { tell hook-failed "$3" "$status"; return 0; }
  case $status in
    late) refuse 13 hook-timeout "$3" "$2" ;;
    elsewhere) refuse 13 hook-directory "$3" "$5" ;;
    *) refuse 13 hook "$3" "$status" ;;
  esac
}

# In its turn there is nothing to do: what it is for comes when the program failed.
op_on_failure() { :; }

# run_hook DIRECTORY FIELD...: sets `status`: a number, `late` or `elsewhere`.
run_hook() {
  place=$1
  shift
  status=elsewhere
  cd -- "$place" 2>/dev/null || return 0
  open_words "$1"
  label=$3
  text=$4
  who=$6
  limit=$2
  shift 8
  for word in "$@"; do add_word "$word"; done
  begin_command
  if [ -n "$text" ]; then
    add_word "$verdict.script"
    lay_script "$text" "$who"
  else
    for word in sh -c "$label"; do add_word "$word"; done
  fi
  attend "$limit" "$who"
  rm -f -- "$verdict.script"
  cd -- "$root"
}

# A file of ours in a directory of ours, which only its user may run; another user must be able to read it.
lay_script() {
  rm -f -- "$verdict.script"
  (umask 077 && printf %s "$1" >"$verdict.script")
  if [ -z "$2" ]; then chmod 0700 -- "$verdict.script"; else chmod 0755 -- "$verdict.script"; fi
}

# --- Words for a command: variables, an empty line, then the command and its arguments -------------

# They travel in a file that nobody else can read, not in arguments, which every user of the host sees.
#
# open_words RELEASE
open_words() {
  verdict="$root/.deploy/ops/hook.$nonce"
  rm -f -- "$verdict" "$verdict.late" "$verdict.out" "$verdict.words"
  words="$verdict.words"
  (umask 077 && : >"$words")
  add_word "DEPLOY_RELEASE=$1"
  add_word "DEPLOY_ROOT=$root"
}

add_word() {
  encode "$1"
  printf '%s\n' "$encoded" >>"$words"
}

begin_command() { echo >>"$words"; }

# Reads them, becomes the command. Constant text without single quotes, so that it fits into another.
# shellcheck disable=SC2016  # the inner shell expands it
become='
  while IFS= read -r word && [ -n "$word" ]; do
    word=$(printf "%b." "$word")
    export "${word%.}"
  done
  while IFS= read -r word; do
    word=$(printf "%b." "$word")
    set -- "$@" "${word%.}"
  done
  unset word
  exec "$@" </dev/null'

# Another user has a home, a name and a path of its own, and nothing else of what sudo or su leave.
# shellcheck disable=SC2016
become_clean='exec env -i PATH="$PATH" HOME="${HOME:-/}" LANG="${LANG:-C.UTF-8}" \
  USER="$(id -un)" sh -c '"'$become'"

# attend LIMIT USER: runs what the file of words says, here. Sets `status`: a number, or `late`.
attend() {
  mkfifo -m 0600 -- "$verdict.out"
  {
    # A cat of ours, which we can end: a daemon that the hook left behind may hold its output for ever.
    cat <"$verdict.out" 9>&- &
    pump=$!
    as_user "$1" "$2" >"$verdict.out" 2>&1 && echo 0 >"$verdict" || echo "$?" >"$verdict"
    end_pump "$pump"
  } | { capped; cat >/dev/null; } | stream_lines
  status=$(cat -- "$verdict")
  [ ! -e "$verdict.late" ] || status=late
  rm -f -- "$verdict" "$verdict.late" "$verdict.out" "$verdict.words"
}

# as_user LIMIT USER: the time limit of another user's command is its own as well, because only root may
# signal what sudo started.
as_user() {
  if [ -z "$2" ]; then
    bounded "$1" env -i PATH="$PATH" HOME="${HOME:-$root}" LANG="${LANG:-C.UTF-8}" \
      USER="$(id -un)" sh -c "$become"
  elif [ "$(id -u)" = 0 ]; then
    bounded "$1" su -s /bin/sh -c "$become_clean" -- "$2"
  elif has timeout; then
    bounded "$1" sudo -n -H -u "$2" -- timeout -k 10 "$1" sh -c "$become_clean"
  else
    bounded "$1" sudo -n -H -u "$2" -- sh -c "$become_clean"
  fi
}

# bounded SECONDS WORD...: runs a command in a session of its own, so that the limit reaches all that
# it started. Not timeout(1): that of busybox ends one process and leaves its group. Nor `kill --`,
# which busybox and dash refuse.
bounded() {
  seconds=$1
  shift
  # Before the flip a client that goes away takes the hook with it.
  [ "$alone" = yes ] || trap 'end_session; exit 143' TERM
  # Said here, because a shell gives a command in the background nothing to read.
  in_session "$@" <"$words" &
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
