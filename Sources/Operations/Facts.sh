# shellcheck shell=sh
# What stands in a tree, without reading a file of it; and lists of names on their way to tools.

# list_facts DIRECTORY LIST: `KIND MODE SIZE STAMP NAME`, and the target of a link. A stamp is another one when
# a file was touched: inode, time of change and of modification, to the nanosecond where find tells them.
list_facts() {
  if find "$1" -maxdepth 0 -printf '' 2>/dev/null; then
    (cd -- "$1" && find . -mindepth 1 -fprintf "$2.facts" '%y %m %s %i:%T@:%C@\n' -fprint0 "$2.names" \
      -type l -fprintf "$2.targets" './%l\0') || return 1
  else
    list_facts_by_stat "$1" "$2" || return 1
  fi
  encode_list "$2.names" >"$2.encoded"
  encode_list "$2.targets" | paste -d ' ' - >"$2.lines"
  paste -d ' ' "$2.facts" "$2.encoded" | targets="$2.lines" awk '
    BEGIN { targets = ENVIRON["targets"] }
    $1 == "l" { target = ""; getline target <targets; printf "l 0777 - - %s %s\n", $5, target; next }
    $1 == "d" { printf "d %04d - - %s\n", $2, $5; next }
    { printf "%s %04d %s %s %s\n", $1, $2, $3, $4, $5 }' >"$2"
  rm -f -- "$2.facts" "$2.names" "$2.targets" "$2.encoded" "$2.lines"
}

list_facts_by_stat() {
  (
    cd -- "$1" || exit 1
    find . -mindepth 1 -print0 >"$2.names" || exit 1
    xargs -0 -r stat -c '%f %s %i:%Y:%Z' -- <"$2.names" | awk '
      function value(digits,    sum, place) {
        for (place = 1; place <= length(digits); place++)
          sum = sum * 16 + index("123456789abcdef", substr(digits, place, 1))
        return sum
      }
      {
        sort = "?"
        if (length($1) == 4) {
          if ($1 ~ /^8/) sort = "f"
          if ($1 ~ /^4/) sort = "d"
          if ($1 ~ /^a/) sort = "l"
        }
        printf "%s %o %s %s\n", sort, value($1) % 4096, $2, $3
      }' >"$2.facts" || exit 1
    find . -mindepth 1 -type l -print0 >"$2.links" || exit 1
    # shellcheck disable=SC2016  # the inner shell expands it
    xargs -0 -r -n 1 sh -c 'target=$(readlink -- "$1" && echo .) || target=
      printf "./%s\0" "${target%??}"' sh <"$2.links" >"$2.targets"
    rm -f -- "$2.links"
  )
}

# Encoded names, one a line, to names that end in NUL: `./a b`. Plain ones cost nothing.
decode_list() {
  sed 's|^|./|' >"$work/decoding"
  grep -v '[\]' <"$work/decoding" | tr '\n' '\000'
  ! grep -q '[\]' <"$work/decoding" || grep '[\]' <"$work/decoding" |
    while IFS= read -r name; do printf '%b\000' "$name"; done
  rm -f -- "$work/decoding"
}

# The same, in the order of the list.
decode_in_order() {
  while IFS= read -r name; do printf './%b\000' "$name"; done
}

# `MODE NAME` lines: one call of chmod for each mode.
change_modes() {
  cut -d ' ' -f 1 <"$1" | sort -u >"$1.modes"
  while IFS= read -r mode; do
    awk -v mode="$mode" '$1 == mode { print $2 }' "$1" | decode_list >"$1.names"
    (cd -- "$tree" && xargs -0 -r chmod -- "$mode" <"$1.names") || return 1
  done <"$1.modes"
  rm -f -- "$1.modes" "$1.names"
}
