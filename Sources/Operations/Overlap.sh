# shellcheck shell=sh
# A page that was loaded before the flip asks for the build files of its own release, whose
# names are hashes. They stay reachable: copied into the new release where it has nothing of that name.
#
# overlap EXPRESSION ROOT RELEASE...
op_overlap() {
  tree="$root/.deploy/staging/$nonce/tree"
  expression=$1
  case $2 in .) below= ;; *) below=$2/ ;; esac
  shift 2
  work="$root/.deploy/staging/$nonce.overlap"
  mkdir -- "$work" || return 1
  encode "$below"
  for release in "$@"; do
    earlier="$root/.deploy/manifests/$release/manifest"
    [ -f "$earlier" ] || continue
    # A directory that has another nature now, such as a link, gets nothing.
    below=$encoded expression=$expression awk '
      function parent(path) { return sub("/[^/]*$", "", path) ? path : "" }
      BEGIN { below = ENVIRON["below"]; expression = ENVIRON["expression"] }
      FILENAME == ARGV[1] { if ($1 == "d") is_directory[$5] = 1; else taken[$5] = 1; next }
      $1 != "f" || substr($5, 1, length(below)) != below || ($5 in taken) { next }
      substr($5, length(below) + 1) !~ expression { next }
      {
        above = $5
        while ((above = parent(above)) != "") if (above in taken) next
        print $4, $5
      }' "$root/.deploy/staging/$nonce/record/manifest" "$earlier" >"$work/names" || return 1
    as_shipped "$release" || return 1
    count=0
    while IFS= read -r name; do
      decode "$name"
      mkdir -p -- "$tree/${decoded%/*}" &&
        cp -p -- "$root/releases/$release/$decoded" "$tree/$decoded" || return 1
      count=$((count + 1))
    done <"$work/whole"
    [ "$count" = 0 ] || tell overlapped "$release" "$count"
  done
  rm -rf -- "$work"
}

# What was edited on the server does not come along, and where there is data now, that is what is shown.
as_shipped() {
  : >"$work/files"
  : >"$work/wanted"
  while IFS=' ' read -r digest name; do
    decode "$name"
    if [ ! -f "$root/releases/$1/$decoded" ] || [ -e "$tree/$decoded" ]; then continue; fi
    ! held_by_shared "$decoded" || continue
    printf './%s\000' "$decoded" >>"$work/files"
    printf '%s %s\n' "$digest" "$name" >>"$work/wanted"
  done <"$work/names"
  (cd -- "$root/releases/$1" &&
    digest_files "$(sed -n 1p "$root/.deploy/manifests/$1/algorithm")" <"$work/files") >"$work/digests" ||
    return 1
  paste -d ' ' "$work/digests" "$work/wanted" | awk '$1 == $2 { print $3 }' >"$work/whole"
}
