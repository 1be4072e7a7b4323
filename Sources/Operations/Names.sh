# shellcheck shell=sh
# Names of files as they travel: any byte may be in one, and none may end a line or a word.

# Sets `encoded`: every byte that is not plain becomes \0ooo. Plain text costs no process.
encode() {
  case $1 in
    *[!A-Za-z0-9_.,/:@+-]*) encoded=$(printf './%s\000' "$1" | encode_names) ;;
    *) encoded=$1 ;;
  esac
}

# Sets `decoded`. The full stop keeps trailing newlines, which $(...) would drop.
decode() {
  case $1 in
    *\\*)
      decoded=$(printf '%b.' "$1")
      decoded=${decoded%.} ;;
    # Plain text costs no process.
    *) decoded=$1 ;;
  esac
}

has() { command -v "$1" >/dev/null 2>&1; }

# Sets `kind` without following a link.
kind_of() {
  kind=missing
  if [ -L "$1" ]; then
    kind='link'
  elif [ -d "$1" ]; then
    kind=directory
  elif [ -f "$1" ]; then
    kind='file'
  elif [ -e "$1" ]; then
    kind=other
  fi
}

# NUL-ended names (`./a b`) to encoded lines (`a\0040b`), a whole list in three processes: one
# byte a line in between, because a single line of megabytes is slow in some tools.
encode_names() {
  od -An -v -to1 | tr -s ' ' '\n' | awk '
    BEGIN {
      plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:@,+-"
      for (code = 1; code < 127; code++) {
        letter = sprintf("%c", code)
        octets = sprintf("%03o", code)
        shown[octets] = index(plain, letter) ? letter : "\\0" octets
      }
    }
    $0 == "" { next }
    $0 == "000" { print line; line = ""; place = 0; next }
    ++place > 2 { line = line ($0 in shown ? shown[$0] : "\\0" $0) }'
}

# Names with an end of NUL in a file, `./a b`, to encoded lines. Almost always all of them are plain, and
# then it costs two processes; else only those that are not are walked through byte by byte. The byte 1 stands
# for a newline meanwhile, and a name that has it makes all of them go the long way.
encode_list() {
  if [ -z "$(tr -d 'a-zA-Z0-9_./:@,+\000-' <"$1" | head -c 1 | od -An -tx1)" ]; then
    tr '\000' '\n' <"$1" | cut -c 3-
  elif [ -z "$(tr -dc '\001' <"$1" | head -c 1 | od -An -tx1)" ]; then
    tr '\n\000' '\001\n' <"$1" | awk '
      BEGIN {
        plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:@,+-"
        for (code = 1; code < 256; code++) {
          letter = sprintf("%c", code)
          shown[letter] = index(plain, letter) ? letter : sprintf("\\0%03o", code)
        }
        shown[sprintf("%c", 1)] = "\\0012"
      }
      { $0 = substr($0, 3) }
      $0 !~ "[^a-zA-Z0-9_./:@,+-]" { print; next }
      {
        line = ""
        for (place = 1; place <= length($0); place++) line = line shown[substr($0, place, 1)]
        print line
      }'
  else
    encode_names <"$1"
  fi
}
