# shellcheck shell=sh
# Sends what is in shared/ to the client: names, sizes and digests first, then an archive. Read only, and
# without the lock: the site goes on writing, and the client sees by the digests what changed meanwhile.
#
# pour COMPRESSION ALGORITHM EXCLUDED PATH...: EXCLUDED is an expression for awk; no PATH is all of shared/
op_pour() {
  packing=$1
  algorithm=$2
  excluded=$3
  shift 3
  make_work
  unset TAR_OPTIONS
  cd -P -- "$root/shared" || refuse 1 shared-nothing .
  for path in "$@"; do
    refuse_way "$path"
    [ -e "./$path" ] || [ -L "./$path" ] || refuse 1 shared-nothing "$path"
  done
  for sort in d f l; do
    if [ "$#" = 0 ]; then
      find . -mindepth 1 -type "$sort" -print0 >"$work/$sort.found" || :
    else
      for path in "$@"; do find "./$path" -type "$sort" -print0 || :; done >"$work/$sort.found"
    fi
    leave_out "$work/$sort.found" >"$work/$sort"
  done
  describe_files || refuse 12 restless
  say "algorithm $algorithm"
  list_contents | sed "s/^/$mark$nonce entry /" >&3
  [ ! -s "$root/.deploy/registry" ] ||
    sed "s/^/$mark$nonce fact registered =/" "$root/.deploy/registry" >&3
  cat -- "$work/d" "$work/f" "$work/l" >"$work/all"
  archive | squeeze "$packing" | send_blocks
}

# A link on the way was planted, or is a person's: neither is read through.
refuse_way() {
  walked=.
  rest=$1
  while [ -n "$rest" ]; do
    walked="$walked/${rest%%/*}"
    case $rest in */*) rest=${rest#*/} ;; *) rest= ;; esac
    [ ! -L "$walked" ] || refuse 1 shared-link "${walked#./}"
  done
}

# Names with an end of NUL, without those that the client does not want.
leave_out() {
  if [ -z "$excluded" ]; then
    cat -- "$1"
    return 0
  fi
  encode_list "$1" >"$work/named"
  excluded=$excluded awk '$0 !~ ENVIRON["excluded"]' "$work/named" | end_with_nul
}

end_with_nul() {
  while IFS= read -r name; do printf './%b\000' "$name"; done
}

# Files that vanish while this runs would shift the lists against each other: then all is read anew.
describe_files() {
  turn=0
  while :; do
    encode_list "$work/f" >"$work/f.names"
    xargs -0 -r stat -c '%a %s' -- <"$work/f" >"$work/sizes" 2>/dev/null || :
    digest_files "$algorithm" <"$work/f" >"$work/digests" 2>/dev/null || :
    total=$(($(wc -l <"$work/f.names")))
    if [ "$(($(wc -l <"$work/sizes")))" = "$total" ] &&
      [ "$(($(wc -l <"$work/digests")))" = "$total" ]; then return 0; fi
    turn=$((turn + 1))
    [ "$turn" -lt 6 ] || return 1
    while IFS= read -r name; do
      decode "$name"
      if [ -L "./$decoded" ] || [ ! -f "./$decoded" ]; then continue; fi
      if [ -r "./$decoded" ]; then
        printf './%b\000' "$name"
      elif [ -e "./$decoded" ]; then
        say "fact unreadable =$name"
      fi
    done <"$work/f.names" >"$work/f.left"
    mv -- "$work/f.left" "$work/f"
  done
}

# Lines as in a manifest, without the bits that a release never has.
list_contents() {
  paste -d ' ' "$work/sizes" "$work/digests" "$work/f.names" |
    awk '{ printf "f 0%03d %s %s %s\n", $1 % 1000, $2, $3, $4 }'
  encode_list "$work/d" >"$work/d.names"
  xargs -0 -r stat -c %a -- <"$work/d" 2>/dev/null >"$work/d.modes" || :
  paste -d ' ' "$work/d.modes" "$work/d.names" |
    awk 'NF == 2 { printf "d 0%03d - - %s\n", $1 % 1000, $2 }'
  link_targets <"$work/l" >"$work/targets"
  encode_list "$work/l" | sed 's/^/l 0777 - - /' | paste -d ' ' - "$work/targets"
}

# One archive behind the other, by as many names as fit: tar of busybox reads no list of them, and stores
# what has two names in no other way.
archive() {
  whole=
  if tar --hard-dereference -cf /dev/null -T /dev/null 2>/dev/null; then whole=--hard-dereference; fi
  # shellcheck disable=SC2086  # an option or nothing
  xargs -0 -r tar --no-recursion $whole -cf - -- <"$work/all" 2>/dev/null || :
}

squeeze() {
  case $1 in
    none) cat ;;
    gzip) gzip -1 -c ;;
    zstd) zstd -1 -q -c ;;
  esac
}

# The payload's frames the other way: an event that says how many raw bytes follow it.
send_blocks() {
  while dd bs=1048576 count=1 iflag=fullblock 2>/dev/null >"$work/block" && [ -s "$work/block" ]; do
    say "block $(($(wc -c <"$work/block")))"
    cat -- "$work/block" >&3 || return 1
  done
}
