# shellcheck shell=sh
# Makes the new tree of the one that stands in staging. Three archives come: how the manifests differ, what is
# moved, as hard links to where it stood, and what is new.
#
# patch COMPRESSION RELEASE DIGEST: RELEASE is what stands, DIGEST names the manifest that is wanted
op_patch() {
  stage="$root/.deploy/staging/$nonce"
  tree="$stage/tree"
  work="$stage/work"
  base="$root/.deploy/manifests/$2/manifest"
  mkdir -- "$stage/record"
  frames silent | expand_stream "$1" | tar -xof - -C "$work" || : >"$work/delta"
  derive_manifest "$base" "$work/delta" >"$stage/record/manifest" || :
  digest=$(sha256sum <"$stage/record/manifest")
  if [ "${digest%% *}" != "$3" ]; then
    pass_over_archives 2
    unfit "the manifest could not be made of that of $2"
  fi
  step
  clear_the_way || { pass_over_archives 2; unfit "the copy of $2 could not be cleared"; }
  step
  frames silent | expand_stream "$1" | tar -xpof - -C "$stage" 2>"$work/complaint" || {
    pass_over_archives 1
    unfit "files could not be moved: $(head -n 1 "$work/complaint")"
  }
  step
  frames | expand_stream "$1" | tar -xpof - -C "$stage" 2>"$work/complaint" ||
    unfit "the new files could not be unpacked: $(head -n 1 "$work/complaint")"
  step
  copy_twins || unfit "the copy of $2 lacks files"
  step
  remove_gone
  step
  change_modes "$work/modes" || unfit "the copy of $2 lacks files"
}

# So that the next operation does not take them for its own.
pass_over_archives() {
  frames silent >/dev/null || :
  [ "$1" = 1 ] || frames silent >/dev/null || :
}

# derive_manifest OLD DELTA: see ManifestDelta.swift
derive_manifest() {
  awk '
    FILENAME == ARGV[1] { line[FNR] = $0; next }
    { order = substr($0, 1, 1); rest = substr($0, 2) }
    order == "=" { while (rest-- > 0) print line[++at]; next }
    order == "-" { at += rest; next }
    order == "+" { print rest; next }
    order == "@" {
      split(rest, part, " ")
      split(line[part[1] + 0], field, " ")
      print field[1], field[2], field[3], field[4], part[2]
    }' "$1" "$2"
}

# What becomes another kind of thing, or leads elsewhere. All that is below it goes, too.
clear_the_way() {
  awk '
    FILENAME == ARGV[1] { was[$5] = $1 " " $6; next }
    ($5 in was) && was[$5] != $1 " " $6 { print $5 }' "$base" "$stage/record/manifest" >"$work/names" || return 1
  remove_listed
}

# Of what is in no manifest any more only the topmost: it holds the rest.
remove_gone() {
  awk '
    FILENAME == ARGV[1] { stays[$5] = $1; next }
    # What was below a directory that is something else now went when the way was cleared.
    $5 in stays { if ($1 == "d" && stays[$5] != "d") gone[$5] = 1; next }
    {
      gone[$5] = 1
      above = $5
      if (sub("/[^/]*$", "", above) && (above in gone)) next
      print $5
    }' "$stage/record/manifest" "$base" >"$work/names"
  remove_listed
}

remove_listed() {
  decode_list <"$work/names" >"$work/files"
  (cd -- "$tree" && xargs -0 -r rm -rf -- <"$work/files")
}

# A content that the release has at several places: every place gets a file of its own.
copy_twins() {
  [ -s "$work/copies" ] || return 0
  cut -d ' ' -f 2 <"$work/copies" >"$work/names"
  remove_listed || return 1
  (
    cd -- "$tree" || exit 1
    while IFS=' ' read -r from to; do
      decode "./$from"
      from=$decoded
      decode "./$to"
      cp -p -- "$from" "$decoded" || exit 1
    done <"$work/copies"
  )
}
