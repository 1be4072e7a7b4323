# shellcheck shell=sh
# What stands in an application's directory that another tool, or nobody, laid out: read only.
#
# explore PATH...: the declared shared paths
op_explore() {
  [ -d "$root" ] || return 0
  home=$(cd -P -- "$root" && pwd -P) || home=$root
  for place in releases shared .deploy; do
    kind_of "$root/$place"
    say "fact stands $place $kind"
  done
  leads=$(readlink -f -- "$root/current" 2>/dev/null) || leads=
  encode "$leads"
  say "fact leads =$encoded"
  case $leads in
    "$home"/releases/*)
      encode "${leads#"$home"/releases/}"
      say "fact inside =$encoded" ;;
  esac
  for release in "$root"/releases/*; do
    kind_of "$release"
    [ "$kind" != directory ] || explore_origin "${release##*/}"
  done
  explore_content "$@"
  [ ! -f "$root/.deploy/adoption" ] || sed "s/^/$mark$nonce fact adoption /" "$root/.deploy/adoption" >&3
}

# Of which commit a release is, and whether its own tool took it for good: Deployer marks what failed,
# Capistrano lists what was finished.
explore_origin() {
  commit=$(head -c 80 "$root/releases/$1/REVISION" 2>/dev/null | tr -cd '0-9a-f') || commit=
  good=yes
  if [ -e "$root/releases/$1/BAD_RELEASE" ] || [ -e "$root/.dep/bad_release_$1" ]; then good=no; fi
  if [ -s "$root/revisions.log" ] && ! grep -Fq "release $1" "$root/revisions.log"; then good=no; fi
  encode "$1"
  say "fact origin =$encoded $good ${commit:--}"
}

explore_content() {
  if [ -d "$root/current" ] && [ ! -L "$root/current" ]; then
    base="$root/current"
  else
    base=$root
  fi
  count=0
  for entry in "$base"/* "$base"/.[!.]* "$base"/..?*; do
    kind_of "$entry"
    ours "${entry##*/}" || [ "$kind" = missing ] || count=$((count + 1))
  done
  say "fact content $count"
  # What is copied must fit; a release directory is not measured, for nothing is copied there.
  if [ "$base" = "$root" ] && [ "$count" -gt 0 ] && [ ! -e "$root/current" ]; then
    say "fact size $(limit 60 du -sk -- "$root" 2>/dev/null | cut -f 1)"
  fi
  [ "$count" -gt 0 ] || return 0
  for wanted in "$@"; do
    kind_of "$base/$wanted"
    encode "$wanted"
    say "fact persistent $kind =$encoded"
  done
  explore_escapes
}

# Relative links that lead out of the tree: they would lead elsewhere from releases/ID.
explore_escapes() {
  cd -- "$base" || return 0
  find . -name releases -prune -o -name .deploy -prune -o -type l -print 2>/dev/null | head -n 5000 |
    while IFS= read -r entry; do
      point_of "$entry"
      rest=$pointed
      case $rest in ../*) ;; *) continue ;; esac
      depth=$(printf %s "${entry#./}" | tr -cd / | wc -c)
      ups=0
      while :; do
        case $rest in ../*) ups=$((ups + 1)) rest=${rest#../} ;; *) break ;; esac
      done
      [ "$ups" -gt "$depth" ] || continue
      encode "${entry#./}"
      say "fact escapes =$encoded"
    done
  cd -- "$root" || return 1
}

# Whether a name in the application's directory belongs to its layout and not to its content.
ours() {
  [ "$base" = "$root" ] || return 1
  case $1 in
    releases | shared | current | .deploy | .current.*) return 0 ;;
    *) return 1 ;;
  esac
}
