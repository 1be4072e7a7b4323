# shellcheck shell=sh
# Points `current` at a release in one rename, if it still points where the plan says.
#
# `ln -sfn` removes the old link before it makes the new one on some systems, so a request can
# arrive in between; on busybox 1.7 % did. A rename cannot be seen half done.
#
# flip RELEASE EXPECTED
op_flip() {
  [ -d "$root/releases/$1" ] || refuse 20 release-missing "$1"
  next="$root/.current.$nonce"
  point_of "$next"
  [ "$pointed" = "releases/$1" ] || { rm -f -- "$next" && ln -s -- "releases/$1" "$next"; }
  step
  refuse_odd_current || exit 1
  point_of "$root/current"
  [ "$pointed" = "$2" ] || refuse 17 moved "$pointed" "$2"
  mv -T -- "$next" "$root/current"
  step
  settle_disk "$root"
  say "flipped =$1"
}
