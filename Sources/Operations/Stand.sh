# shellcheck shell=sh
# Puts a tree into staging that holds what a release was shipped with, for `patch` to make another of it:
# the one that stands ready, or else a copy.
#
# Never by hard links: a file that somebody edits in place in one release would be edited in the other, too.
# A copy shares blocks where the file system can do that, and every byte of it has been read and compared.
#
# stand RELEASE DIGEST: DIGEST names the manifest that the client has
op_stand() {
  stage="$root/.deploy/staging/$nonce"
  rm -rf -- "$stage"
  manifest="$root/.deploy/manifests/$1/manifest"
  [ -f "$manifest" ] || unfit "$1 has no manifest any more"
  digest=$(sha256sum <"$manifest")
  [ "${digest%% *}" = "$2" ] || unfit "the manifest of $1 is not the one that is known here"
  if standby_fits "$2"; then
    mv -T -- "$root/.deploy/standby" "$stage"
  else
    discard_standby
    mkdir -m 0700 -- "$stage"
    step
    raise_tree "$1" "$stage" || unfit "$1 could not be copied"
  fi
  step
  sed "s/^/$mark$nonce fact lacking /" "$stage/work/lacking" >&3
}

# Ends an operation that finds the host other than the client believes. Nothing has failed: it goes another way.
unfit() {
  encode "$1"
  say "unfit =$encoded"
  exit 75
}

# raise_tree RELEASE PLACE: PLACE/tree gets what the release was shipped with, as far as it still stands;
# `stamps` say of every file that was read and is right how it looks to stat, `lacking` are the lines of the
# manifest that nothing here holds any more: what was edited in place, or deleted.
raise_tree() {
  manifest="$root/.deploy/manifests/$1/manifest"
  algorithm=$(sed -n 1p "$root/.deploy/manifests/$1/algorithm")
  tree="$2/tree"
  work="$2/work"
  mkdir -- "$tree" "$work" || return 1
  awk '$1 == "d" { print $5 }' "$manifest" | decode_in_order >"$work/directories"
  (cd -- "$tree" && xargs -0 -r mkdir -- <"$work/directories") || return 1
  step
  : >"$work/taken"
  take_from "$root/releases/$1" || return 1
  # What links to shared/ replaced.
  displaced="$root/.deploy/manifests/$1/displaced"
  [ ! -d "$displaced" ] || take_from "$displaced" || return 1
  step
  read_tree
}

# Copies what the manifest names, is of that kind and size, and was not taken yet. No link on the way is followed:
# find does not look behind one.
take_from() {
  list_facts "$1" "$work/there" || return 1
  awk '
    FILENAME == ARGV[1] { taken[$1] = 1; next }
    FILENAME == ARGV[2] { if ($1 == "f") wanted[$5] = "f " $3; if ($1 == "l") wanted[$5] = "l " $6; next }
    ($5 in taken) || !($5 in wanted) { next }
    wanted[$5] == ($1 == "l" ? "l " $6 : $1 " " $3) { print $5 }' \
    "$work/taken" "$manifest" "$work/there" >"$work/names" || return 1
  (cd -- "$1" && copy_listed) 2>/dev/null || :
  cat -- "$work/names" >>"$work/taken"
}

# Not as the files' owners, if we are root: a release is ours.
copy_listed() {
  if cp --help 2>&1 | grep -q -e --reflink; then
    decode_list <"$work/names" |
      xargs -0 -r cp -d --preserve=mode,timestamps --reflink=auto --parents -t "$tree" --
    return
  fi
  # tar of busybox reads no list of names. The inner shell expands it.
  # shellcheck disable=SC2016
  decode_list <"$work/names" |
    xargs -0 -r sh -c 'tree=$1 && shift && tar --no-recursion -cf - -- "$@" | tar -xpof - -C "$tree"' \
      sh "$tree"
}

# Content decides: every file that arrived is read, and what is not as it was shipped does not stay.
read_tree() {
  # An archive keeps a second name of a file as such, and no two names of a release may be one file.
  find "$tree" -type f -links +1 -exec rm -f -- {} + || return 1
  list_facts "$tree" "$work/before" || return 1
  awk '$1 == "f" { print $5 }' "$work/before" >"$work/names"
  decode_in_order <"$work/names" >"$work/files"
  (cd -- "$tree" && digest_files "$algorithm" <"$work/files") >"$work/digests" || return 1
  [ "$(($(wc -l <"$work/digests")))" = "$(($(wc -l <"$work/names")))" ] || return 1
  paste -d ' ' "$work/digests" "$work/names" >"$work/seen"
  awk '
    FILENAME == ARGV[1] { shipped[$5] = $4; next }
    shipped[$2] != $1 { print $2 }' "$manifest" "$work/seen" | decode_list >"$work/files"
  (cd -- "$tree" && xargs -0 -r rm -f -- <"$work/files") || return 1
  open_modes "$manifest" "$work/before" >"$work/modes"
  change_modes "$work/modes" || return 1
  step
  # Where times are told to the second, what happens in this one could not be told from what comes after it.
  [ "${unhurried-no}" = no ] || find "$tree" -maxdepth 0 -printf '' 2>/dev/null || sleep 1
  list_facts "$tree" "$work/after" || return 1
  # What was written to between reading and this look has another time.
  awk '
    function since(stamp) { sub(/:[^:]*$/, "", stamp); return stamp }
    FILENAME == ARGV[1] { digest[$2] = $1; next }
    FILENAME == ARGV[2] { look[$5] = since($4); next }
    $1 == "f" && since($4) == look[$5] { print $4, digest[$5], $5 }' \
    "$work/seen" "$work/before" "$work/after" >"$work/stamps" || return 1
  awk '
    FILENAME == ARGV[1] { stands[$5] = $1; next }
    !($5 in stands) { print FNR }' "$work/after" "$manifest" >"$work/lacking" || return 1
  for draft in taken there names directories files digests seen before after modes; do
    rm -f -- "$work/$draft"
  done
}

# `MODE NAME` of what has another mode than in a manifest; directories stay open to their owner while they
# are worked on.
open_modes() {
  awk '
    FILENAME == ARGV[1] { mode[$5] = $1 == "d" ? "07" substr($2, 3) : $2; next }
    $1 != "l" && ($5 in mode) && mode[$5] != $2 { print mode[$5], $5 }' "$1" "$2"
}
