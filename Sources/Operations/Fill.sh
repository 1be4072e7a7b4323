# shellcheck shell=sh
# Puts files that were received into shared/, one by one: never through a link, never over a file that
# is there, unless that was asked for, and then the old content is kept.

# fill PATH FORCE: what is staged goes below shared/PATH
op_fill() {
  stage="$root/.deploy/staging/$nonce"
  finds="$stage/look"
  release="push-$(date -u +%Y%m%d-%H%M%S)"
  mkdir -- "$finds"
  (cd -- "$stage/tree" && find . -mindepth 1 -type d -print0) >"$finds/found"
  encode_list "$finds/found" | LC_ALL=C sort >"$finds/directories"
  (cd -- "$stage/tree" && find . -type f -print0) >"$finds/found"
  encode_list "$finds/found" >"$finds/files"
  refuse_way_shared "$1"
  [ "$2" = yes ] || refuse_existing "$1"
  (enter_shared "$1")
  while IFS= read -r name; do
    decode "$name"
    fill_directory "$stage/tree/$decoded" "$1/$decoded" || return 1
  done <"$finds/directories"
  filled=0
  while IFS= read -r name; do
    decode "$name"
    fill_file "$stage/tree/$decoded" "$1/$decoded" || return 1
    filled=$((filled + 1))
    step
  done <"$finds/files"
  settle_disk "$root/shared"
  tell filled "$1" "$filled"
}

refuse_way_shared() { (cd -P -- "$root/shared" && refuse_way "$1"); }

# Before the first file is placed: all of it or nothing.
refuse_existing() {
  count=0
  first=
  while IFS= read -r name; do
    decode "$name"
    there="$root/shared/$1/$decoded"
    kind_of "$there"
    case $kind in
      missing) continue ;;
      file) ! cmp -s -- "$stage/tree/$decoded" "$there" || continue ;;
    esac
    count=$((count + 1))
    [ -n "$first" ] || first=$1/$decoded
  done <"$finds/files"
  [ "$count" = 0 ] || refuse 17 fill-exists "$count" "$first"
}

fill_directory() {
  kind_of "$root/shared/$2"
  [ "$kind" = missing ] || { (enter_shared "$2"); return; }
  (enter_shared "$2" && chmod -- "$(stat -c %a -- "$1")" . && as_parent_owns ../. .)
}

fill_file() {
  (
    enter_shared_parent "$2" || exit 1
    name="./${2##*/}"
    kind_of "$name"
    case $kind in
      missing) ;;
      file)
        ! cmp -s -- "$1" "$name" || exit 0
        set_aside "$name" replaced "$2" || exit 1
        tell replaced "$2" ".deploy/kept/$release/replaced" ;;
      *) refuse 17 fill-kind "$2" "$kind" ;;
    esac
    as_parent_owns . "$1" || exit 1
    if [ "$kind" = missing ]; then bring "$1" "$name"; else mv -T -- "$1" "$name"; fi
  )
}

# as_parent_owns PARENT NAME: what root brings belongs to whom the directory belongs to, which is
# often the web server's user.
as_parent_owns() {
  [ "$(id -u)" = 0 ] || return 0
  chown -h -- "$(stat -c %u:%g -- "$1")" "$2"
}
