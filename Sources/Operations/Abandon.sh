# shellcheck shell=sh
# What becomes of a program that failed. Before the flip: nothing was changed, our temporary things
# go. After it: `current` returns to the release that was live, if that is still there.

abandon() {
  # A program that never got the lock has nothing to put away, and must not touch another's things.
  [ "$locked" = yes ] || return 0
  read_reason
  if [ -n "$came_from" ] && stands "$came_from"; then
    point_of "$root/current"
    [ "$pointed" = "$came_from" ] || go_back
  elif [ -n "$incoming" ] && [ "$alone" = no ]; then
    journal failed "$incoming" "${why:+\"why\":\"$why\"}" || say "note unrecorded"
  fi
  rm -f -- "$root/.current.$nonce"
  rm -rf -- "$root/.deploy/ops/answer.$nonce"
  for left in "$root"/.deploy/manifests/*/witness; do
    [ ! -f "$left" ] || { left=${left%/witness} && remove_witness "${left##*/}"; }
  done
  if [ -d "$root/.deploy/staging/$nonce" ]; then
    mv -- "$root/.deploy/staging/$nonce" "$root/.deploy/trash/$nonce.staging"
    empty_trash
  fi
}

# A link that Capistrano made names its release by an absolute path.
stands() {
  case $1 in
    /*) [ -d "$1" ] ;;
    *) [ -d "$root/$1" ] ;;
  esac
}

go_back() {
  failed=${pointed#releases/}
  rm -f -- "$root/.current.$nonce"
  if ! ln -s -- "$came_from" "$root/.current.$nonce" ||
    ! mv -T -- "$root/.current.$nonce" "$root/current"; then
    say "note stuck"
    return 0
  fi
  step
  settle_disk "$root"
  encode "${came_from##*/}"
  say "returned =$encoded"
  # A release that was live before stays what it was: the fault may be a passing one.
  recorded=yes
  if ! grep -qs "\"event\":\"live\",\"release\":\"$failed\"" "$root/.deploy/ledger.jsonl"; then
    journal failed "$failed" "${why:+\"why\":\"$why\"}" || recorded=no
  fi
  step
  journal live "${came_from##*/}" "\"from\":\"$failed\",\"why\":\"returned\"${why:+,\"reason\":\"$why\"}" ||
    recorded=no
  [ "$recorded" = yes ] || say "note unrecorded"
  restart_services
}

# What was restarted for the release that failed has its code in memory.
restart_services() {
  left=$program
  while [ -n "$left" ]; do
    line=${left%%
*}
    left=${left#*
}
    case $line in
      *\ service | *\ service\ *)
        # In a subshell, because the number at work stays that of what failed. Not in a condition, where
        # bash ignores `set -e`.
        (carry_out_line "$line")
        ended=$?
        [ "$ended" = 0 ] || say "note unrestarted" ;;
    esac
  done
}
