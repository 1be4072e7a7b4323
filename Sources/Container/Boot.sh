# shellcheck shell=sh
# shellcheck disable=SC2034  # The rules of Plant.sh and Seed.sh go by some of these.
# The first process of a container whose application is embedded in its binary. FrankenPHP unpacks it at every
# start, below $TMPDIR, and what a site writes there is gone with the container. So before the first
# request: unpack, put links to volumes in the places of data, look at every one, and only then become
# the server. Whatever is not right ends it with 78 and the reason: no server beats one that loses uploads.

set -eu
unset CDPATH ENV BASH_ENV IFS 2>/dev/null || :
LC_ALL=C
export LC_ALL

binary=
links=      # one a line: CLASS NEED PATH TARGET, encoded
relinks=    # links of the application that the archive in the binary cannot hold
sentinels=  # what an unpacked application has
tree=       # where it was unpacked to
nonce=      # in the names of files that are not whole yet
scratch=
staging=.   # a file is whole beside its place before it gets its name: each volume is a disk of its own
seeded=/dev/null  # FrankenPHP itself brings a deleted default back, so nothing is remembered
shared=     # the volume at work
mounts=     # where anything is mounted in this container, one a line

boot() {
  # A shell that is process 1 would not hear it: the server does, once it is.
  trap '[ -z "$scratch" ] || rm -rf -- "$scratch"; exit 143' TERM INT
  read_settings
  unpack_below=$(cd -P -- "${TMPDIR:-/tmp}" 2>/dev/null && pwd -P) ||
    stop "TMPDIR is ${TMPDIR:-/tmp}, which is no directory that this user may enter" \
      "make it in the image, or mount a tmpfs there"
  # As the kernel tells them, with its octal digits for a blank and a backslash.
  mounts=$(awk '$5 != "/" { gsub(/\\040/, " ", $5); gsub(/\\134/, "\\", $5); print $5 }' /proc/self/mountinfo)
  refuse_second
  refuse_mounts_inside
  prepare_scratch
  left_out=
  each_link prepare
  [ -z "$left_out" ] || note "no volume for $left_out: what is written there dies with the container"
  unpack
  each_link put
  each_relink
  each_link confirm
  name_the_tree
  rm -rf -- "$scratch" "$unpack_below/.deploy-boot"
  exec "$binary" "$@"
}

# --- Words ---------------------------------------------------------------------------------------------

note() { echo "deploy: $1" >&2; }

# stop WHAT NEXT
stop() {
  note "$1"
  echo "  The server was not started; nothing on a volume was overwritten or deleted." >&2
  echo "  Next: $2." >&2
  [ -z "$scratch" ] || rm -rf -- "$scratch"
  exit 78
}

# What the shared rules say of their work.
tell() {
  case $1 in
    seeded) note "${path}: $3 new defaults from the application" ;;
    *) shift && note "left alone: $*" ;;
  esac
}

refuse_outside() { stop "$shared/$1 is a link that leads elsewhere" "look who put it there, and take it away"; }

step() { :; }

# --- Settings ------------------------------------------------------------------------------------------

read_settings() {
  while read -r word rest; do
    case $word in
      binary) decode "$rest" && binary=$decoded ;;
      sentinel) sentinels="$sentinels$rest
" ;;
      link) links="$links$rest
" ;;
      relink) relinks="$relinks$rest
" ;;
    esac
  done <<END
$(settings)
END
}

# each_link ACTION: with `class`, `need`, `path` and `target` set, and `home`, the directory to be written to.
each_link() {
  while read -r class need name place; do
    [ -n "$class" ] || continue
    decode "$name" && path=$decoded
    decode "$place" && target=$decoded
    case $class in
      file) home=${target%/*} ;;
      *) home=$target ;;
    esac
    if is_left_out; then
      left_out="${left_out:+$left_out, }$path"
      continue
    fi
    "$1"
  done <<END
$links
END
}

# What not every host has a volume for, and this one has not.
is_left_out() { [ "$need" = wanted ] && ! is_on_volume "$home"; }

# --- Before anything is touched --------------------------------------------------------------------------

# A second start in the same container would take the tree of the first away.
refuse_second() {
  # As one list, since a process for each process would cost more than all the rest. By way of the
  # environment, since what looks for a word would find its own.
  ! cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\000' '\n' |
    wanted=$binary awk '$0 == ENVIRON["wanted"] { found = 1 } END { exit !found }' ||
    stop "$binary runs in this container already" "use \`$binary php-cli\` for a command beside the server"
}

# FrankenPHP removes its tree when it stops, and empties what is mounted in it.
refuse_mounts_inside() {
  while IFS= read -r mount; do
    case $mount in
      "$unpack_below"/frankenphp_*)
        stop "a volume is mounted at $mount, and FrankenPHP empties it when it stops" \
          "mount it below the data directory instead; this script links it to its place" ;;
    esac
  done <<END
$mounts
END
}

prepare_scratch() {
  # Nobody else starts in this container: these are of starts that were killed.
  rm -rf -- "$unpack_below"/deploy-boot.*
  scratch=$(mktemp -d "$unpack_below/deploy-boot.XXXXXX") ||
    stop "$unpack_below cannot be written to by uid $(id -u)" "give it to that user, or name another TMPDIR"
  # What starts that were killed left bears their names; a start that came to its end took all of it away.
  earlier=
  if [ -f "$unpack_below/.deploy-boot" ]; then
    while read -r name; do
      case $name in
        *[!A-Za-z0-9]* | '') continue ;;
      esac
      earlier="$earlier .deploy-part.$name"
    done <"$unpack_below/.deploy-boot"
  fi
  echo "${scratch##*.}" >>"$unpack_below/.deploy-boot"
  nonce=.deploy-part.${scratch##*.}
}

# prepare: the link's target can be written to, and lies on a volume.
prepare() {
  if ! is_on_volume "$home"; then
    stop "$path: $home is not on a volume, so what is written there dies with the container" \
      "mount a volume at $home, or at a directory above it"
  fi
  [ -d "$home" ] || mkdir -p -- "$home" 2>"$scratch/why" || stop_unwritable
  for part in $earlier; do
    [ ! -e "$home/$part.probe" ] || rm -f -- "$home/$part.probe"
    [ ! -e "$home/$part.part" ] || rm -f -- "$home/$part.part"
  done
  # Not by `echo`: of a full disk, dash says no more than "I/O error".
  cat -- "$unpack_below/.deploy-boot" >"$home/$nonce.probe" 2>"$scratch/why" || {
    rm -f -- "$home/$nonce.probe" || :
    stop_unwritable
  }
  rm -f -- "$home/$nonce.probe"
}

stop_unwritable() {
  stop "$path: $home cannot be written to by uid $(id -u): $(tail -n 1 "$scratch/why")" \
    "give the volume to that user, mount it for writing, or make room on it"
}

# is_on_volume PATH: whether anything but the container's own disk is mounted at it or above it.
is_on_volume() {
  existing=$1
  while [ ! -d "$existing" ]; do existing=${existing%/*}; existing=${existing:-/}; done
  existing=$(cd -P -- "$existing" && pwd -P) || return 1
  while IFS= read -r mount; do
    case $existing/ in "$mount"/*) return 0 ;; esac
  done <<END
$mounts
END
  return 1
}

# --- The application -------------------------------------------------------------------------------------

# A killed start leaves half an unpacked file, which FrankenPHP would take for a whole one for ever; and a
# tree of an earlier binary is of no use. Links in it are removed, never followed.
unpack() {
  rm -rf -- "$unpack_below"/frankenphp_*
  # The harmless command that unpacks: it returns when all is there.
  "$binary" version >"$scratch/version" 2>&1 ||
    stop "\`$binary version\` failed, which unpacks the application: $(tail -n 1 "$scratch/version")" \
      "look at room and permissions below $unpack_below, and try it by hand"
  refuse_old_version
  set -- "$unpack_below"/frankenphp_*
  if [ "$#" != 1 ] || [ ! -d "$1" ] || [ -L "$1" ]; then
    stop "$binary unpacked no application below $unpack_below" \
      "build it with EMBED, and without a fixed EmbeddedAppPath"
  fi
  tree=$1
  while read -r name; do
    [ -n "$name" ] || continue
    decode "$name"
    [ -e "$tree/$decoded" ] || stop "the unpacked application has no $decoded" \
      "look at what was embedded; container.sentinels in deploy.json says what must be there"
  done <<END
$sentinels
END
}

# Up to 1.2 the tree is unpacked over our links, or removed with them, by any later `php-cli`.
refuse_old_version() {
  version=$(sed -n 's/.*FrankenPHP v\{0,1\}\([0-9]*\.[0-9]*\).*/\1/p' "$scratch/version" | head -n 1)
  case $version in
    0.* | 1.[012]) stop "FrankenPHP $version unpacks over links at every start" "build with 1.3 or later" ;;
    '') note "the version of $binary is unknown; FrankenPHP 1.3 or later is needed" ;;
  esac
}

# --- Links -----------------------------------------------------------------------------------------------

put() {
  walk_to_parent
  shared=$home
  case $class in
    data) seed_from_tree ;;
    cache)
      # Each build has its own: a cache of another version names its classes and tables.
      target="$target/${tree##*_}"
      mkdir -p -- "$target" ;;
    file) plant_file ;;
  esac
  # An unpacked copy: what it held is on the volume, and no server ran yet.
  rm -rf -- "${tree:?}/$path"
  ln -s -- "$target" "$tree/$path"
}

# Every directory on the way is one of the tree: nothing is written through a link.
walk_to_parent() {
  walked=$tree
  rest=$path
  while :; do
    case $rest in */*) ;; *) return 0 ;; esac
    walked="$walked/${rest%%/*}"
    rest=${rest#*/}
    kind_of "$walked"
    case $kind in
      directory) ;;
      missing) mkdir -- "$walked" ;;
      *) stop "$path: ${walked#"$tree/"} is a $kind in the application" "name another path in container.links" ;;
    esac
  done
}

seed_from_tree() {
  kind_of "$tree/$path"
  case $kind in
    directory) ;;
    missing) return 0 ;;
    *) stop "$path is a $kind in the application, not a directory" "say \"class\": \"file\" of it" ;;
  esac
  sweep_parts
  seed "$tree/$path" '' || stop "$path: its defaults could not all be copied to $target" "see above; make room on the volume"
}

plant_file() {
  if [ -d "$target" ]; then stop "$path: $target is a directory" "put the file in its place"; fi
  if [ -f "$tree/$path" ] && [ ! -e "$target" ] && [ ! -L "$target" ]; then
    (cd -P -- "$home" && copy_in "$tree/$path" "./${target##*/}") ||
      [ -e "$target" ] || stop "$path could not be copied to $target" "make room on the volume"
  fi
  [ -e "$target" ] || note "$path: neither the application nor $home has it yet"
}

# Parts of starts that were killed, where this application has directories; of other containers, when old.
sweep_parts() {
  # shellcheck disable=SC2016  # the inner shell expands it
  (cd -- "$tree/$path" && earlier=$earlier find . -type d -exec sh -c '
    for place do
      for part in "$0/$place"/.deploy-part.*; do
        [ -e "$part" ] || continue
        name=${part##*/}
        case "$earlier " in
          *" ${name%.*} "*) rm -f -- "$part" ;;
          *) find "$part" -maxdepth 0 -mmin +60 -delete ;;
        esac
      done
    done' "$target" {} +)
}

each_relink() {
  while read -r name place; do
    [ -n "$name" ] || continue
    decode "$name" && path=$decoded
    decode "$place"
    walk_to_parent
    [ -e "$tree/$path" ] || [ -L "$tree/$path" ] || ln -s -- "$decoded" "$tree/$path"
  done <<END
$relinks
END
}

# --- The last look ---------------------------------------------------------------------------------------

confirm() {
  case $class in
    cache) target="$target/${tree##*_}" ;;
  esac
  [ "$(readlink -- "$tree/$path")" = "$target" ] ||
    stop "$path did not become a link to $target" "look at $tree"
  [ "$class" != file ] || return 0
  { : >"$tree/$path/$nonce.probe"; } 2>/dev/null ||
    stop "nothing can be written through $path" "look at $target"
  rm -f -- "$tree/$path/$nonce.probe"
}

# A name for cron, `docker exec` and migrations that does not change with each build.
name_the_tree() {
  ln -s -- "${tree##*/}" "$scratch/name"
  mv -T -- "$scratch/name" "$unpack_below/deploy-app" 2>/dev/null ||
    note "there is no $unpack_below/deploy-app: something is in its place"
}
