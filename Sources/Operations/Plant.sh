# shellcheck shell=sh
# How a file gets into `$shared`: never over what is there, never through a link that the web server's
# user may have planted, and never by a name that is seen half written. `$staging` is a place of ours.
# The agent and the boot script of a container both do it this way.

# Goes into a directory below shared/, step by step, and makes what is missing. Once there, every name is
# relative to a directory that is known to be ours, whatever its path becomes meanwhile.
enter_shared() {
  cd -P -- "$shared" || return 1
  passed=
  ahead=$1
  while [ -n "$ahead" ]; do
    component=${ahead%%/*}
    case $ahead in */*) ahead=${ahead#*/} ;; *) ahead= ;; esac
    passed="$passed${passed:+/}$component"
    expected="$PWD/$component"
    [ ! -L "./$component" ] || refuse_outside "$passed"
    [ -d "./$component" ] || make_way || return 1
    cd -P -- "./$component" || return 1
    [ "$PWD" = "$expected" ] || refuse_outside "$passed"
  done
}

# A file in shared/ whose place is that of a directory now: what the site shows wins, the file is kept.
make_way() {
  if [ -f "./$component" ] && [ -n "${release-}" ]; then
    tell conflict "$passed"
    set_aside "./$component" conflicts "$passed" && rm -f -- "./$component" || return 1
  fi
  # Two may start at once, and both make it.
  mkdir -- "./$component" 2>/dev/null || [ -d "./$component" ] || mkdir -- "./$component"
}

enter_shared_parent() {
  case $1 in
    */*) enter_shared "${1%/*}" ;;
    *) enter_shared '' ;;
  esac
}

# bring SOURCE NAME: NAME does not exist here. link(2) overwrites nothing and follows nothing.
bring() { ln -- "$1" "$2" 2>/dev/null || copy_in "$1" "$2"; }

copy_in() {
  for part in "$staging/$nonce.part" "$shared/.deploy-part.$nonce"; do
    rm -f -- "$part"
    cp -p -- "$1" "$part" || return 1
    if ln -- "$part" "$2" 2>/dev/null; then
      rm -f -- "$part"
      return 0
    fi
    rm -f -- "$part"
  done
  [ -e "$2" ] || echo "$1 could not be copied to $shared: another file system is mounted below it" >&2
  return 1
}

# Whether shared/ has something at a path, or a file where a directory of it would be.
held_by_shared() {
  held=$1
  [ ! -e "$shared/$held" ] || return 0
  while :; do
    case $held in */*) held=${held%/*} ;; *) return 1 ;; esac
    if [ -d "$shared/$held" ]; then return 1; fi
    [ ! -e "$shared/$held" ] || return 0
  done
}
