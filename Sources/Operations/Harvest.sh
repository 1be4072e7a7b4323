# shellcheck shell=sh
# Moves what appeared below the docroot while a site ran into shared/, and leaves links: from then on
# every release shows and writes the same files. What a release shipped, what its hooks made before it
# went live and what the recipe calls regenerable is not touched.
#
# harvest RELEASE ROOT EXPRESSION [old]: ROOT is the docroot, EXPRESSION matches what is regenerable; the links
# that somebody made in an `old` release are not those of the site
op_harvest() {
  release=$1
  tree="$root/releases/$release"
  record="$root/.deploy/manifests/$release"
  [ -d "$tree" ] || return 0
  remove_witness "$release"
  # Without it nobody knows what its own hooks made: it never went live by us.
  [ -s "$record/ready" ] && [ -f "$record/manifest" ] || return 0
  case $2 in .) below= ;; *) below=$2/ ;; esac
  regenerable=$3
  finds="$root/.deploy/staging/$nonce.finds"
  rm -rf -- "$finds"
  mkdir -- "$finds" || return 1
  harvested=0
  rescue_asides || return 1
  find_units || return 1
  : >"$finds/carried"
  for sort in moved link restored file directory deleted; do
    while IFS=' ' read -r kind name; do
      [ "$kind" = "$sort" ] || continue
      decode "$name"
      "harvest_$kind" "$decoded" || return 1
      step
    done <"$finds/units"
  done
  [ "${4-}" = old ] || mv -T -- "$finds/carried" "$root/.deploy/carried"
  keep_edited || return 1
  rm -rf -- "$finds"
  [ "$harvested" = 0 ] || settle_disk "$root"
}

# --- What there is to do ----------------------------------------------------------------------------

# Writes `KIND NAME` for everything that is not as it was shipped, names encoded and below the release.
find_units() {
  : >"$finds/files"
  : >"$finds/links"
  if [ -d "$tree/$below." ] && [ ! -L "$tree/${below%/}" ]; then
    (cd -- "$tree" && find "./$below." -type f -print0) >"$finds/files" || return 1
    (cd -- "$tree" && find "./$below." -type l -print0) >"$finds/links" || return 1
  fi
  : >"$finds/none"
  for part in files links; do encode_list "$finds/$part" | sed 's|/\./|/|;s|^\./||' >"$finds/$part.names"; done
  for part in made links; do [ -f "$record/$part" ] || cp -- "$finds/none" "$record/$part"; done
  [ -f "$root/.deploy/registry" ] || : >"$root/.deploy/registry"
  encode "$below"
  below=$encoded regenerable=$regenerable awk '
    function parent(path) { return sub(/\/[^\/]*$/, "", path) ? path : "" }
    function hold(path) { while ((path = parent(path)) != "") holds[path] = 1 }
    # The place of a file that only keeps a directory in a repository is meant for other files.
    function keeps_place(path) { return path ~ /(^|\/)\.(gitkeep|gitignore|keep|empty)$/ }
    function wanted(path) {
      if (!(pattern != "" && substr(path, length(below) + 1) ~ pattern)) return 1
      return 0
    }
    # The highest directory that nothing of the release is in, or the path itself.
    function unit(path,    rest, place, cut) {
      place = below
      rest = substr(path, length(below) + 1)
      while ((cut = index(rest, "/")) > 0) {
        place = place substr(rest, 1, cut)
        rest = substr(rest, cut + 1)
        if (!(substr(place, 1, length(place) - 1) in holds)) return substr(place, 1, length(place) - 1)
      }
      return path
    }
    function once(kind, path) { if (!((kind, path) in said)) { said[kind, path] = 1; print kind, path } }
    function linked(path,    above) {
      above = path
      while (above != "") { if (above in link) return above; above = parent(above) }
      return ""
    }
    BEGIN { below = ENVIRON["below"]; pattern = ENVIRON["regenerable"] }
    FILENAME == ARGV[1] { if ($1 != "d") { known[$5] = 1; if (!keeps_place($5)) hold($5) } next }
    FILENAME == ARGV[2] { known[$1] = 1; hold($1); next }
    FILENAME == ARGV[3] { link[$1] = 1; hold($1); next }
    FILENAME == ARGV[4] { registered[$1] = 1; next }
    FILENAME == ARGV[5] {
      over = linked($1)
      if (over != "") { once("restored", over); seen[over] = 1; next }
      if (($1 in known) || !wanted($1)) next
      place = unit($1)
      once(place == $1 ? "file" : "directory", place)
      next
    }
    FILENAME == ARGV[6] {
      seen[$1] = 1
      if (($1 in link) || ($1 in known) || !wanted($1)) next
      place = unit($1)
      once(place == $1 ? "link" : "directory", place)
    }
    END {
      for (path in link) {
        if (path in seen) continue
        if (index(path, below) != 1 || wanted(path) == 0) { print "elsewhere", path; continue }
        above = path
        while (above != "" && !(above in registered)) above = parent(above)
        if (above != "") print "deleted", path
      }
    }' "$record/manifest" "$record/made" "$record/links" "$root/.deploy/registry" \
    "$finds/files.names" "$finds/links.names" >"$finds/raw" || return 1
  while IFS=' ' read -r kind name; do
    case $kind in
      elsewhere) ! is_restored || printf 'restored %s\n' "$name" ;;
      link) if leads_to_shared; then printf 'moved %s\n' "$name"; else printf 'link %s\n' "$name"; fi ;;
      *) printf '%s %s\n' "$kind" "$name" ;;
    esac
  done <"$finds/raw" >"$finds/units"
}

# A link outside the docroot that something else took the place of.
is_restored() {
  decode "$name"
  [ ! -L "$tree/$decoded" ] && [ -e "$tree/$decoded" ]
}

# A link of ours that the application gave another name.
leads_to_shared() {
  decode "$name"
  point_of "$tree/$decoded"
  upward "$decoded"
  case $pointed in
    ../*shared/?*) [ -e "$root/shared/${pointed#"${up}shared/"}" ] ;;
    *) return 1 ;;
  esac
}

# --- What is done about it --------------------------------------------------------------------------

harvest_file() {
  place "$tree/$1" "$1" || return 1
  step
  trade "$1" || return 1
  register "$1"
  count_harvest "$1" 1
}

harvest_directory() {
  fill_shared "$tree/$1" "$1" || return 1
  [ "$filled" = yes ] || return 0
  step
  trade "$1" || return 1
  register "$1"
  count_harvest "$1" "$(grep -c . <"$finds/noted")"
}

# An application that saves by writing anew and renaming, or an editor, replaces a link by what it wrote.
harvest_restored() {
  if [ ! -d "$tree/$1" ]; then
    place "$tree/$1" "$1" || return 1
  else
    fill_shared "$tree/$1" "$1" || return 1
    [ "$filled" = yes ] || return 0
  fi
  step
  trade "$1" || return 1
  tell restored "$1"
  harvested=$((harvested + 1))
}

# The name changed, and the content is still in shared/ under the old one.
harvest_moved() {
  upward "$1"
  point_of "$tree/$1"
  before=${pointed#"${up}shared/"}
  registered "$before" || return 0
  kind_of "$root/shared/$before"
  case $kind in
    file) place "$root/shared/$before" "$1" && (enter_shared_parent "$before" && rm -f -- "./${before##*/}") ;;
    directory)
      (
        enter_shared_parent "$1" || exit 1
        [ -e "./${1##*/}" ] || mv -T -- "$root/shared/$before" "./${1##*/}"
      ) ;;
    *) return 0 ;;
  esac || return 1
  register "$1"
  unregister "$before"
  step
  trade "$1" || return 1
  strike "$before" "$record/links"
  # Said before it was known that it had moved.
  grep -Fxv -- "deleted $encoded" "$finds/units" >"$finds/left" || :
  mv -- "$finds/left" "$finds/units"
  count_harvest "$1" 1
}

# A link that somebody made by hand: the next release gets it too. One that leads by an absolute path into
# this release is carried as a relative one; one into another release leads nowhere for long.
harvest_link() {
  point_of "$tree/$1"
  case $pointed in
    "$tree"/*)
      upward "$1"
      pointed="${up#../../}${pointed#"$tree"/}" ;;
    "$root"/current/*)
      upward "$1"
      pointed="${up#../../}${pointed#"$root"/current/}" ;;
    "$root"/releases/* | */releases/*)
      tell stray "$1" "$pointed"
      return 0 ;;
  esac
  encode "$1"
  line=$encoded
  encode "$pointed"
  printf '%s %s\n' "$line" "$encoded" >>"$finds/carried"
}

# Through the site only the link can be deleted. So that means the content: it goes aside.
harvest_deleted() {
  kind_of "$root/shared/$1"
  case $kind in
    file) set_aside "$root/shared/$1" deleted "$1" && (enter_shared_parent "$1" && rm -f -- "./${1##*/}") ;;
    directory)
      kept="$root/.deploy/kept/$release/deleted/$1"
      mkdir -p -- "${kept%/*}" && chmod 0700 -- "$root/.deploy/kept" &&
        (enter_shared_parent "$1" && mv -T -- "./${1##*/}" "$kept.$nonce") ;;
  esac || return 1
  unregister "$1"
  strike "$1" "$record/links"
  [ "$kind" = missing ] || tell deleted "$1"
}

# shared/PATH holds afterwards what the directory holds: as the same files where the file system allows
# it. Sets `filled`: a file of that name in shared/ is in the way, and then a copy is kept aside.
fill_shared() {
  filled=yes
  note_names "$1" || return 1
  kind_of "$root/shared/$2"
  case $kind in
    missing) (new_shared_directory "$1" "$2") ;;
    directory | link) merge_directory "$1" "$2" ;;
    *)
      filled=no
      tell conflict "$2"
      keep_directory "$1" "$2" ;;
  esac
}

keep_directory() {
  (cd -- "$1" && find . -mindepth 1 -type f -print0) >"$finds/merge" || return 1
  encode_list "$finds/merge" >"$finds/merge.names"
  while IFS= read -r entry; do
    decode "$entry"
    set_aside "$1/$decoded" conflicts "$2/$decoded" || return 1
  done <"$finds/merge.names"
}

new_shared_directory() {
  (enter_shared_parent "$2") || return 1
  copy="$root/.deploy/staging/$nonce.part"
  same_device "$root/.deploy/staging" "$root/shared" || copy="$root/shared/.deploy-part.$nonce"
  rm -rf -- "$copy"
  # Links to the same files; or copies, over the border of a file system or of a user.
  cp -al -- "$1" "$copy" 2>/dev/null || {
    rm -rf -- "$copy"
    cp -a -- "$1" "$copy" || return 1
    settle_disk "$copy"
    : >"$finds/copied"
  }
  step
  enter_shared_parent "$2" || return 1
  mv -T -- "$copy" "./${2##*/}"
}

merge_directory() {
  (cd -- "$1" && find . -mindepth 1 -type f -print0) >"$finds/merge" || return 1
  encode_list "$finds/merge" >"$finds/merge.names"
  while IFS= read -r entry; do
    decode "$entry"
    place "$1/$decoded" "$2/$decoded" || return 1
  done <"$finds/merge.names"
}

# `INODE NAME` of every file, by which late writes are told from what was copied.
note_names() {
  (cd -- "$1" && find . -mindepth 1 -type f -print0) >"$finds/inside" || return 1
  encode_list "$finds/inside" >"$finds/inside.names"
  (cd -- "$1" && xargs -0 -r stat -c %i -- <"$finds/inside") >"$finds/inside.nodes" || return 1
  paste -d ' ' "$finds/inside.nodes" "$finds/inside.names" >"$finds/noted"
}

# Swaps the link in. What stood there stays aside with a list of what it held, until its release is
# pruned: whoever works in it may still write.
trade() {
  number=0
  while [ -e "$record/harvested/$nonce.$number" ]; do number=$((number + 1)); done
  aside="$record/harvested/$nonce.$number"
  mkdir -p -- "$aside" || return 1
  encode "$1"
  printf '%s\n' "$encoded" >"$aside/path"
  if [ -d "$tree/$1" ] && [ ! -L "$tree/$1" ]; then
    cp -- "$finds/noted" "$aside/names"
  else
    : >"$aside/names"
  fi
  upward "$1"
  swap_in "$tree/$1" "${up}shared/$1" "$aside/old" || return 1
  step
  encode "$1"
  grep -Fxqs -- "$encoded" "$record/links" || printf '%s\n' "$encoded" >>"$record/links"
  # A copy is another file: what was written to the first one meanwhile is brought after it.
  if [ -e "$finds/copied" ]; then
    rm -f -- "$finds/copied"
    merge_directory "$aside/old" "$1" || return 1
  fi
  rescue "$aside"
}

# A site can make thousands of files between two deploys; the first few say what it is about.
count_harvest() {
  harvested=$((harvested + 1))
  if [ "$harvested" -le 20 ]; then
    tell harvested "$@"
  elif [ "$harvested" = 21 ]; then
    tell harvested-more "$(grep -c '^file\|^directory' <"$finds/units")"
  fi
}

# --- Late writes ------------------------------------------------------------------------------------

rescue_asides() {
  for aside in "$record"/harvested/*; do
    [ -d "$aside" ] || continue
    rescue "$aside" || return 1
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

# --- Shipped files that were edited on the server ---------------------------------------------------

# Kept and reported, never promoted: the next release brings its own. Only files that changed since the
# release was ready are read.
keep_edited() {
  since="$record/algorithm"
  [ ! -s "$record/ready" ] || since="$record/ready"
  newer=-newer
  ! find "$since" -maxdepth 0 -cnewer "$since" >/dev/null 2>&1 || newer=-cnewer
  (cd -- "$tree" && find . -type f "$newer" "$since" -print0) >"$finds/touched" || return 1
  [ -s "$finds/touched" ] || return 0
  encode_list "$finds/touched" >"$finds/touched.names"
  (cd -- "$tree" && digest_files "$(sed -n 1p "$record/algorithm")" <"$finds/touched") \
    >"$finds/touched.digests" || return 1
  paste -d ' ' "$finds/touched.digests" "$finds/touched.names" | awk '
    FILENAME == ARGV[1] { if ($1 == "f") shipped[$5] = $4; next }
    ($2 in shipped) && shipped[$2] != $1 { print $2 }' "$record/manifest" - >"$finds/edited"
  count=0
  while IFS= read -r name; do
    decode "$name"
    kept="$root/.deploy/kept/$release/edited/$decoded"
    if cmp -s -- "$tree/$decoded" "$kept"; then continue; fi
    set_aside "$tree/$decoded" edited "$decoded" || return 1
    first=$decoded
    count=$((count + 1))
  done <"$finds/edited"
  [ "$count" = 0 ] || tell edited "$count" "$first" ".deploy/kept/$release/edited"
}
