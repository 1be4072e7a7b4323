# shellcheck shell=sh
# What a release ships in a persistent place is a default: it goes to shared/ once, file by
# file, and never over anything. What a user deleted afterwards stays deleted, because it is
# remembered; a default that a later release brings does arrive.

# seed DIRECTORY PATH: what it holds goes to `$shared`/PATH; `$seeded` lists what went already.
seed() {
  work="$scratch/$nonce.seed"
  rm -rf -- "$work"
  mkdir -- "$work" || return 1
  (cd -- "$1" && find . -mindepth 1 \( -type d -o -type f \) -print0) >"$work/found" || return 1
  encode "$2"
  encode_list "$work/found" | LC_ALL=C sort | below="$encoded${2:+/}" awk '
    { print ENVIRON["below"] $0 }' >"$work/names"
  if [ -s "$seeded" ]; then
    awk 'FILENAME == ARGV[1] { seeded[$0] = 1; next } !($0 in seeded)' "$seeded" "$work/names" >"$work/new"
  else
    cat -- "$work/names" >"$work/new"
  fi
  planted=0
  while IFS= read -r name; do
    decode "$name"
    seed_one "$1/${decoded#"$2${2:+/}"}" "$decoded" || return 1
    printf '%s\n' "$name" >>"$seeded"
    step
  done <"$work/new"
  rm -rf -- "$work"
  [ "$planted" = 0 ] || tell seeded "$2" "$planted"
}

# A directory that somebody replaced by a file keeps what would be in it out.
seed_one() {
  kind_of "$shared/$2"
  [ "$kind" = missing ] && ! held_by_shared "$2" || return 0
  if [ -d "$1" ]; then
    (enter_shared "$2" && chmod -- "$(stat -c %a -- "$1")" .) || return 1
  else
    # Somebody may have made it meanwhile: then that is what stays.
    (enter_shared_parent "$2" && { copy_in "$1" "./${2##*/}" || [ -e "./${2##*/}" ]; }) || return 1
    planted=$((planted + 1))
  fi
}
