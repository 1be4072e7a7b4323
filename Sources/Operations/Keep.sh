# shellcheck shell=sh
# A path of the live release becomes shared by a person's word, and comes back by it.

# keep PATH SHIPPED: SHIPPED says whether it may be something that the release ships
op_keep() {
  begin_keeping "$1"
  kind_of "$tree/$1"
  case $kind in
    file | directory) ;;
    link)
      point_of "$tree/$1"
      refuse 17 keep-link "$1" "$pointed" ;;
    *) refuse 17 keep-nothing "$1" "$release" ;;
  esac
  [ "$2" = yes ] || refuse_shipped "$1"
  find "$tree/$1" -type l -print0 >"$finds/links"
  [ ! -s "$finds/links" ] || refuse_links_of_ours "$1"
  "harvest_$kind" "$1" || return 1
  [ "${filled-yes}" = yes ] || refuse 17 keep-taken "$1"
  settle_disk "$root"
  rm -rf -- "$finds"
}

# Sets what the functions of a harvest need, for the live release.
begin_keeping() {
  point_of "$root/current"
  release=${pointed#releases/}
  case $release in '' | */*) refuse 17 no-live ;; esac
  tree="$root/releases/$release"
  record="$root/.deploy/manifests/$release"
  finds="$root/.deploy/staging/$nonce.finds"
  rm -rf -- "$finds"
  mkdir -- "$finds"
  mkdir -p -- "$record"
  : >"$finds/units"
  harvested=0
  walked=$tree
  rest=$1
  while :; do
    case $rest in */*) ;; *) return 0 ;; esac
    walked="$walked/${rest%%/*}"
    rest=${rest#*/}
    [ ! -L "$walked" ] || refuse 17 keep-link "${walked#"$tree"/}" "$(readlink -- "$walked")"
  done
}

refuse_shipped() {
  [ -f "$record/manifest" ] || return 0
  encode "$1"
  path=$encoded awk '
    BEGIN { path = ENVIRON["path"] }
    $1 != "d" && ($5 == path || index($5, path "/") == 1) { print $5 }' \
    "$record/manifest" >"$finds/shipped"
  [ -s "$finds/shipped" ] || return 0
  decode "$(sed -n 1p "$finds/shipped")"
  refuse 17 keep-shipped "$1" "$(($(wc -l <"$finds/shipped")))" "$decoded"
}

# A link to shared/ that moved into shared/ would lead to itself or nowhere.
refuse_links_of_ours() {
  [ -s "$record/links" ] || return 0
  encode "$1"
  inner=$(path=$encoded awk 'index($0, ENVIRON["path"] "/") == 1 { print; exit }' "$record/links")
  [ -z "$inner" ] || { decode "$inner"; refuse 17 keep-inside "$1" "$decoded"; }
}

# unkeep PATH: a real copy stands in the live release afterwards; what was shared is kept aside.
op_unkeep() {
  begin_keeping "$1"
  upward "$1"
  point_of "$tree/$1"
  [ "$pointed" = "${up}shared/$1" ] || refuse 17 unkeep-nothing "$1" "$release"
  refuse_shared_way "$1"
  kept="$root/.deploy/kept/$release/released/$1"
  [ ! -e "$kept" ] || kept="$kept.$nonce"
  mkdir -p -- "${kept%/*}"
  chmod -- 0700 "$root/.deploy/kept"
  copy="$root/.deploy/staging/$nonce.part"
  : >"$finds/since"
  cp -a -- "$root/shared/$1" "$copy"
  settle_disk "$copy"
  step
  # Before the swap: what is known is not harvested again.
  (cd -- "$root/.deploy/staging" && find "./$nonce.part" ! -type d -print0) >"$finds/copied.names"
  encode "$1"
  encode_list "$finds/copied.names" | path=$encoded awk -v skip="${#nonce}" '
    { print ENVIRON["path"] substr($0, skip + 6) }' >>"$record/made"
  swap_real "$copy" "$tree/$1"
  step
  unregister "$1"
  encode "$1"
  grep -Fxv -- "$encoded" "$record/links" >"$record/links.$nonce" || :
  mv -T -- "$record/links.$nonce" "$record/links"
  (enter_shared_parent "$1" && mv -T -- "./${1##*/}" "$kept")
  late=$(find "$kept" -type f -newer "$finds/since" -print | wc -l)
  tell released "$1" "${kept#"$root"/}" "$((late))"
  settle_disk "$root"
  rm -rf -- "$finds"
}

refuse_shared_way() {
  walked="$root/shared"
  rest=$1
  while [ -n "$rest" ]; do
    walked="$walked/${rest%%/*}"
    case $rest in */*) rest=${rest#*/} ;; *) rest= ;; esac
    [ ! -L "$walked" ] || refuse 17 shared-link "${walked#"$root"/shared/}"
  done
}

# swap_real SOURCE PLACE: PLACE is a link of ours.
swap_real() {
  if exchange "$1" "$2"; then
    rm -f -- "$1"
  else
    rm -f -- "$2" && mv -T -- "$1" "$2"
  fi
}
