# shellcheck shell=sh
# Gives a release the links to all that was harvested so far. The docroot stays a real
# directory, and so does every directory in which the release ships something: there the
# entries are linked one by one, and shipped names win.
#
# bind RELEASE ROOT: RELEASE is `staged` before the commit
op_bind() {
  case $1 in
    staged) tree="$root/.deploy/staging/$nonce/tree" record="$root/.deploy/staging/$nonce/record" ;;
    *) tree="$root/releases/$1" record="$root/.deploy/manifests/$1" ;;
  esac
  case $2 in .) below= ;; *) below=$2/ ;; esac
  [ -d "$tree/${below}." ] || return 0
  [ -f "$record/links" ] || : >"$record/links"
  held="$root/.deploy/staging/$nonce.held"
  drop_dangling
  if [ -s "$root/.deploy/registry" ]; then
    : >"$held"
    holding=0
    beside=
    while IFS= read -r entry; do
      decode "$entry"
      path=$decoded
      case $path in */*) above=${path%/*} ;; *) above=. ;; esac
      if [ "$above" != "$beside" ] || [ "$holding" -ge 100 ]; then link_held || return 1; fi
      beside=$above
      bind_entry "$path" || return 1
      step
    done <"$root/.deploy/registry"
    link_held || return 1
    rm -f -- "$held"
  fi
  [ ! -s "$root/.deploy/carried" ] || carry_links
}

# A release that was live before has links to what was deleted since.
drop_dangling() {
  known="$root/.deploy/staging/$nonce.links"
  cp -- "$record/links" "$known"
  while IFS= read -r name; do
    decode "$name"
    # Not by the link itself, which leads nowhere yet in a release that is staged.
    if [ ! -L "$tree/$decoded" ] || [ -e "$root/shared/$decoded" ]; then continue; fi
    upward "$decoded"
    point_of "$tree/$decoded"
    [ "$pointed" = "${up}shared/$decoded" ] || continue
    rm -f -- "$tree/$decoded"
    strike "$decoded" "$record/links"
  done <"$known"
  rm -f -- "$known"
}

# bind_entry PATH
bind_entry() {
  kind_of "$root/shared/$1"
  there=$kind
  case $there in
    directory | file) ;;
    missing) return 0 ;;
    # The web server's user may have put it there.
    *)
      tell unbound "$1"
      return 0 ;;
  esac
  can_hold "$1" || return 0
  kind_of "$tree/$1"
  case $kind in
    missing) hold_link "$1" ;;
    link)
      # shellcheck disable=SC3013  # dash, bash and busybox have it, and it costs no process
      if [ "$tree/$1" -ef "$root/shared/$1" ]; then return 0; fi
      upward "$1"
      point_of "$tree/$1"
      [ "$pointed" = "${up}shared/$1" ] || replace_carried "$1" || shipped_wins "$1" ;;
    directory)
      if [ "$there" = file ] && ! is_left_empty "$1"; then
        shipped_wins "$1"
      elif only_keeps_place "$tree/$1"; then
        path=$1
        displace
        bind_link "$1"
      else
        bind_children "$1"
      fi ;;
    *) shipped_wins "$1" ;;
  esac
}

# A link that somebody once made, where there is data by now.
replace_carried() {
  encode "$1"
  grep -Fxqs -- "$encoded" "$record/carried" || return 1
  rm -f -- "$tree/$1"
  bind_link "$1"
}

# Whether the way to a path is one of real directories, made where they are missing.
can_hold() {
  walked=$tree
  rest=$1
  while :; do
    case $rest in */*) ;; *) return 0 ;; esac
    walked="$walked/${rest%%/*}"
    rest=${rest#*/}
    # Behind a link of ours it is in shared/ already.
    [ ! -L "$walked" ] || return 1
    [ -d "$walked" ] || mkdir -- "$walked" 2>/dev/null || { shipped_wins "$1"; return 1; }
  done
}

bind_link() {
  upward "$1"
  ln -sT -- "${up}shared/$1" "$tree/$1" || return 1
  encode "$1"
  printf '%s\n' "$encoded" >>"$record/links"
}

# A site makes hundreds of files in one directory: their links are made by one process. What is below
# another directory than the last entry of the registry is linked at once.
hold_link() {
  case $1 in */*) above=${1%/*} ;; *) above=. ;; esac
  [ "$above" = "$beside" ] || { bind_link "$1"; return; }
  encode "$1"
  printf '%s\n' "$encoded" >>"$held"
  holding=$((holding + 1))
}

link_held() {
  [ "$holding" -gt 0 ] || return 0
  set --
  upward "$beside/name"
  case $beside in .) up=../../ ;; esac
  while IFS= read -r line; do
    decode "$line"
    set -- "$@" "${up}shared/$decoded"
  done <"$held"
  # Each has the last name of what it leads to.
  ln -s -- "$@" "$tree/$beside" 2>/dev/null || :
  while IFS= read -r line; do
    decode "$line"
    if [ -L "$tree/$decoded" ]; then
      printf '%s\n' "$line" >>"$record/links"
    elif [ ! -e "$tree/$decoded" ]; then
      bind_link "$decoded" || return 1
    fi
  done <"$held"
  : >"$held"
  holding=0
}

# A directory that somebody made in a release that was live, and put nothing into.
is_left_empty() {
  [ -z "$(find "$tree/$1" ! -type d | head -c 1)" ] || return 1
  encode "$1"
  ! wanted=$encoded awk '$1 == "d" && $5 == ENVIRON["wanted"] { found = 1 } END { exit !found }' "$record/manifest"
}

# No file in it, or only such as keep a directory in a repository.
only_keeps_place() {
  [ -z "$(find "$1" ! -type d ! -name .gitkeep ! -name .gitignore ! -name .keep ! -name .empty |
    head -c 1)" ]
}

bind_children() {
  for child in "$root/shared/$1"/* "$root/shared/$1"/.[!.]* "$root/shared/$1"/..?*; do
    if [ ! -e "$child" ] && [ ! -L "$child" ]; then continue; fi
    if [ -L "$child" ]; then
      bind_inner "$1/${child##*/}" || return 1
    else
      bind_entry "$1/${child##*/}" || return 1
    fi
  done
}

# A link in a directory that was harvested: the site showed it there, wherever it leads.
bind_inner() {
  kind_of "$tree/$1"
  [ "$kind" != missing ] || bind_link "$1"
}

# Else a file that somebody uploaded could take the place of the application's own.
shipped_wins() {
  encode "$1"
  ! grep -Fq -- " $encoded" "$record/manifest" || tell shadowed "$1"
}

carry_links() {
  while IFS=' ' read -r name target; do
    decode "$name"
    path=$decoded
    decode "$target"
    can_hold "$path" || continue
    kind_of "$tree/$path"
    [ "$kind" = missing ] || continue
    ln -sT -- "$decoded" "$tree/$path" || return 1
    printf '%s\n' "$name" >>"$record/carried"
  done <"$root/.deploy/carried"
}
