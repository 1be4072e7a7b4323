# shellcheck shell=sh
# Puts a relative link to shared/PATH into a release, without deleting anything: what the
# release itself ships there is moved beside its manifest, after it went to shared/ as a default.
#
# link RELEASE PATH KIND [wanted]: RELEASE is `staged` before the commit; KIND is directory or file;
# `wanted` is for what not every application has
op_link() {
  case $1 in
    staged) tree="$root/.deploy/staging/$nonce/tree" record="$root/.deploy/staging/$nonce/record" ;;
    *) tree="$root/releases/$1" record="$root/.deploy/manifests/$1" ;;
  esac
  path=$2
  if [ "${4-}" = wanted ] && [ ! -e "$tree/$path" ] && [ ! -e "$root/shared/$path" ]; then
    return 0
  fi
  prepare_shared "$path" "$3"
  walk_to_parent "$tree" "$path"
  upward "$path"
  target="${up}shared/$path"
  kind_of "$tree/$path"
  case $kind in
    link) replace_link ;;
    missing) ln -s -- "$target" "$tree/$path" ;;
    "$3")
      [ "$kind" = file ] || seed "$tree/$path" "$path"
      displace
      ln -s -- "$target" "$tree/$path" ;;
    *) refuse 12 mismatch "$path" "$kind" "$3" ;;
  esac
  step
  mkdir -p -- "$record"
  encode "$path"
  grep -Fxqs -- "$encoded" "$record/links" || printf '%s\n' "$encoded" >>"$record/links"
}

# shared/PATH exists afterwards. A file that is missing is never made up: an empty .env
# serves worse than a stop.
prepare_shared() {
  walk_shared "$1"
  kind_of "$root/shared/$1"
  case $kind in
    missing)
      [ "$2" = directory ] || refuse 12 shared-missing "$1"
      mkdir -p -- "$root/shared/$1" ;;
    link)
      # Asked first: readlink -f of busybox fails on a link to nothing.
      [ -e "$root/shared/$1" ] || refuse 12 shared-missing "$1"
      refuse_outside "$1"
      kind_of "$real"
      case $kind in
        "$2") ;;
        missing) refuse 12 shared-missing "$1" ;;
        *) refuse 12 mismatch "shared/$1" "$kind" "$2" ;;
      esac ;;
    "$2") ;;
    *) refuse 12 mismatch "shared/$1" "$kind" "$2" ;;
  esac
}

# The web server's user may write below shared/ and plant a link there: what lies on the way is looked at
# before anything is made behind it.
walk_shared() {
  passed=
  ahead=$1
  while :; do
    case $ahead in */*) ;; *) return 0 ;; esac
    passed="$passed${passed:+/}${ahead%%/*}"
    ahead=${ahead#*/}
    kind_of "$root/shared/$passed"
    case $kind in
      directory | missing) ;;
      link) refuse_outside "$passed" ;;
      *) refuse 12 mismatch "shared/$passed" "$kind" directory ;;
    esac
  done
}

# Sets `real`. A link in shared/ may lead elsewhere in the application, but not into what one release
# owns, and not to things of ours.
refuse_outside() {
  real=$(readlink -f -- "$root/shared/$1") || real=
  home=$(cd -P -- "$root" && pwd -P)
  case $real in
    "$home"/releases | "$home"/releases/* | "$home"/current | "$home"/current/*) ;;
    "$home"/.deploy | "$home"/.deploy/*) ;;
    "$home"/*) return 0 ;;
  esac
  refuse 12 shared-outside "$1" "$(readlink -- "$root/shared/$1")"
}

# Every directory on the way is a real one of the release: nothing is written through a link.
walk_to_parent() {
  walked=$1
  rest=$2
  while :; do
    case $rest in */*) ;; *) return 0 ;; esac
    walked="$walked/${rest%%/*}"
    rest=${rest#*/}
    kind_of "$walked"
    case $kind in
      directory) ;;
      missing) mkdir -- "$walked" ;;
      *) refuse 12 mismatch "${walked#"$1"/}" "$kind" directory ;;
    esac
  done
}

# Sets `up`: from the place of the link, in releases/ID/…, back to the root.
upward() {
  up=../../
  rest=$1
  while :; do
    case $rest in */*) ;; *) return 0 ;; esac
    up="../$up"
    rest=${rest#*/}
  done
}

replace_link() {
  point_of "$tree/$path"
  [ "$pointed" != "$target" ] || return 0
  case $pointed in
    *../shared/* | "$root"/shared/*)
      ln -s -- "$target" "$tree/$path.$nonce"
      mv -T -- "$tree/$path.$nonce" "$tree/$path" ;;
    *) refuse 12 own-link "$path" "$pointed" ;;
  esac
}

displace() {
  aside="$record/displaced/$path"
  mkdir -p -- "${aside%/*}"
  [ ! -e "$aside" ] || aside="$aside.$nonce"
  mv -T -- "$tree/$path" "$aside"
  # A directory's files are in shared/ too.
  [ -d "$aside" ] || tell displaced "$path"
}
