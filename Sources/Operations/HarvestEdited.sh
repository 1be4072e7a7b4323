# shellcheck shell=sh
# Shipped files that were edited on the server.

# Kept and reported, never promoted: the next release brings its own. Only files that changed since the
# release was ready are read. What its hooks made has no digest: changed means that it is younger.
keep_edited() {
  since="$record/algorithm"
  [ ! -s "$record/ready" ] || since="$record/ready"
  find_touched || return 1
  [ -s "$finds/touched" ] || return 0
  encode_list "$finds/touched" >"$finds/touched.names"
  [ -f "$finds/younger" ] || cp -- "$finds/touched.names" "$finds/younger"
  (cd -- "$tree" && digest_files "$(sed -n 1p "$record/algorithm")" <"$finds/touched") \
    >"$finds/touched.digests" || return 1
  encode "$below"
  paste -d ' ' "$finds/touched.digests" "$finds/touched.names" |
    below=$encoded regenerable=$regenerable awk '
    BEGIN { below = ENVIRON["below"]; pattern = ENVIRON["regenerable"] }
    FILENAME == ARGV[1] { if ($1 == "f") shipped[$5] = $4; next }
    FILENAME == ARGV[2] { made[$1] = 1; next }
    FILENAME == ARGV[3] { younger[$1] = 1; next }
    ($2 in shipped) && shipped[$2] != $1 { print $2 }
    ($2 in made) && ($2 in younger) && (pattern == "" || substr($2, length(below) + 1) !~ pattern) { print $2 }' \
      "$record/manifest" "$record/made" "$finds/younger" - >"$finds/edited"
  count=0
  while IFS= read -r name; do
    decode "$name"
    kept="$root/.deploy/kept/$release/edited/$decoded"
    if cmp -s -- "$tree/$decoded" "$kept"; then continue; fi
    set_aside "$tree/$decoded" edited "$decoded" || return 1
    first=$decoded
    count=$((count + 1))
  done <"$finds/edited"
  [ "$count" = 0 ] || tell edited "$count" "$first" ".deploy/kept/$release/edited"
}

# A file may be older than its name. Where find does not know -cnewer, stat tells when each changed, to
# a second: what happened in the same one is read too, though not taken for younger.
find_touched() {
  if find "$since" -maxdepth 0 -cnewer "$since" >/dev/null 2>&1; then
    (cd -- "$tree" && find . -type f -cnewer "$since" -print0) >"$finds/touched"
    return
  fi
  (cd -- "$tree" && find . -type f -print0) >"$finds/all" || return 1
  (cd -- "$tree" && xargs -0 -r stat -c %Z -- <"$finds/all") >"$finds/changed" || return 1
  encode_list "$finds/all" | paste -d ' ' "$finds/changed" - |
    awk -v since="$(stat -c %Z -- "$since")" -v younger="$finds/younger" '
      $1 >= since { print $2 }
      $1 > since { print $2 >younger }' >"$finds/young"
  [ -f "$finds/younger" ] || : >"$finds/younger"
  while IFS= read -r name; do
    decode "$name"
    printf './%s\000' "$decoded"
  done <"$finds/young" >"$finds/touched"
}
