# shellcheck shell=sh
# The frame of every session on a server: events out, operations in, one at a time.
#
# The client sends this text once; then `hello`, then operations as encoded lines. Nothing that
# varies is ever part of the text. What reaches standard output is an event, marked with
# the session's nonce; all else there (a noisy .bashrc, a hook) is noise to the client.

set -u
unset CDPATH ENV BASH_ENV IFS 2>/dev/null || :
LC_ALL=C
PATH=${PATH:-/usr/bin:/bin}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
export LC_ALL PATH
umask 022
# A client that goes away must not end an agent that has flipped.
trap '' PIPE HUP
exec 3>&1

mark=$(printf '\036')
nonce=none      # names this session's events and its temporary files
root=           # the application's directory, resolved
shared=         # its data; with the three below it, what the rules of Plant.sh and Seed.sh go by
staging=        # where a file is whole before it gets its name
scratch=        # lists of work
seeded=         # the defaults that were seeded once
now=0           # the number of the operation at work
program=        # the operations to carry out, one a line
locked=no
alone=no        # whether the agent has passed the flip, and finishes without its client
incoming=       # the release that this session has put into releases/
words=/dev/null # what a command of a hook reads first
next_base=      # the release that the next staging tree is to be made of, when all is done
came_from=      # what `current` pointed to before this session's flip, while that can be undone

say() { printf '%s%s %s\n' "$mark" "$nonce" "$*" >&3 2>/dev/null || :; }

# Ends an operation that found a reason not to go on: exit code, kind, then fields for the message.
refuse() {
  keep_reason "$@"
  refusal="refused $1 $2"
  shift 2
  for field in "$@"; do
    encode "$field"
    refusal="$refusal =$encoded"
  done
  say "$refusal"
  exit 1
}

# KILL, because what runs here may ignore TERM as its session does; GNU's timeout would undo that for
# it, busybox's does not.
limit() {
  if has timeout; then timeout -s KILL "$@"; else shift && "$@"; fi
}

# A point between two parts of an operation. Fault tests replace it; here it costs nothing.
step() { :; }

# Flushes the file system that holds a path; without it a power cut can empty files that were renamed.
settle_disk() { sync -f "$1" 2>/dev/null || sync; }

# Sets `pointed` to where a link leads, or to nothing when it is no link.
point_of() {
  pointed=
  if [ -L "$1" ]; then pointed=$(readlink -- "$1") || pointed=; fi
}

# --- The half that listens -------------------------------------------------------------------------

# Forwards what the client sends, and ends the session when the client falls silent.
#
# TCP notices a cut network after two hours; a heartbeat notices after seconds. Before the flip
# the working half dies of the TERM and the kernel frees its lock; from the flip on it ignores TERM.
listen() {
  trap '' TERM
  # shellcheck disable=SC2016  # the inner shell expands it
  while line=$(limit 15 sh -c 'IFS= read -r line && printf %s "$line"'); do
    case $line in
      .) ;;
      # A client that wants to know whether this host still lives. One byte, in no line: the other half may be
      # in the middle of one.
      \?) printf '\005' >&3 2>/dev/null || : ;;
      # Exactly so many bytes: head -c of busybox reads ahead and loses what follows.
      send\ *) limit 60 dd bs="${line#send }" count=1 iflag=fullblock 2>/dev/null || break ;;
      *) break ;;
    esac
  done
  kill -TERM 0
}

# --- The half that works ---------------------------------------------------------------------------

serve() {
  IFS= read -r line || exit 0
  # shellcheck disable=SC2086  # an encoded line is made to be split
  set -- $line
  [ "$1" = hello ] || exit 0
  nonce=$2
  decode "${3#=}"
  root=$decoded
  shared="$root/shared" staging="$root/.deploy/staging" seeded="$root/.deploy/seeded"
  scratch=$staging
  # A builtin has its own look at itself: $$ would name the first shell, not the one that works here.
  IFS=' ' read -r self rest </proc/self/stat
  say "hello $(id -u) $(date +%s)"
  while IFS= read -r line; do
    case $line in
      begin)
        gather
        carry_out ;;
      *) carry_out_line "$line" ;;
    esac
  done
  release_lock
  # A session that only asked leaves nothing behind.
  [ -z "$program" ] || keep_runtime
  work_on
}

# The whole program is here before its first operation runs: from the flip on, nothing more is needed.
gather() {
  program=
  while IFS= read -r line; do
    [ "$line" != end ] || return 0
    program="$program$line
"
  done
  exit 0
}

carry_out() {
  rest=$program
  while [ -n "$rest" ]; do
    line=${rest%%
*}
    rest=${rest#*
}
    # Not `if ! carry_out_line`: in a condition bash ignores `set -e` for all that runs, so that an
    # operation would go on past a command that failed.
    carry_out_line "$line"
    ended=$?
    if [ "$ended" != 0 ]; then
      abandon
      say "stopped $now"
      # Only an entry may be tried again. After anything else the rest of a payload may be on its
      # way, and must not be read as operations; unless it said that it goes another way, and read all that.
      [ "$verb" = enter ] || [ "$ended" = 75 ] || { release_lock; exit 0; }
      return 0
    fi
  done
  # Nothing is left to be ended: the lock is put away when the client hangs up.
  trap '' TERM
  say finished
}

# One operation: number, verb, fields. It runs in a subshell under `set -e`, with what it writes to
# standard error kept for the report; `enter` alone changes the session itself.
carry_out_line() {
  # shellcheck disable=SC2086  # an encoded line is made to be split
  set -- $1
  now=$1
  verb=$2
  shift 2
  count=$#
  while [ "$count" -gt 0 ]; do
    decode "${1#=}"
    shift
    set -- "$@" "$decoded"
    count=$((count - 1))
  done
  say "began $now"
  step before
  describe_holder "$verb"
  case $verb in
    enter) op_enter "$@"; status=$?; complaint= ;;
    flip)
      # From here on the agent finishes alone, whatever becomes of the client.
      trap '' TERM
      alone=yes
      point_of "$root/current"
      came_from=$pointed
      complaint=$(set -e; op_flip "$@" 2>&1 >&3); status=$? ;;
    *)
      complaint=$(set -e; "op_$verb" "$@" 2>&1 >&3); status=$? ;;
  esac
  if [ "$verb" = commit ] && [ "$status" = 0 ]; then incoming=$1; fi
  if [ "$verb" = standby ] && [ "$status" = 0 ]; then next_base=$1; fi
  if [ "$verb" = record ] && [ "$status" = 0 ]; then came_from=; fi
  if [ "$status" != 0 ] && [ -n "$complaint" ]; then
    encode "$(printf %s "$complaint" | tail -c 2000)"
    say "complaint =$encoded"
  fi
  step after
  say "ended $now $status"
  return "$status"
}
