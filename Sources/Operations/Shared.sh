# shellcheck shell=sh
# How anything gets into shared/: never over what is there, never through a link that the web
# server's user may have planted, and never by a name that is seen half written.

# Goes into a directory below shared/, step by step, and makes what is missing. Once there, every name is
# relative to a directory that is known to be ours, whatever its path becomes meanwhile.
enter_shared() {
  cd -P -- "$root/shared" || return 1
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
  mkdir -- "./$component"
}

enter_shared_parent() {
  case $1 in
    */*) enter_shared "${1%/*}" ;;
    *) enter_shared '' ;;
  esac
}

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

# bring SOURCE NAME: NAME does not exist here. link(2) overwrites nothing and follows nothing.
bring() { ln -- "$1" "$2" 2>/dev/null || copy_in "$1" "$2"; }

copy_in() {
  for part in "$root/.deploy/staging/$nonce.part" "$root/shared/.deploy-part.$nonce"; do
    rm -f -- "$part"
    cp -p -- "$1" "$part" || return 1
    if ln -- "$part" "$2" 2>/dev/null; then
      rm -f -- "$part"
      return 0
    fi
    rm -f -- "$part"
  done
  echo "$1 could not be copied to shared/: another file system is mounted below it" >&2
  return 1
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

# Names with an end of NUL in a file, `./a b`, to encoded lines. Almost always all of them are plain, and
# then it costs two processes instead of a walk over every byte.
encode_list() {
  if [ -z "$(tr -d 'a-zA-Z0-9_./:@,+\000-' <"$1" | head -c 1 | od -An -tx1)" ]; then
    tr '\000' '\n' <"$1" | cut -c 3-
  else
    encode_names <"$1"
  fi
}

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
