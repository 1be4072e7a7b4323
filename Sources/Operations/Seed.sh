# shellcheck shell=sh
# What a release ships in a persistent place is a default: it goes to shared/ once, file by
# file, and never over anything. What a user deleted afterwards stays deleted, because it is
# remembered; a default that a later release brings does arrive.

# seed TREE PATH: .deploy/seeded lists the paths that went already.
seed() {
  book="$root/.deploy/seeded"
  work="$root/.deploy/staging/$nonce.seed"
  rm -rf -- "$work"
  mkdir -- "$work" || return 1
  (cd -- "$1" && find "./$2" -mindepth 1 \( -type d -o -type f \) -print0) >"$work/found" || return 1
  encode_list "$work/found" | LC_ALL=C sort >"$work/names"
  if [ -s "$book" ]; then
    awk 'FILENAME == ARGV[1] { seeded[$0] = 1; next } !($0 in seeded)' "$book" "$work/names" >"$work/new"
  else
    cat -- "$work/names" >"$work/new"
  fi
  planted=0
  while IFS= read -r name; do
    decode "$name"
    seed_one "$1/$decoded" "$decoded" || return 1
    printf '%s\n' "$name" >>"$book"
    step
  done <"$work/new"
  rm -rf -- "$work"
  [ "$planted" = 0 ] || tell seeded "$2" "$planted"
}

# A directory that somebody replaced by a file keeps what would be in it out.
seed_one() {
  kind_of "$root/shared/$2"
  [ "$kind" = missing ] && ! held_by_shared "$2" || return 0
  if [ -d "$1" ]; then
    (enter_shared "$2" && chmod -- "$(stat -c %a -- "$1")" .) || return 1
  else
    (enter_shared_parent "$2" && copy_in "$1" "./${2##*/}") || return 1
    planted=$((planted + 1))
  fi
}
