# shellcheck shell=sh
# Files that appeared one by one among what a release ships. A site makes hundreds of them, so all of
# one directory go together, by a few processes for the whole instead of a dozen for each.

harvest_loose() {
  # Sorted by directory, because find comes back to one after it has been in those below.
  awk '$1 == "file" {
    above = $2
    if (!sub("/[^/]*$", "", above)) above = "."
    print above, $2
  }' "$finds/units" | LC_ALL=C sort >"$finds/loose"
  set --
  group=
  while IFS=' ' read -r above entry; do
    # So many that their names always fit into the arguments of one process.
    if [ "$above" != "$group" ] || [ "$#" -ge 100 ]; then
      harvest_group "$@" || return 1
      set --
      group=$above
    fi
    decode "$entry"
    set -- "$@" "${decoded##*/}"
  done <"$finds/loose"
  harvest_group "$@"
}

# harvest_group NAME...: files of the directory `group`. In the order of `harvest_file`: first in shared/, then
# in both lists, then the swap.
harvest_group() {
  [ "$#" -gt 0 ] || return 0
  decode "$group"
  case $decoded in .) inside='' ;; *) inside=$decoded/ ;; esac
  bring_group "$@" || return 1
  step
  list_names "$finds/group" "$root/.deploy/registry" || return 1
  step
  list_names "$finds/group" "$record/links" || return 1
  make_aside || return 1
  printf '%s\n' "$group" >"$aside/path"
  mkdir -- "$aside/loose" || return 1
  step
  swap_group || return 1
  step
  rescue_loose || return 1
  for name in "$@"; do
    # Another file system, or a host that exchanges nothing: one by one.
    if [ -L "$tree/$inside$name" ]; then
      count_harvest "$inside$name" 1
    elif [ -e "$tree/$inside$name" ]; then
      harvest_file "$inside$name" || return 1
    fi
  done
}

# Links the same files into shared/ by one process, as `place` does each; `group` lists what is there then.
# What cannot be linked, or is there already, is left to `place`.
# shellcheck disable=SC3013  # dash, bash and busybox know -ef
bring_group() {
  : >"$finds/group"
  (
    enter_shared_parent "$inside." || exit 1
    sources=$#
    for name in "$@"; do set -- "$@" "$tree/$inside$name"; done
    shift "$sources"
    ln -- "$@" . 2>/dev/null || :
    for source in "$@"; do
      name=${source##*/}
      if [ ! "$source" -ef "./$name" ] || [ -L "./$name" ] || [ -L "$source" ]; then continue; fi
      encode "$inside$name"
      printf '%s\n' "$encoded"
    done >"$finds/group"
  )
}

# list_names NAMES LIST: adds the lines that are not there yet.
list_names() {
  awk 'FILENAME == ARGV[1] { known[$0] = 1; next } !($0 in known)' "$2" "$1" >"$finds/unlisted" || return 1
  cat -- "$finds/unlisted" >>"$2"
}

# Exchanges each file of the group that is in shared/ by now for a link that is ready.
swap_group() {
  set --
  upward "${inside}name"
  while IFS= read -r name; do
    decode "$name"
    set -- "$@" "${up}shared/$decoded"
  done <"$finds/group"
  [ "$#" -gt 0 ] || return 0
  # Each has the last name of what it leads to.
  ln -s -- "$@" "$aside/loose" || return 1
  step
  exchange_all "$aside/loose" "$tree/$inside."
}

# The second half of `harvest_group`, or of one that died: what is another file than that in shared/ came
# in the last moment. The links are of a swap that never happened.
# shellcheck disable=SC3013
rescue_loose() {
  read -r name <"$aside/path" || name=.
  decode "$name"
  case $decoded in .) came_to='' ;; *) came_to=$decoded/ ;; esac
  (
    for old in "$aside/loose"/* "$aside/loose"/.[!.]* "$aside/loose"/..?*; do
      if [ -L "$old" ] || [ ! -e "$old" ]; then continue; fi
      [ "${entered-}" = yes ] || enter_shared_parent "$came_to." || exit 1
      entered=yes
      if [ -d "$old" ]; then
        rescue_swapped_directory "$old" "$came_to${old##*/}" || exit 1
      elif [ ! "$old" -ef "./${old##*/}" ] || [ -L "./${old##*/}" ]; then
        place "$old" "$came_to${old##*/}" || exit 1
      fi
    done
  ) || return 1
  rm -rf -- "$aside"
}

# rescue_swapped_directory DIRECTORY PATH: the application put it where the file was. Somebody may work in
# it, so it stays as others do.
rescue_swapped_directory() {
  make_aside || return 1
  encode "$2"
  printf '%s\n' "$encoded" >"$aside/path"
  : >"$aside/names"
  mv -T -- "$1" "$aside/old" && rescue "$aside"
}
