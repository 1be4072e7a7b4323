# shellcheck shell=sh
# What a harvest has to do: everything below the docroot that is not as it was shipped.

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
    # Busybox: a backslash in brackets is one of the characters, and index(x, "") is 0.
    function parent(path) { return sub("/[^/]*$", "", path) ? path : "" }
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
        if (substr(path, 1, length(below)) != below || wanted(path) == 0) { print "elsewhere", path; continue }
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
  ! grep -q '^deleted ' "$finds/units" || find_renamed_over
}

# One of our links may have been renamed over another.
find_renamed_over() {
  while IFS= read -r name; do
    decode "$name"
    if [ -L "$tree/$decoded" ] && leads_to_shared; then printf 'moved %s\n' "$name"; fi
  done <"$record/links" >>"$finds/units"
}

# A link outside the docroot that something else took the place of.
is_restored() {
  decode "$name"
  [ ! -L "$tree/$decoded" ] && [ -e "$tree/$decoded" ]
}

# A link of ours that the application gave another name, perhaps in another directory, where it leads
# nowhere. Sets `before`, whose own link is gone.
leads_to_shared() {
  decode "$name"
  point_of "$tree/$decoded"
  before=$pointed
  while :; do case $before in ../*) before=${before#../} ;; *) break ;; esac; done
  case $pointed.$before in ../*.shared/?*) before=${before#shared/} ;; *) return 1 ;; esac
  upward "$before"
  [ "$before" != "$decoded" ] && [ "$pointed" = "${up}shared/$before" ] || return 1
  [ -e "$root/shared/$before" ] && registered "$before" || return 1
  point_of "$tree/$before"
  [ "$pointed" != "${up}shared/$before" ]
}
