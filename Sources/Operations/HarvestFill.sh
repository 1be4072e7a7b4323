# shellcheck shell=sh
# How a directory of a release becomes one of shared/, with all that is in it.

# shared/PATH holds afterwards what the directory holds: as the same files where the file system allows
# it. Sets `filled`: a file of that name in shared/ is in the way, and then a copy is kept aside.
fill_shared() {
  filled=yes
  note_names "$1" || return 1
  kind_of "$root/shared/$2"
  case $kind in
    missing) new_shared_directory "$1" "$2" ;;
    directory | link) merge_directory "$1" "$2" ;;
    *)
      filled=no
      tell conflict "$2"
      keep_directory "$1" "$2" ;;
  esac
}

keep_directory() {
  (cd -- "$1" && find . -mindepth 1 -type f -print0) >"$finds/merge" || return 1
  encode_list "$finds/merge" >"$finds/merge.names"
  while IFS= read -r entry; do
    decode "$entry"
    set_aside "$1/$decoded" conflicts "$2/$decoded" || return 1
  done <"$finds/merge.names"
}

new_shared_directory() {
  (enter_shared_parent "$2") || return 1
  copy="$root/.deploy/staging/$nonce.part"
  same_device "$root/.deploy/staging" "$root/shared" || copy="$root/shared/.deploy-part.$nonce"
  rm -rf -- "$copy"
  # Links to the same files; or copies, over the border of a file system or of a user.
  cp -al -- "$1" "$copy" 2>/dev/null || {
    rm -rf -- "$copy"
    cp -a -- "$1" "$copy" || return 1
    settle_disk "$copy"
    : >"$finds/copied"
  }
  step
  (enter_shared_parent "$2" && mv -T -- "$copy" "./${2##*/}")
}

merge_directory() {
  (cd -- "$1" && find . -mindepth 1 -type f -print0) >"$finds/merge" || return 1
  encode_list "$finds/merge" >"$finds/merge.names"
  while IFS= read -r entry; do
    decode "$entry"
    place "$1/$decoded" "$2/$decoded" || return 1
  done <"$finds/merge.names"
}

# `INODE NAME` of every file, by which late writes are told from what was copied.
note_names() {
  (cd -- "$1" && find . -mindepth 1 -type f -print0) >"$finds/inside" || return 1
  encode_list "$finds/inside" >"$finds/inside.names"
  (cd -- "$1" && xargs -0 -r stat -c %i -- <"$finds/inside") >"$finds/inside.nodes" || return 1
  paste -d ' ' "$finds/inside.nodes" "$finds/inside.names" >"$finds/noted"
}

# A directory goes to shared/ with the links in it, which counted their way from the release.
mend_links() {
  (cd -- "$tree/$1" && find . -mindepth 1 -type l -print0) >"$finds/inner" || return 1
  [ -s "$finds/inner" ] || return 0
  encode_list "$finds/inner" >"$finds/inner.names"
  home=$(cd -P -- "$root" && pwd -P)
  while IFS= read -r entry; do
    decode "$entry"
    mend_link "$1" "$1/$decoded" || return 1
  done <"$finds/inner.names"
}

# mend_link UNIT PATH
mend_link() {
  encode "$2"
  name=$encoded
  # A link of ours that has another name now, perhaps where it leads nowhere.
  if leads_to_shared; then
    (enter_shared_parent "$2" && rm -f -- "./${2##*/}") || return 1
    move_shared "$before" "$2" || return 1
    forget_link "$before"
    return 0
  fi
  [ -e "$tree/$2" ] || return 0
  real=$(readlink -f -- "$tree/$2") || return 0
  upward "$2"
  up=${up#../}
  case $real in
    "$home/releases/$release/$1"/*) target="${up}shared/${real#"$home/releases/$release/"}" ;;
    "$home/releases/$release"/*) target="${up}current/${real#"$home/releases/$release/"}" ;;
    "$home"/shared/*) target="${up}shared/${real#"$home/shared/"}" ;;
    *) point_of "$tree/$2"; target=$pointed ;;
  esac
  (
    enter_shared_parent "$2" || exit 1
    if [ -e "./${2##*/}" ] && [ ! -L "./${2##*/}" ]; then exit 0; fi
    ln -s -- "$target" "./.link.$nonce" && mv -T -- "./.link.$nonce" "./${2##*/}"
  )
}
