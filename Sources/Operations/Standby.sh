# shellcheck shell=sh
# The next tree, made ready when a release has gone live: a copy of what it was shipped with, read and compared.
# The next push gives it a new name and changes what differs, instead of copying everything while somebody waits.
#
# It is made when the client has its answer and the lock is free, by the same process and at low priority. A push
# that finds it unfinished ends it. Nobody sees it but us: the directory is closed to others.

# standby RELEASE: only says that it is wanted
op_standby() { [ -d "$root/releases/$1" ]; }

# What is left to do when the client is gone and the lock is free.
work_on() {
  [ "$alone" = yes ] || return 0
  hang_up
  renice -n 10 -p "$self" || :
  for gone in "$root/.deploy/trash/$nonce".*; do burn "$gone"; done
  [ -n "$next_base" ] || return 0
  # Not in a condition: there bash and others ignore `set -e`.
  (set -e; raise_standby "$next_base")
  # One that did not come to its end, on a full disk for one, takes nobody's place.
  [ ! -e "$root/.deploy/standby.$nonce" ] || burn "$root/.deploy/standby.$nonce"
}

# Nothing keeps the connection or the lock open that long. Fault tests replace it.
hang_up() { exec </dev/null >/dev/null 2>&1 3>&1 9>&-; }

raise_standby() {
  place="$root/.deploy/standby.$nonce"
  mkdir -m 0700 -- "$place"
  identity "$self" >"$place/builder"
  step
  discard_standby
  digest=$(sha256sum <"$root/.deploy/manifests/$1/manifest")
  if has_room "$root/.deploy/manifests/$1/manifest"; then
    unhurried=yes
    raise_tree "$1" "$place"
    printf '%s\n' "${digest%% *}" >"$work/base"
    printf '%s\n' "$need" >"$work/size"
    settle_disk "$place"
    step
    rm -f -- "$place/builder"
    mv -T -- "$place" "$root/.deploy/standby"
  else
    rm -rf -- "$place"
  fi
}

# has_room MANIFEST: whether the next push, were it to send everything, would find the place for it twice.
has_room() {
  awk '$1 == "f" { sum += int($3 / 4096) * 4 + 4 } $1 == "d" { sum += 4 } END { print sum + 4, NR }' "$1" \
    >"$place/need"
  IFS=' ' read -r need count <"$place/need"
  rm -f -- "$place/need"
  # shellcheck disable=SC2046  # numbers
  set -- $(df -Pk -- "$root" | awk 'NR == 2 { print $4 }') \
    $(df -Pi -- "$root" 2>/dev/null | awk 'NR == 2 { print $4 }')
  [ "$1" -gt "$((need * 3))" ] || return 1
  # Some file systems count no inodes and say 0, or nothing.
  case ${2-} in '' | 0 | *[!0-9]*) return 0 ;; esac
  [ "$2" -gt "$((count * 3))" ]
}

# Whether what stands ready was made of the manifest with this digest.
standby_fits() {
  [ -d "$root/.deploy/standby/tree" ] && [ -f "$root/.deploy/standby/work/stamps" ] &&
    [ "$(cat -- "$root/.deploy/standby/work/base" 2>/dev/null)" = "$1" ]
}

discard_standby() {
  [ -e "$root/.deploy/standby" ] || return 0
  mv -T -- "$root/.deploy/standby" "$root/.deploy/trash/$nonce.standby" || return 1
  step
  burn "$root/.deploy/trash/$nonce.standby"
}

# Ends those who were still at it, and puts away what they have.
sweep_standby() {
  for left in "$root"/.deploy/standby.*; do
    [ -d "$left" ] || continue
    owner=$(cat -- "$left/builder" 2>/dev/null) || owner=
    if [ -n "$owner" ] && [ "$(identity "${owner%% *}")" = "$owner" ]; then
      group=$(group_of "${owner%% *}")
      # dash wants the two dashes, busybox does not know them.
      [ "$group" = "$(group_of "$self")" ] || kill -s KILL -- "-$group" 2>/dev/null ||
        kill -s KILL "-$group" 2>/dev/null || :
    fi
    mv -- "$left" "$root/.deploy/trash/$nonce.${left##*/}" 2>/dev/null || :
  done
}

# In kilobytes, what would be free without the tree that stands ready.
standby_size() {
  size=$(cat -- "$root/.deploy/standby/work/size" 2>/dev/null) || size=0
  case $size in '' | *[!0-9]*) size=0 ;; esac
}
