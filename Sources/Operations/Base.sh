# shellcheck shell=sh
# The manifest of a release in one piece, for a client that does not know it: what it sends next is told by it.
#
# base RELEASE COMPRESSION
op_base() {
  record="$root/.deploy/manifests/$1"
  [ -f "$record/manifest" ] || refuse 20 manifest-missing "$1"
  work=$(mktemp -d) || work=$(mktemp -d -p "$root/.deploy/ops")
  trap 'rm -rf -- "$work"' EXIT
  say "algorithm $(sed -n 1p "$record/algorithm")"
  squeeze "$2" <"$record/manifest" | send_blocks
}
