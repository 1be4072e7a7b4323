# shellcheck shell=sh
# Takes over what another tool, or nobody, laid out. Nothing is deleted, and .deploy/adoption tells
# how to put everything back.

# Begins the book of the adoption. remember LAYOUT CURRENT MADE...: MADE are the directories that stand
# here only because of us.
op_remember() {
  [ ! -e "$root/.deploy/adoption" ] || refuse 17 adopted-before
  encode "$2"
  {
    printf 'layout %s\ncurrent =%s\n' "$1" "$encoded"
    shift 2
    for made in "$@"; do printf 'made %s\n' "$made"; done
  } >"$root/.deploy/adoption.$nonce" || return 1
  mv -T -- "$root/.deploy/adoption.$nonce" "$root/.deploy/adoption" || return 1
  settle_disk "$root/.deploy"
}

note_adoption() { printf '%s\n' "$1" >>"$root/.deploy/adoption"; }

# Gives a release that stands in releases/ a manifest and its line in the ledger.
#
# adopt RELEASE ALGORITHM MORE
op_adopt() {
  [ -d "$root/releases/$1" ] || refuse 20 release-missing "$1"
  note_adoption "release $1" || return 1
  record="$root/.deploy/manifests/$1"
  mkdir -p -- "$record" || return 1
  step
  if describe_release "$1" "$2" "$record"; then
    printf '%s\n' "$2" >"$record/algorithm" && echo ready >"$record/ready" || return 1
  else
    # Files that this user may not read: it can be gone back to, but drift cannot be told.
    rm -f -- "$record/manifest"
    say "note undescribed $1"
  fi
  step
  journal adopted "$1" "$3"
}

# Writes DIRECTORY/manifest and DIRECTORY/links of what a release holds; links into shared/
# were not shipped, so they are only in the second. describe_release RELEASE ALGORITHM DIRECTORY
describe_release() {
  work="$root/.deploy/staging/$nonce.look"
  rm -rf -- "$work"
  mkdir -- "$work" || return 1
  describe_tree "$root/releases/$1" - "$2" "$work" 2>/dev/null || return 1
  [ "$(tr -cd '\000' <"$work/files" | wc -c)" -eq "$(wc -l <"$work/digests")" ] || return 1
  encode "$root/shared/"
  given=$encoded
  encode "$(cd -P -- "$root" && pwd -P)/shared/"
  # A pipe or a socket has no target, and no place in a manifest.
  given=$given real=$encoded awk -v links="$work/shared" '
    $1 == "l" && NF < 6 { next }
    $1 == "l" && ($6 ~ /^(\.\.\/)+shared\// || index($6, ENVIRON["given"]) == 1 ||
      index($6, ENVIRON["real"]) == 1) { print $5 >links; next }
    { print }' "$work/all" >"$work/kept" || return 1
  (cd -- "$root/releases/$1" && find . -mindepth 1 -print0) | LC_ALL=C sort -z | encode_names |
    awk 'FILENAME == ARGV[1] { line[$5] = $0; next } $1 in line { print line[$1] }' "$work/kept" - \
      >"$3/manifest" || return 1
  if [ -s "$work/shared" ]; then cat -- "$work/shared" >>"$3/links"; fi
  if [ -s "$3/links" ]; then sort -u -o "$3/links" "$3/links" || return 1; fi
  rm -rf -- "$work"
}

# Makes a directory `current` a release and puts a link in its place. Between the two renames
# there is no `current`; one that exchanges both is not to be had from a shell.
#
# settle RELEASE
op_settle() {
  kind_of "$root/current"
  [ "$kind" = directory ] || refuse 17 no-directory "$kind"
  [ ! -e "$root/releases/$1" ] || refuse 20 exists "$1"
  if [ "$(stat -c %d -- "$root/current")" != "$(stat -c %d -- "$root/releases")" ]; then
    echo "$root/current is on another file system than $root/releases" >&2
    return 1
  fi
  next="$root/.current.$nonce"
  ln -s -- "releases/$1" "$next" || return 1
  note_adoption "moved $1" || return 1
  settle_disk "$root/.deploy"
  trap '' TERM
  mv -T -- "$root/current" "$root/releases/$1" || return 1
  if ! mv -T -- "$next" "$root/current"; then
    mv -T -- "$root/releases/$1" "$root/current"
    return 1
  fi
  step
  settle_disk "$root"
}

# Copies the content of the application's directory into a release; what is there stays.
#
# copyin RELEASE
op_copyin() {
  [ ! -e "$root/releases/$1" ] || refuse 20 exists "$1"
  stage="$root/.deploy/staging/$nonce"
  base=$root
  mkdir -- "$stage" "$stage/tree" || return 1
  for entry in "$root"/* "$root"/.[!.]* "$root"/..?*; do
    kind_of "$entry"
    if [ "$kind" = missing ] || ours "${entry##*/}"; then continue; fi
    cp -a -- "$entry" "$stage/tree/" || return 1
    step
  done
  settle_disk "$stage"
  note_adoption "copied $1" || return 1
  mv -T -- "$stage/tree" "$root/releases/$1" || return 1
  rmdir -- "$stage"
}

# Moves a declared shared path out of a release to where it belongs, unless something is there.
# A link of the release's own is only written down, for `link` makes it anew.
#
# share RELEASE PATH
op_share() {
  kind_of "$root/releases/$1/$2"
  encode "$2"
  path=$encoded
  if [ "$kind" = link ]; then
    point_of "$root/releases/$1/$2"
    encode "$pointed"
    note_adoption "link =$path =$encoded"
    return
  fi
  kind_of "$root/shared/$2"
  if [ "$kind" != missing ]; then
    # Two things claim to be the data: only a person knows which is.
    [ -z "$(find "$root/releases/$1/$2" ! -type d 2>/dev/null | head -n 1)" ] ||
      refuse 17 both "$2" "$1"
    return 0
  fi
  walk_to_parent "$root/shared" "$2"
  fingerprint "$root/releases/$1/$2" || return 1
  note_adoption "shared =$path $print" || return 1
  step
  mv -T -- "$root/releases/$1/$2" "$root/shared/$2"
}

# Sets `print`: a digest of all that a file or directory holds.
fingerprint() {
  if [ -d "$1" ]; then
    work="$root/.deploy/staging/$nonce.print"
    rm -rf -- "$work"
    mkdir -- "$work" || return 1
    describe_tree "$1" - sha256 "$work" || return 1
    print=$(LC_ALL=C sort <"$work/all" | sha256sum)
    rm -rf -- "$work"
  else
    print=$(sha256sum <"$1") || return 1
  fi
  print=${print%% *}
}
