# shellcheck shell=sh
# An adopted release has no list of what it shipped, so nobody can tell its code from the data of its
# users but by what the next release brings. What that lacks goes to shared/ too; the adopted
# release itself stays as it is.
#
# claim RELEASE PATH
op_claim() {
  release=$1
  tree="$root/releases/$1"
  finds="$root/.deploy/staging/$nonce.finds"
  rm -rf -- "$finds"
  mkdir -- "$finds" || return 1
  kind_of "$tree/$2"
  case $kind in
    directory) fill_shared "$tree/$2" "$2" || return 1 ;;
    file) place "$tree/$2" "$2" || return 1 ;;
    *) return 0 ;;
  esac
  step
  register "$2"
  rm -rf -- "$finds"
}
