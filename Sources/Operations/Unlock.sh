# shellcheck shell=sh
# Ends the session that holds the lock, if it really does. A dead session holds nothing: the kernel took
# its lock away, so this is for one that is alive and hangs.
#
# unlock PID SINCE: of the holder that was shown to the person who decided
op_unlock() {
  holder_line=$(head -n 1 "$root/.deploy/holder" 2>/dev/null) || holder_line=
  if lock_is_free; then
    say "note free"
    return 0
  fi
  case $holder_line in
    "$1 $2 "*) ;;
    *) refuse 11 moved ;;
  esac
  groups=$(groups_at_lock)
  [ -n "$groups" ] || refuse 19 not-ours "$1"
  for sign in TERM KILL; do
    for group in $groups; do
      # dash wants the two dashes, busybox does not know them.
      kill -s "$sign" -- "-$group" 2>/dev/null || kill -s "$sign" "-$group" 2>/dev/null || :
    done
    for pause in 1 2 3 4 5 6 7 8 9 10; do
      if lock_is_free; then
        # shellcheck disable=SC2086  # numbers
        say "note ended $sign" $groups
        return 0
      fi
      sleep "0.$pause" 2>/dev/null || sleep 1
    done
  done
  refuse 11 stays
}

# The process groups that keep the lock: the session, and hooks that outlived it and
# inherited its descriptor. Whoever waits for the lock has it open too, and is left alone.
groups_at_lock() {
  own=$(group_of "$self")
  found=
  for process in $(processes_at_lock); do
    group=$(group_of "$process")
    case " $found $own " in *" $group "*) continue ;; esac
    case $group in '' | 0 | 1) continue ;; esac
    waits_for_lock "$group" || found="$found $group"
  done
  printf '%s\n' "$found"
}

processes_at_lock() {
  if ! has flock; then
    for claim in "$root"/.deploy/lock.d/*; do
      owner=$(cat -- "$claim" 2>/dev/null) || continue
      [ "$(identity "${owner%% *}")" != "$owner" ] || printf '%s\n' "${owner%% *}"
    done
    return 0
  fi
  place=$(readlink -f -- "$root/.deploy/lock")
  # Not only 9: a shell that closes it for a command keeps it under another number meanwhile.
  for descriptor in /proc/[0-9]*/fd/*; do
    [ "$(readlink -- "$descriptor" 2>/dev/null)" = "$place" ] || continue
    descriptor=${descriptor#/proc/}
    printf '%s\n' "${descriptor%%/*}"
  done
}

group_of() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 3; }

waits_for_lock() {
  for status in /proc/[0-9]*/stat; do
    case $(cat -- "$status" 2>/dev/null) in
      *"(flock) "?" "*" $1 "*) return 0 ;;
    esac
  done
  return 1
}
