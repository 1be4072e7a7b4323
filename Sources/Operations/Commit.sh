# shellcheck shell=sh
# Makes a staged tree a release: synced and verified before its one rename, so that a directory in
# releases/ is complete or is not there.
#
# commit RELEASE MORE: MORE is JSON members for the ledger
op_commit() {
  stage="$root/.deploy/staging/$nonce"
  [ ! -e "$root/releases/$1" ] || refuse 20 exists "$1"
  settle_disk "$stage"
  step
  mv -T -- "$stage/record" "$root/.deploy/manifests/$1"
  step
  mv -T -- "$stage/tree" "$root/releases/$1"
  step
  rmdir -- "$stage"
  # Made now, so that the flip itself is one rename and needs no inode on a full disk.
  ln -s -- "releases/$1" "$root/.current.$nonce"
  settle_disk "$root"
  journal prepared "$1" "$2"
}
