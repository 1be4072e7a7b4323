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
  # A plan that no longer fits is made anew; nothing has failed.
  [ "$verb" = enter ] || [ "$ended" = 75 ] || each on_failure see_to
}

# each VERB ACTION: calls the action with the fields of every line of the program that has the verb, in
# a shell of its own: whatever becomes of it, the rest goes on.
each() {
  (
    rest=$program
    while [ -n "$rest" ]; do
      line=${rest%%
*}
      rest=${rest#*
}
      case $line in *\ "$1"\ *) ;; *) continue ;; esac
      (each_line "$2" "$line") 2>/dev/null
    done
  )
}

each_line() {
  action=$1
  # shellcheck disable=SC2086  # an encoded line is made to be split
  set -- $2
  shift 2
  count=$#
  while [ "$count" -gt 0 ]; do
    decode "${1#=}"
    shift
    set -- "$@" "$decoded"
    count=$((count - 1))
  done
  "$action" "$@"
}

# Tells the world of a failure, and changes nothing of it. The release may never have been there.
see_to() {
  there="$root/current"
  [ -d "$there/." ] || there=$root
  run_hook "$there" "$@" || status=unknown
  [ "$status" = 0 ] || tell aftermath-failed "$3" "$status"
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
  each service tell_again
}
