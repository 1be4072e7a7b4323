# shellcheck shell=sh
# What is in shared/: what is declared, what was harvested, what else lies there, and what is kept under
# .deploy/kept. Read only.
#
# holdings DECLARED...
op_holdings() {
  [ -d "$root/shared/." ] || return 0
  make_work
  cd -P -- "$root/shared" || return 1
  for path in "$@"; do
    encode "$path"
    printf '%s\n' "$encoded"
  done >"$work/declared"
  : >"$work/none"
  [ -f "$root/.deploy/registry" ] && book="$root/.deploy/registry" || book="$work/none"
  awk '!($0 in seen) { seen[$0] = 1; print }' "$work/declared" "$book" >"$work/units"
  awk '{ while (sub("/[^/]*$", "")) if (!($0 in seen)) { seen[$0] = 1; print } }' \
    "$work/units" >"$work/holders"
  shown=0
  while IFS= read -r name; do
    decode "$name"
    if grep -Fxq -- "$name" "$work/declared"; then sort=declared; else sort=harvested; fi
    hold "$decoded" "$sort"
  done <"$work/units"
  hold_others ''
  [ "$shown" -le 500 ] || say "fact more $((shown - 500))"
  kept_things
  [ ! -f "$root/.deploy/restoring" ] || say "fact restoring $(cat -- "$root/.deploy/restoring")"
}

# A place for lists. Not below the application, which a question does not change.
make_work() {
  work=$(mktemp -d) || work=$(mktemp -d -p "$root/.deploy/ops") || return 1
  trap 'rm -rf -- "$work"' EXIT
}

# What nobody declared and nothing harvested: brought by hand, or by a recipe that was in use before.
hold_others() {
  for entry in "./$1"* "./$1".[!.]* "./$1"..?*; do
    if [ ! -e "$entry" ] && [ ! -L "$entry" ]; then continue; fi
    entry=${entry#./}
    encode "$entry"
    if grep -Fxq -- "$encoded" "$work/units"; then continue; fi
    if [ ! -L "./$entry" ] && grep -Fxq -- "$encoded" "$work/holders"; then
      hold_others "$entry/"
    else
      hold "$entry" other
    fi
  done
}

# hold PATH SORT. So many lines at most: a site can make a hundred thousand files.
hold() {
  shown=$((shown + 1))
  [ "$shown" -le 500 ] || return 0
  kind_of "./$1"
  case $kind in
    missing) counted='0 0' owned='- - -' ;;
    directory) counted=$(weigh "./$1") ;;
    *) counted="1 $(stat -c %s -- "./$1")" ;;
  esac
  [ "$kind" = missing ] || owned=$(stat -c '%a %U %G' -- "./$1")
  encode "$1"
  say "fact holding $2 $kind =$encoded $counted $owned"
}

# Files and bytes below a directory.
weigh() {
  find "$1" -type f -print0 2>/dev/null | xargs -0 -r stat -c %s -- 2>/dev/null |
    awk '{ files++; bytes += $1 } END { printf "%d %.0f", files, bytes }'
}

kept_things() {
  for place in "$root"/.deploy/kept/*/*; do
    [ -d "$place" ] || continue
    reason=${place##*/}
    source=${place%/*}
    encode "${source##*/}"
    source=$encoded
    encode "$reason"
    say "fact kept =$source =$encoded $(weigh "$place")"
  done
}
