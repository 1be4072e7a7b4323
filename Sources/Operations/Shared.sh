# shellcheck shell=sh
# What is done with what is in the way of a file on its way into shared/, and the book of what came there.

# place SOURCE PATH: a file of a release becomes shared/PATH, without a copy where that can be: then
# whoever has it open goes on writing to the same file. Of two contents the newer stays, the other is kept;
# of two that are equally old (busybox counts seconds), the one that the site shows.
# shellcheck disable=SC3013  # dash, bash and busybox know -ef and -nt
place() {
  (
    enter_shared_parent "$2" || exit 1
    name="./${2##*/}"
    kind_of "$name"
    case $kind in
      missing) bring "$1" "$name" ;;
      file)
        if [ "$1" -ef "$name" ] || cmp -s -- "$1" "$name"; then exit 0; fi
        tell conflict "$2"
        if [ "$name" -nt "$1" ]; then
          set_aside "$1" conflicts "$2"
        else
          set_aside "$name" conflicts "$2" && rm -f -- "$name" && bring "$1" "$name"
        fi ;;
      *)
        tell conflict "$2"
        set_aside "$1" conflicts "$2" ;;
    esac
  )
}

# set_aside FILE WHY PATH: keeps a content that is not to be served, under .deploy/kept/RELEASE/WHY/PATH.
set_aside() {
  kept="$root/.deploy/kept/$release/$2/$3"
  [ -d "$root/.deploy/kept" ] || mkdir -m 0700 -- "$root/.deploy/kept" || return 1
  # A file was kept where there was a directory later.
  mkdir -p -- "${kept%/*}" 2>/dev/null || {
    kept="$root/.deploy/kept/$release/$2.$nonce/$3"
    mkdir -p -- "${kept%/*}" || return 1
  }
  copies=
  while [ -e "$kept$copies" ]; do
    ! cmp -s -- "$1" "$kept$copies" || return 0
    copies=.$((${copies#.} + 1))
  done
  cp -p -- "$1" "$root/.deploy/staging/$nonce.aside" &&
    mv -T -- "$root/.deploy/staging/$nonce.aside" "$kept$copies"
}

# tell NOTE PATH...
tell() {
  told="note $1"
  shift
  for word in "$@"; do
    encode "$word"
    told="$told =$encoded"
  done
  say "$told"
}

same_device() { [ "$(stat -c %d -- "$1")" = "$(stat -c %d -- "$2")" ]; }

# --- The book of what was harvested ---------------------------------------------------------------

# .deploy/registry: paths that appeared while a site ran and live in shared/ since then.
register() {
  encode "$1"
  grep -Fxqs -- "$encoded" "$root/.deploy/registry" ||
    printf '%s\n' "$encoded" >>"$root/.deploy/registry"
}

unregister() { strike "$1" "$root/.deploy/registry"; }

# strike PATH LIST: takes the line out.
strike() {
  [ -f "$2" ] || return 0
  encode "$1"
  grep -Fxv -- "$encoded" "$2" >"$root/.deploy/staging/$nonce.list" || :
  mv -T -- "$root/.deploy/staging/$nonce.list" "$2"
}

# Whether a path, or a directory that it is in, was harvested.
registered() {
  covered=$1
  while :; do
    encode "$covered"
    ! grep -Fxqs -- "$encoded" "$root/.deploy/registry" || return 0
    case $covered in */*) covered=${covered%/*} ;; *) return 1 ;; esac
  done
}
