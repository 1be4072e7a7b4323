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
  for sort in moved link loose directory restored deleted; do
    [ "$sort" != loose ] || { harvest_loose || return 1; continue; }
    while IFS=' ' read -r kind name; do
      [ "$kind" = "$sort" ] || continue
      decode "$name"
      "harvest_$kind" "$decoded" || return 1
      step
    done <"$finds/units"
  done
  [ "${4-}" = old ] || carry_on || return 1
  keep_edited || return 1
  rm -rf -- "$finds"
  [ "$harvested" = 0 ] || settle_disk "$root"
}

# The links that somebody made go to the next release. One that this release never had, because it ships
# something else there, is not gone for that.
carry_on() {
  [ -f "$record/carried" ] || : >"$record/carried"
  [ -f "$root/.deploy/carried" ] || : >"$root/.deploy/carried"
  awk 'FILENAME != ARGV[3] { had[$1] = 1; next } !($1 in had)' \
    "$finds/carried" "$record/carried" "$root/.deploy/carried" >"$finds/hidden" || return 1
  cut -d ' ' -f 1 <"$finds/carried" >>"$record/carried"
  cat -- "$finds/hidden" >>"$finds/carried"
  mv -T -- "$finds/carried" "$root/.deploy/carried"
}

harvest_file() {
  place "$tree/$1" "$1" || return 1
  step
  register "$1"
  step
  trade "$1" || return 1
  count_harvest "$1" 1
}

harvest_directory() {
  fill_shared "$tree/$1" "$1" || return 1
  [ "$filled" = yes ] || return 0
  step
  mend_links "$1" || return 1
  register "$1"
  step
  trade "$1" || return 1
  count_harvest "$1" "$(grep -c . <"$finds/noted")"
}

# An application that saves by writing anew and renaming, or an editor, replaces a link by what it wrote.
harvest_restored() {
  kind_of "$tree/$1"
  shows=$kind
  kind_of "$root/shared/$1"
  # A file where a directory was, or the other way round: what was there is deleted.
  case $kind.$shows in
    file.directory | directory.file) remove_shared "$1" || return 1 ;;
    # Somebody's link in what was harvested, which the site showed until it was replaced.
    link.*) ! registered "$1" || remove_shared "$1" || return 1 ;;
  esac
  if [ ! -d "$tree/$1" ]; then
    place "$tree/$1" "$1" || return 1
  else
    fill_shared "$tree/$1" "$1" || return 1
    [ "$filled" = yes ] || return 0
    mend_links "$1" || return 1
  fi
  step
  trade "$1" || return 1
  tell restored "$1"
  harvested=$((harvested + 1))
}

# The name changed, and the content is still in shared/ under the old one.
harvest_moved() {
  encode "$1"
  name=$encoded
  leads_to_shared || return 0
  # What had that name was replaced.
  remove_shared "$1" || return 1
  move_shared "$before" "$1" || return 1
  [ "$kind" != missing ] || return 0
  register "$1"
  step
  trade "$1" || return 1
  forget_link "$before"
  count_harvest "$1" 1
}

# move_shared BEFORE AFTER: sets `kind` to missing when there is nothing to be moved.
move_shared() {
  kind_of "$root/shared/$1"
  case $kind in
    file) place "$root/shared/$1" "$2" && (enter_shared_parent "$1" && rm -f -- "./${1##*/}") ;;
    directory)
      (
        enter_shared_parent "$2" || exit 1
        [ -e "./${2##*/}" ] || mv -T -- "$root/shared/$1" "./${2##*/}"
      ) ;;
    *) kind=missing ;;
  esac
}

# It has another name now, and was said to be deleted before that was known.
forget_link() {
  # Something else has that name already, and takes its place in the books.
  if [ -e "$tree/$1" ]; then return 0; fi
  unregister "$1"
  strike "$1" "$record/links"
  grep -Fxv -- "deleted $encoded" "$finds/units" >"$finds/left" || :
  mv -- "$finds/left" "$finds/units"
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
  remove_shared "$1" || return 1
  forget_link "$1"
  [ "$kind" = missing ] || tell deleted "$1"
}

remove_shared() {
  kind_of "$root/shared/$1"
  case $kind in
    file) set_aside "$root/shared/$1" deleted "$1" && (enter_shared_parent "$1" && rm -f -- "./${1##*/}") ;;
    directory)
      kept="$root/.deploy/kept/$release/deleted/$1"
      mkdir -p -- "${kept%/*}" && chmod 0700 -- "$root/.deploy/kept" &&
        (enter_shared_parent "$1" && mv -T -- "./${1##*/}" "$kept.$nonce") ;;
    link) (enter_shared_parent "$1" && rm -f -- "./${1##*/}") ;;
  esac
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
