# shellcheck shell=sh
# Puts everything back as it was before the adoption, by the book it left. Copies that were
# made then are deleted only when nobody has changed them since.
#
# unadopt
op_unadopt() {
  book="$root/.deploy/adoption"
  [ -f "$book" ] || refuse 17 not-adopted
  trap '' TERM
  case $(sed -n 's/^layout //p' "$book") in
    releases) put_link_back ;;
    directory) put_directory_back ;;
    plain) take_copies_away ;;
    *) echo "$book cannot be read" >&2; false ;;
  esac || return 1
  settle_disk "$root"
  forget_adoption
}

put_link_back() {
  before=$(sed -n 's/^current =//p' "$book")
  decode "$before"
  point_of "$root/current"
  [ "$pointed" != "$decoded" ] || return 0
  rm -f -- "$root/.current.$nonce"
  ln -s -- "$decoded" "$root/.current.$nonce" && mv -T -- "$root/.current.$nonce" "$root/current"
}

put_directory_back() {
  release=$(sed -n 's/^moved //p' "$book")
  [ -n "$release" ] && [ -d "$root/releases/$release" ] || return 0
  bring_home "$root/releases/$release" || return 1
  kind_of "$root/current"
  case $kind in
    link) mv -T -- "$root/current" "$root/.current.$nonce" || return 1 ;;
    missing) ;;
    *) echo "$root/current is a $kind by now" >&2; return 1 ;;
  esac
  if ! mv -T -- "$root/releases/$release" "$root/current"; then
    mv -T -- "$root/.current.$nonce" "$root/current"
    return 1
  fi
  rm -f -- "$root/.current.$nonce"
}

# What was moved to shared/ or aside returns to its place in the release.
bring_home() {
  aside="$root/.deploy/manifests/${1##*/}/displaced"
  # shellcheck disable=SC2013  # Encoded names hold no blanks.
  for wanted in $(cat -- "$root/.deploy/manifests/${1##*/}/links" 2>/dev/null); do
    decode "$wanted"
    if [ -L "$1/$decoded" ] && [ -e "$aside/$decoded" ]; then
      rm -f -- "$1/$decoded" && mv -T -- "$aside/$decoded" "$1/$decoded" || return 1
    fi
  done
  sed -n 's/^shared =\([^ ]*\) .*/\1/p' "$book" | while IFS= read -r wanted; do
    decode "$wanted"
    [ -e "$root/shared/$decoded" ] || continue
    if [ -L "$1/$decoded" ]; then rm -f -- "$1/$decoded" || return 1; fi
    kind_of "$1/$decoded"
    if [ "$kind" != missing ]; then continue; fi
    mv -T -- "$root/shared/$decoded" "$1/$decoded" || return 1
    drop_empty_parents "$decoded"
  done || return 1
  sed -n 's/^link =\([^ ]*\) =\(.*\)/\1 \2/p' "$book" | while IFS=' ' read -r wanted target; do
    decode "$wanted"
    place="$1/$decoded"
    [ -L "$place" ] || continue
    decode "$target"
    ln -s -- "$decoded" "$place.$nonce" && mv -T -- "$place.$nonce" "$place" || return 1
  done
}

take_copies_away() {
  release=$(sed -n 's/^copied //p' "$book")
  if [ -n "$release" ] && [ -d "$root/releases/$release" ]; then
    unchanged "$release" || return 1
  fi
  sed -n 's/^shared =\([^ ]*\) \(.*\)/\1 \2/p' "$book" | while IFS=' ' read -r wanted known; do
    decode "$wanted"
    place="$root/shared/$decoded"
    [ -e "$place" ] || continue
    fingerprint "$place" || return 1
    [ "$print" = "$known" ] || {
      echo "shared/$decoded was changed since the adoption" >&2
      return 1
    }
  done || return 1
  point_of "$root/current"
  if [ -n "$release" ] && [ "$pointed" = "releases/$release" ]; then rm -f -- "$root/current"; fi
  # Compared once more where no visitor writes any longer: an upload can have come in between.
  sed -n 's/^shared =\([^ ]*\) \(.*\)/\1 \2/p' "$book" | while IFS=' ' read -r wanted known; do
    decode "$wanted"
    place="$root/shared/$decoded"
    [ -e "$place" ] || continue
    aside="$root/.deploy/staging/$nonce.$(printf %s "$wanted" | tr / _)"
    mv -T -- "$place" "$aside" || return 1
    fingerprint "$aside" || return 1
    [ "$print" = "$known" ] || {
      mv -T -- "$aside" "$place"
      echo "shared/$decoded was changed while the adoption was undone; it is where it was" >&2
      return 1
    }
    drop_empty_parents "$decoded"
  done || {
    [ -z "$release" ] || [ -e "$root/current" ] || ln -s -- "releases/$release" "$root/current"
    return 1
  }
  [ -z "$release" ] || [ ! -d "$root/releases/$release" ] ||
    mv -T -- "$root/releases/$release" "$root/.deploy/trash/$nonce.$release"
  for aside in "$root/.deploy/staging/$nonce."*; do
    [ ! -e "$aside" ] || mv -- "$aside" "$root/.deploy/trash/"
  done
  empty_trash
}

unchanged() {
  record="$root/.deploy/manifests/$1"
  [ -f "$record/manifest" ] || return 0
  again="$root/.deploy/staging/$nonce"
  mkdir -- "$again" || return 1
  describe_release "$1" "$(sed -n 1p "$record/algorithm")" "$again" || return 1
  cmp -s -- "$record/manifest" "$again/manifest" || {
    echo "releases/$1 was changed since the adoption" >&2
    return 1
  }
  rm -rf -- "$again"
}

drop_empty_parents() {
  parent=$1
  while :; do
    case $parent in */*) parent=${parent%/*} ;; *) return 0 ;; esac
    rmdir -- "$root/shared/$parent" 2>/dev/null || return 0
  done
}

# Our own traces: what was made for the adoption goes, what was here before stays.
forget_adoption() {
  discard_standby || :
  # shellcheck disable=SC2013  # Nor do names of releases.
  for release in $(sed -n 's/^release //p' "$book"); do
    journal unadopted "$release" '' || return 1
    left="$root/.deploy/manifests/$release"
    if [ -z "$(find "$left/displaced" ! -type d 2>/dev/null | head -n 1)" ]; then rm -rf -- "$left"; fi
  done
  made=" $(sed -n 's/^made //p' "$book" | tr '\n' ' ')"
  rm -f -- "$book"
  for place in releases shared; do
    case $made in
      *" $place "*) rmdir -- "$root/$place" 2>/dev/null || say "note kept $place" ;;
    esac
  done
  case $made in *" .deploy "*) ;; *) return 0 ;; esac
  kept=$(
    find "$root/.deploy/manifests" -path '*/displaced/*' ! -type d
    find "$root/.deploy/trash" ! -type d
  )
  if [ -n "$kept" ]; then
    say "note kept .deploy"
  else
    rm -rf -- "$root/.deploy"
  fi
}
