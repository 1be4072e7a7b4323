# shellcheck shell=sh
# What could lose data, or keep the application from reaching it: read only, but for the probe, which
# makes and removes one empty file a directory when a person names the web server's user.

# The links of one release into shared/. audit RELEASE ROOT DECLARED...
op_audit() {
  release=$1
  tree="$root/releases/$1"
  record="$root/.deploy/manifests/$1"
  case $2 in .) below= ;; *) below=$2/ ;; esac
  shift 2
  [ -d "$tree" ] || return 0
  home=$(cd -P -- "$root" && pwd -P)
  make_work
  for path in "$@"; do
    encode "$path"
    printf '%s\n' "$encoded"
  done >"$work/declared"
  [ -f "$record/links" ] && book="$record/links" || book="$work/declared"
  awk '!($0 in seen) { seen[$0] = 1; print }' "$work/declared" "$book" >"$work/paths"
  sound=0
  while IFS= read -r name; do
    decode "$name"
    audit_link "$decoded"
  done <"$work/paths"
  say "fact sound $sound"
  audit_strangers
}

audit_link() {
  upward "$1"
  point_of "$tree/$1"
  there=yes
  [ -e "$root/shared/$1" ] || [ -L "$root/shared/$1" ] || there=no
  if [ -z "$pointed" ]; then
    kind_of "$tree/$1"
    if [ "$kind" = missing ]; then state=missing; else state=real; fi
  else
    state_of_link "$1"
  fi
  if [ "$state" = ok ]; then sound=$((sound + 1)); return 0; fi
  encode "$1"
  path=$encoded
  encode "$pointed"
  say "fact link $state $there =$path =$encoded"
}

# Sets `state` of a link that leads to `pointed`.
state_of_link() {
  real=$(readlink -f -- "$tree/$1") || real=
  case $pointed in
    /*) state=absolute ;;
    "${up}shared/$1")
      state=ok
      [ -e "$tree/$1" ] || state=dangling ;;
    *) state=wrong ;;
  esac
  case $real in
    "$home/releases/$release" | "$home/releases/$release"/*) ;;
    "$home"/releases/*) state=foreign ;;
  esac
}

# Links of the application's own below the docroot.
audit_strangers() {
  if [ ! -d "$tree/$below." ] || [ -L "$tree/${below%/}" ]; then return 0; fi
  (cd -- "$tree" && find "./$below." -type l -print0) >"$work/found"
  encode_list "$work/found" | sed 's|/\./|/|;s|^\./||' | head -n 2000 >"$work/strangers"
  while IFS= read -r name; do
    if grep -Fxq -- "$name" "$work/paths"; then continue; fi
    decode "$name"
    point_of "$tree/$decoded"
    upward "$decoded"
    state_of_link "$decoded"
    if [ "$state" = wrong ]; then
      [ ! -e "$tree/$decoded" ] || continue
      state=dangling
    fi
    encode "$pointed"
    say "fact stranger $state =$name =$encoded"
  done <"$work/strangers"
}

# Modes in shared/ that let others in. modes
op_modes() {
  [ -d "$root/shared/." ] || return 0
  make_work
  cd -P -- "$root/shared" || return 1
  find . ! -type l -perm -0002 -print0 >"$work/found" 2>/dev/null || :
  tell_modes open
  find . -type f \( -name .env -o -name '.env.*' -o -name '*.key' \) \( -perm -0040 -o -perm -0020 \
    -o -perm -0010 -o -perm -0004 -o -perm -0002 -o -perm -0001 \) -print0 \
    >"$work/found" 2>/dev/null || :
  tell_modes secret
}

tell_modes() {
  encode_list "$work/found" >"$work/names"
  [ -s "$work/names" ] || return 0
  say "fact modes $1 $(($(wc -l <"$work/names")))"
  head -n 20 <"$work/names" >"$work/some"
  while IFS= read -r name; do
    [ -n "$name" ] || name=.
    decode "$name"
    say "fact mode $1 =$name $(stat -c '%a %U %G' -- "./$decoded")"
  done <"$work/some"
}

# Real files of a release that match. dangers RELEASE EXPRESSION...
op_dangers() {
  tree="$root/releases/$1"
  shift
  [ -d "$tree" ] || return 0
  make_work
  (cd -- "$tree" && find . -type f -print0) >"$work/found" || :
  encode_list "$work/found" >"$work/names"
  number=0
  for expression in "$@"; do
    expression=$expression awk '$0 ~ ENVIRON["expression"]' "$work/names" | head -n 100 |
      sed "s/^/$mark$nonce fact danger $number =/" >&3
    number=$((number + 1))
  done
}

# Files in which a framework wrote down the path of a release. caches RELEASE EXPRESSION
op_caches() {
  tree="$root/releases/$1"
  [ -d "$tree" ] || return 0
  make_work
  home=$(cd -P -- "$root" && pwd -P)
  (cd -- "$tree" && find -L . -type f -print0 2>/dev/null) >"$work/found" || :
  encode_list "$work/found" >"$work/names"
  expression=$2 awk '$0 ~ ENVIRON["expression"]' "$work/names" | head -n 200 >"$work/caches"
  while IFS= read -r name; do
    decode "$name"
    grep -aoF -e "$root/releases/" -e "$home/releases/" -- "$tree/$decoded" >/dev/null 2>&1 || continue
    other=$(grep -ao 'releases/[A-Za-z0-9._-]*' "$tree/$decoded" | cut -d / -f 2 | sort -u |
      while IFS= read -r id; do
        [ "$id" = "$1" ] || [ -z "$id" ] || { printf %s "$id"; break; }
      done)
    [ -z "$other" ] || say "fact cache =$name $other"
  done <"$work/caches"
}

# Whether a user can write in directories of shared/. writable USER PATH...
op_writable() {
  user=$1
  shift
  find_way_to_be
  say "fact prober $way"
  [ "$way" != none ] || return 0
  home=$(cd -P -- "$root" && pwd -P)
  for path in "$@"; do
    place="$home/shared/$path"
    if [ ! -d "$place" ] || [ -L "$place" ]; then continue; fi
    # shellcheck disable=SC2016  # the other user's shell expands it
    if be 'cd -P -- "$1" && [ "$(pwd -P)" = "$1" ] && set -C && : >"./$2" && rm -f -- "./$2"' \
      "$place" ".deploy-probe.$nonce" >/dev/null 2>&1; then said=yes; else said=no; fi
    encode "$path"
    say "fact writes $said =$encoded $(stat -c '%a %U %G' -- "$place")"
  done
}

find_way_to_be() {
  for way in self setpriv su sudo; do
    # The user is known by what it says of itself, not by a status.
    # shellcheck disable=SC2016  # the other user's shell expands it
    [ "$(be 'id -un' 2>/dev/null </dev/null)" != "$user" ] || return 0
  done
  way=none
}

# be SCRIPT ARGUMENT...
be() {
  script=$1
  shift
  case $way in
    self) limit 10 sh -c "$script" sh "$@" ;;
    setpriv)
      limit 10 setpriv --reuid="$(id -u -- "$user")" --regid="$(id -g -- "$user")" --init-groups \
        sh -c "$script" sh "$@" ;;
    su) limit 10 su -s /bin/sh "$user" -c "$script" sh "$@" ;;
    sudo) limit 10 sudo -n -u "$user" -- sh -c "$script" sh "$@" ;;
  esac </dev/null
}
