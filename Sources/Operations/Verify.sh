# shellcheck shell=sh
# Reads back what arrived and compares every name, type, mode, size, digest and link target
# with the manifest. What does not match never reaches releases/.
#
# verify ALGORITHM
op_verify() {
  stage="$root/.deploy/staging/$nonce"
  printf '%s\n' "$1" >"$stage/record/algorithm"
  compare_tree "$stage/tree" "$stage/record/manifest" "$1" "$stage/look"
  rm -rf -- "${stage:?}/look"
  settle_disk "$stage"
}

compare_tree() {
  mkdir -- "$4"
  describe_tree "$@"
  sort <"$4/all" >"$4/seen"
  sort <"$2" >"$4/wanted"
  step
  if cmp -s -- "$4/wanted" "$4/seen"; then return 0; fi
  # Lines of the manifest that are not seen, and the other way round: the first tells most.
  { only_in "$4/wanted" "$4/seen"; only_in "$4/seen" "$4/wanted"; } |
    cut -d ' ' -f 5 | sort -u >"$4/differing"
  refuse 12 digest "$(wc -l <"$4/differing" | tr -d ' ')" "$(grep -c . <"$2")" \
    "$(printf '%b' "$(sed -n 1p "$4/differing")")"
}

# only_in FILE OTHER: lines of which each file has one at most. Not comm(1), which Debian's busybox lacks.
only_in() { sort -- "$1" "$2" "$2" | uniq -u; }

# Writes the manifest of what a directory holds, unsorted: TREE MANIFEST ALGORITHM WORK
describe_tree() {
  cd -- "$1"
  find . -mindepth 1 -type f -print0 | LC_ALL=C sort -z >"$4/files"
  find . -mindepth 1 -type d -print0 | LC_ALL=C sort -z >"$4/directories"
  find . -mindepth 1 ! -type f ! -type d -print0 | LC_ALL=C sort -z >"$4/links"
  xargs -0 -r stat -c '%a %s' <"$4/files" | awk '{ printf "f %04d %s\n", $1, $2 }' >"$4/sizes"
  digest_files "$3" <"$4/files" >"$4/digests"
  encode_names <"$4/files" | paste -d ' ' "$4/sizes" "$4/digests" - >"$4/all"
  xargs -0 -r stat -c %a <"$4/directories" | awk '{ printf "d %04d - -\n", $1 }' >"$4/modes"
  encode_names <"$4/directories" | paste -d ' ' "$4/modes" - >>"$4/all"
  # A pipe or device is neither: it shows as a link without a target and never matches.
  link_targets <"$4/links" >"$4/targets"
  encode_names <"$4/links" | sed 's/^/l 0777 - - /' | paste -d ' ' - "$4/targets" >>"$4/all"
  cd -- "$root"
}

# A file name with a newline makes sha256sum mark its line with a backslash (GNU) or break it in
# two (busybox): only the part that is a digest counts, and a miscount fails the comparison.
digest_files() {
  case $1 in
    sha256) xargs -0 -r sha256sum ;;
    blake2b-256) xargs -0 -r b2sum -l 256 ;;
  esac | sed -n 's/^\\\{0,1\}\([0-9a-f]\{64\}\) [ *].*/\1/p'
}

link_targets() {
  # shellcheck disable=SC2016  # the inner shell expands it
  xargs -0 -r -n 1 sh -c 'target=$(readlink -- "$1" && echo .) || target=
    printf "%s\0" "./${target%??}"' sh | encode_names
}
