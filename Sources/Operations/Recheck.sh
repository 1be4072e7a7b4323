# shellcheck shell=sh
# Looks whether a release that is to go live again still holds what was shipped. One that lost files is no longer
# complete and stays where it is. One in which files were changed, by a person or a disk, was live
# like that or nearly so: it goes live, for a way back is wanted when something is worse, but not in silence.
#
# Only what the manifest names is read. Files that hooks or the application made are not in it, may belong to
# another user, and are no reason against a way back. Modes are not compared either: hooks set them.
#
# recheck RELEASE ACCEPT: ACCEPT is yes or no
op_recheck() {
  record="$root/.deploy/manifests/$1"
  if [ ! -f "$record/manifest" ]; then
    encode "$1"
    say "note unshipped =$encoded"
    return 0
  fi
  # Swept with the staging directory, should the session die here.
  work="$root/.deploy/staging/$nonce"
  mkdir -- "$work"
  without_links "$record/links" <"$record/manifest" >"$work/manifest"
  step
  cd -- "$root/releases/$1"
  still_there "$work" "$(sed -n 1p "$record/algorithm")" | sort >"$work/seen"
  cd -- "$root"
  awk '{ print $1, ($1 == "l" ? $6 : $4), $5 }' "$work/manifest" | sort >"$work/wanted"
  only_in "$work/wanted" "$work/seen" | cut -d ' ' -f 3 >"$work/differing"
  awk 'FILENAME == ARGV[1] { seen[$3] = 1; next } !($1 in seen)' "$work/seen" "$work/differing" >"$work/lost"
  lost=$(wc -l <"$work/lost" | tr -d ' ')
  first=$(printf '%b' "$(sed -n 1p "$work/lost")")
  [ "$lost" = 0 ] || [ "$2" = yes ] || refuse 20 lost "$1" "$lost" "$first"
  differing=$(wc -l <"$work/differing" | tr -d ' ')
  first=$(printf '%b' "$(sed -n 1p "$work/differing")")
  rm -rf -- "${work:?}"
  [ "$differing" = 0 ] || tell drifted "$differing" "$first"
}

# What stands here of the manifest in WORK, as `kind content path`: WORK ALGORITHM
still_there() {
  for kind in f d l; do
    awk -v kind="$kind" '$1 == kind { print $5 }' "$1/manifest" | of_kind "$kind" >"$1/$kind"
  done
  digest_files "$2" <"$1/f" >"$1/digests"
  encode_names <"$1/f" | paste -d ' ' "$1/digests" - | sed 's/^/f /'
  encode_names <"$1/d" | sed 's/^/d - /'
  link_targets <"$1/l" >"$1/targets"
  encode_names <"$1/l" | paste -d ' ' "$1/targets" - | sed 's/^/l /'
}

# Of encoded names, one a line, those of which an entry of this kind stands here and can be read, decoded and
# ended by NUL. One that cannot be read is as good as missing, and would make b2sum skip a line.
of_kind() {
  # shellcheck disable=SC2016  # the inner shell expands it
  tr '\n' '\0' | xargs -0 -r sh -c '
    kind=$1
    shift
    for name; do
      case $name in *\\*) name=$(printf "%b." "$name") && name=${name%.} ;; esac
      case $kind in
        l) [ -L "./$name" ] || continue ;;
        d) [ -d "./$name" ] && [ ! -L "./$name" ] || continue ;;
        f) [ -f "./$name" ] && [ ! -L "./$name" ] && [ -r "./$name" ] || continue ;;
      esac
      printf "./%s\0" "$name"
    done' sh "$1"
}
