# shellcheck shell=sh
# Between the copy and the swap, and for those who work in what was swapped out, time passes: what
# they write late is brought after the rest.

# Swaps the link in. What stood there stays aside with a list of what it held, until its release is
# pruned: whoever works in it may still write.
trade() {
  make_aside || return 1
  encode "$1"
  printf '%s\n' "$encoded" >"$aside/path"
  if [ -d "$tree/$1" ] && [ ! -L "$tree/$1" ]; then
    cp -- "$finds/noted" "$aside/names"
  else
    : >"$aside/names"
  fi
  # Written down before it is so: a link that no list names would be taken for somebody's own. What is
  # listed and not yet a link, because we died here, is one that somebody replaced, and is mended.
  grep -Fxqs -- "$encoded" "$record/links" || printf '%s\n' "$encoded" >>"$record/links"
  step
  upward "$1"
  swap_in "$tree/$1" "${up}shared/$1" "$aside/old" || return 1
  step
  # A copy is another file: what was written to the first one meanwhile is brought after it.
  if [ -e "$finds/copied" ]; then
    rm -f -- "$finds/copied"
    merge_directory "$aside/old" "$1" || return 1
  fi
  rescue "$aside"
}

# Sets `aside`: a new place for what a link is swapped for.
make_aside() {
  asides=${asides:-0}
  while [ -e "$record/harvested/$nonce.$asides" ]; do asides=$((asides + 1)); done
  aside="$record/harvested/$nonce.$asides"
  mkdir -p -- "$aside"
}

rescue_asides() {
  for aside in "$record"/harvested/*; do
    [ -d "$aside" ] || continue
    if [ -d "$aside/loose" ]; then rescue_loose; else rescue "$aside"; fi || return 1
  done
}

# What came into a directory after it was copied, or a file that was replaced in the last moment.
rescue() {
  read -r name <"$1/path" || return 0
  decode "$name"
  came_to=$decoded
  stays=no
  for old in "$1"/old*; do
    if [ -L "$old" ] || [ ! -e "$old" ]; then
      # The swap never happened, or it swapped a link of ours.
      rm -f -- "$old"
    elif [ -f "$old" ]; then
      place "$old" "$came_to" || return 1
      rm -f -- "$old"
    else
      rescue_directory "$old" "$1/names" || return 1
      stays=yes
    fi
  done
  [ "$stays" = yes ] || rm -rf -- "$1"
}

rescue_directory() {
  note_names "$1" || return 1
  awk 'FILENAME == ARGV[1] { noted[$0] = 1; next } !($0 in noted) { print $2 }' "$2" "$finds/noted" >"$finds/late"
  [ -s "$finds/late" ] || return 0
  while IFS= read -r entry; do
    decode "$entry"
    place "$1/$decoded" "$came_to/$decoded" || return 1
  done <"$finds/late"
  cat -- "$finds/noted" >>"$2"
}
