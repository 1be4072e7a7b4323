# shellcheck shell=sh
# Retires releases: a line in the ledger, a rename into the trash, then deletion. A rename mostly
# succeeds where deletion fails on files of the web server's user; what cannot be deleted waits
# in the trash, what cannot even be moved waits where it is, and both are reported.
#
# prune EVENT ROOT EXPRESSION RELEASE...: EVENT is retired, or swept for what failed or never went live;
# ROOT and EXPRESSION are for `harvest`: what cannot be harvested is not deleted either
op_prune() {
  event=$1
  docroot=$2
  replaceable=$3
  shift 3
  point_of "$root/current"
  live=$pointed
  for release in "$@"; do
    # Other tools point `current` by an absolute path.
    [ "${live##*/}" != "$release" ] || continue
    harvest_last "$release" "$docroot" "$replaceable" || { tell kept "$release"; continue; }
    journal "$event" "$release" ''
    step
    # A directory of another user cannot always be moved. It waits for the next time.
    retire "$release" || tell kept "$release"
    step
  done
  settle_disk "$root"
  # What is live by now is not kept waiting for that, see `work_on`.
  [ "$alone" = yes ] || empty_trash
}

# In a subshell, so that a refusal says why and ends no more than this.
harvest_last() { [ -z "$2" ] || (op_harvest "$@" old); }

retire() {
  for gone in "$root/releases/$1" "$root/.deploy/manifests/$1"; do
    case $gone in */manifests/*) suffix=.record ;; *) suffix= ;; esac
    [ ! -e "$gone" ] || mv -T -- "$gone" "$root/.deploy/trash/$nonce.$1$suffix" || return 1
  done
}

# Links are removed, never followed; directories that were made read-only are opened first, each before it is
# looked into, found by type so that no link is touched.
burn() {
  rm -rf -- "$1" 2>/dev/null || {
    find "$1" -type d ! -perm -700 -exec chmod u+rwx {} \; 2>/dev/null || :
    rm -rf -- "$1" 2>/dev/null || :
  }
}

empty_trash() {
  for gone in "$root"/.deploy/trash/*; do
    [ -e "$gone" ] || [ -L "$gone" ] || continue
    burn "$gone"
    step
  done
  left=0
  for gone in "$root"/.deploy/trash/*; do
    if [ -e "$gone" ] || [ -L "$gone" ]; then left=$((left + 1)); fi
  done
  [ "$left" = 0 ] || say "note trash $left"
}
