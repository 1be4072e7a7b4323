# shellcheck shell=sh
# Exchanges what is in shared/ for what was received, one top-level entry after the other, each in one
# move. What was there is kept.
#
# restore LABEL REGISTRY: REGISTRY are encoded paths, one a line
op_restore() {
  kept="$root/.deploy/kept/restore-$1"
  bay="$root/.deploy/staging/$nonce/tree"
  if ! same_device "$bay" "$root/shared"; then
    cp -a -- "$bay" "$root/shared/.deploy-part.$nonce"
    bay="$root/shared/.deploy-part.$nonce"
    settle_disk "$bay"
  fi
  cd -P -- "$bay"
  for name in ./* ./.[!.]* ./..?*; do
    [ -e "$name" ] || [ -L "$name" ] || continue
    [ ! -L "$root/shared/${name#./}" ] || refuse 17 shared-link "${name#./}"
  done
  [ -d "$root/.deploy/kept" ] || mkdir -m 0700 -- "$root/.deploy/kept"
  mkdir -m 0700 -- "$kept" "$kept/before"
  # Until it is gone, every look at the host says that a restore is not finished.
  printf '%s\n' "$1" >"$root/.deploy/restoring"
  count=0
  for name in ./* ./.[!.]* ./..?*; do
    [ -e "$name" ] || [ -L "$name" ] || continue
    restore_entry "${name#./}" || return 1
    count=$((count + 1))
    step
  done
  printf '%s' "$2" | while IFS= read -r line; do
    decode "$line"
    if [ -e "$root/shared/$decoded" ]; then register "$decoded"; fi
  done
  rm -f -- "$root/.deploy/restoring"
  settle_disk "$root"
  tell restored-entries "$count" ".deploy/kept/restore-$1/before"
}

# What was there must be in its last place as soon as it is not in shared/ any more: what lies in
# staging is swept by the next session. So the new entry goes there first, and then they change places.
restore_entry() {
  old="$root/shared/$1"
  if [ ! -e "$old" ]; then
    mv -T -- "./$1" "$old"
    return
  fi
  # Root would otherwise leave files that the application may not write.
  if [ "$(id -u)" = 0 ]; then chown -hR -- "$(stat -c %u:%g -- "$old")" "./$1" || return 1; fi
  if [ "$bay" != "$root/.deploy/staging/$nonce/tree" ]; then
    # Between two file systems nothing moves in one step: the old one is copied, then replaced.
    cp -a -- "$old" "$kept/before/$1" && settle_disk "$kept" || return 1
    step
    exchange "./$1" "$old" && return
    mv -T -- "$old" "./$1.before" && mv -T -- "./$1" "$old"
    return
  fi
  mv -T -- "./$1" "$kept/before/$1" || return 1
  step
  if exchange "$kept/before/$1" "$old"; then return 0; fi
  mv -T -- "$kept/before/$1" "./$1" && mv -T -- "$old" "$kept/before/$1" || return 1
  step
  mv -T -- "./$1" "$old"
}
