# shellcheck shell=sh
# One mutating session at a time. The lock belongs to the process that changes things, so the kernel
# frees it when that process ends, by whatever means: there is no stale lock to remove.

# take_lock SECONDS: sets `locked`, or returns 1, with `complaint` when it was not for another session.
#
# Asked again and again: busybox's flock knows no -w.
take_lock() {
  complaint=
  clear_lock_place || return 1
  waited=0
  until try_lock; do
    if [ "$waited" -ge "$1" ] && { [ "$waited" -ge 15 ] || holder_lives; }; then
      exec 9>&-
      rm -rf -- "$root/.deploy/lock.$self.$nonce"
      return 1
    fi
    [ "$waited" != 0 ] || say waiting
    sleep 1
    waited=$((waited + 1))
  done
  locked=yes
}

try_lock() { if has flock; then try_flock; else try_directory; fi; }

# A session that was killed can leave a process that still changes things and so keeps the lock,
# such as a hook. That ends soon or not at all: it is waited for a little, also without --wait.
holder_lives() {
  owner=$(head -n 1 "$root/.deploy/holder" 2>/dev/null) || owner=
  [ -z "$owner" ] || [ -d "/proc/${owner%% *}" ]
}

# What is of another kind cannot be a lock of ours. A link may lead anywhere, a pipe would be waited for.
clear_lock_place() {
  book="$root/.deploy/lock"
  kind_of "$book"
  case $kind in
    file | missing) ;;
    *) mv -- "$book" "$root/.deploy/trash/lock.$nonce" ;;
  esac
  kind_of "$root/.deploy/lock.d"
  case $kind in
    directory | missing) ;;
    *) mv -- "$root/.deploy/lock.d" "$root/.deploy/trash/lock.d.$nonce" ;;
  esac
  # Tried, not asked: a failed redirection of `exec` would end the shell without a word.
  # shellcheck disable=SC2016  # the inner shell expands it
  complaint=$(sh -c ': >>"$1"' sh "$book" 2>&1)
}

# A survey holds it for an instant to see whether it is free, so one refusal says nothing yet.
try_flock() {
  command exec 9>>"$root/.deploy/lock" || return 1
  flock -n 9 || { sleep 0.2 || sleep 1; flock -n 9; } 2>/dev/null
}

# Without flock(1), as on some busybox: a directory that arrives complete by one rename, with a file
# that names its owner by pid, start time and boot, and is open in all that the session starts. A
# rename replaces an empty directory and no other. So whoever finds the owner dead takes away that
# owner's file, whose name no other session has, and nobody ever removes a lock but the dead one's.
# Until it arrives, the directory's name says whose it will be, see `sweep_claims`.
try_directory() {
  own="$root/.deploy/lock.$self.$nonce"
  taken="$root/.deploy/lock.d"
  mkdir -p -- "$own" && identity "$self" >"$own/owner.$nonce" || return 1
  # `command`, because a failed redirection of a bare `exec` would end the shell without a word.
  command exec 9>>"$own/owner.$nonce" || return 1
  until mv -T -- "$own" "$taken" 2>/dev/null; do
    bury_dead_owner || return 1
  done
}

# Claims of sessions that ended before they had the lock. Told by the name alone: a claim has no
# owner's file in its first instant.
sweep_claims() {
  for left in "$root"/.deploy/lock.*; do
    claimant=${left##*/lock.}
    if [ "$claimant" = d ] || [ -d "/proc/${claimant%%.*}" ]; then continue; fi
    mv -- "$left" "$root/.deploy/trash/$nonce.${left##*/}" 2>/dev/null || :
  done
}

# Succeeds when there was a dead one.
bury_dead_owner() {
  buried=no
  for place in "$taken"/* "$taken"/.[!.]*; do
    [ -e "$place" ] || [ -L "$place" ] || continue
    ! owner_lives "$place" || continue
    rm -rf -- "$place" && buried=yes
  done
  [ "$buried" = yes ]
}

# Whether the process that a file names is still there and still the same, or something that it started.
owner_lives() {
  owner=$(cat -- "$1" 2>/dev/null) || return 1
  [ -n "$owner" ] || return 1
  [ "$(identity "${owner%% *}")" != "$owner" ] || return 0
  # Not only 9: a shell that closes it for a command keeps it under another number meanwhile.
  for open in /proc/[0-9]*/fd/*; do
    # shellcheck disable=SC3013  # dash, bash and busybox have it, and it costs no process
    if [ "$open" -ef "$1" ]; then return 0; fi
  done
  return 1
}

# `PID START-TIME BOOT`: the same only while the same process lives.
identity() {
  began=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20) || began=
  boot=$(cat /proc/sys/kernel/random/boot_id 2>/dev/null) || boot=
  printf '%s %s %s' "$1" "$began" "$boot"
}

# The kernel frees a flock when the session ends; a directory has to be put away. Only our own file:
# once it is gone, somebody else's claim may take the empty directory's place.
release_lock() {
  [ "$locked" = yes ] || return 0
  locked=no
  ! has flock || return 0
  rm -f -- "$root/.deploy/lock.d/owner.$nonce"
  rmdir -- "$root/.deploy/lock.d" 2>/dev/null || :
}

# Whether a survey finds nobody at work.
lock_is_free() {
  [ "$locked" != yes ] || return 0
  if has flock; then
    [ ! -f "$root/.deploy/lock" ] || flock -n "$root/.deploy/lock" true
    return
  fi
  for place in "$root"/.deploy/lock.d/*; do
    ! owner_lives "$place" || return 1
  done
}

# Who holds the lock and what they do, for whoever finds it taken. `holder` comes encoded by the client.
describe_holder() {
  [ "$locked" = yes ] || return 0
  printf '%s %s %s %s\n' "$self" "$since" "$1" "$holder" \
    >"$root/.deploy/holder" 2>/dev/null || :
}
