# shellcheck shell=sh
# The environment file of an application, in shared/, and its versions in .deploy/env/.
#
# Values are read from files and printed by a builtin, so that they are never words of a process:
# every user of the host can list those.

# read_env FILE: what stands there, its bytes, and the record of every version
op_read_env() {
  describe_env "$1"
  [ "$kind" != 'file' ] || print_bytes "$env_file"
  for version in "$root"/.deploy/env/*/record; do
    [ -f "$version" ] || continue
    encode "$(cat -- "$version")"
    say "fact env-record =$encoded"
  done
}

# read_env_version NUMBER: its bytes
op_read_env_version() {
  [ -f "$root/.deploy/env/$1/content" ] || refuse 18 env-version "$1"
  print_bytes "$root/.deploy/env/$1/content"
}

# keep_env FILE DIGEST RECORD: makes a version of what stands there, as a hand left it
op_keep_env() {
  begin_env_change "$1" "$2"
  new_env_version "$3"
  : >"$version/content"
  [ "$kind" = missing ] || cat -- "$env_file" >"$version/content"
  if [ "$kind" != missing ] && [ "$(digest_of "$version/content")" != "$2" ]; then
    refuse 17 env-changed "$1"
  fi
  commit_env_version
}

# put_env FILE DIGEST NEW-DIGEST RECORD CONTENT: the version first, so that a death in between loses nothing
op_put_env() {
  begin_env_change "$1" "$2"
  new_env_version "$4"
  printf %s "$5" >"$version/content"
  [ "$(digest_of "$version/content")" = "$3" ] || refuse 12 env-digest "$1"
  fresh="${env_file%/*}/.deploy-env.$nonce"
  trap 'rm -rf -- "$fresh" "$version"' EXIT
  cat -- "$version/content" >"$fresh"
  [ "$kind" = missing ] || keep_owner "$1"
  settle_disk "$fresh"
  step
  # Looked at once more: a hand at an editor takes no lock.
  require_env "$1" "$2"
  commit_env_version
  step
  mv -T -- "$fresh" "$env_file"
  settle_disk "${env_file%/*}"
}

# Sets `env_file` and `kind`, and tells. A link on the way would show another file than the one that we write.
describe_env() {
  find_env "$1"
  digest=-
  stats='- - -'
  if [ "$kind" = 'file' ]; then
    [ -r "$env_file" ] || refuse 19 env-unreadable "$1" "$(stat -c '%U %a' -- "$env_file")"
    digest=$(digest_of "$env_file")
    stats=$(stat -c '%a %U %G' -- "$env_file")
  fi
  say "fact env-file $kind $digest $stats"
}

digest_of() { sha256sum <"$1" | cut -d ' ' -f 1; }

# Sets `env_file` and `kind`; refuses a file that is reached through a link.
find_env() {
  env_file="$root/shared/$1"
  passed=
  ahead=$1
  while :; do
    case $ahead in */*) ;; *) break ;; esac
    passed="$passed${passed:+/}${ahead%%/*}"
    ahead=${ahead#*/}
    kind_of "$root/shared/$passed"
    case $kind in
      directory | missing) ;;
      *) refuse 17 env-kind "$passed" "$kind" directory ;;
    esac
  done
  kind_of "$env_file"
  case $kind in
    'file' | missing) ;;
    *) refuse 17 env-kind "$1" "$kind" 'file' ;;
  esac
}

# Compare and swap: what is there must be what the plan was made from. `-` stands for no file.
require_env() {
  find_env "$1"
  found=-
  [ "$kind" = missing ] || found=$(digest_of "$env_file")
  [ "$found" = "$2" ] || refuse 17 env-changed "$1"
}

begin_env_change() {
  umask 077
  require_env "$1" "$2"
  env_home="$root/.deploy/env"
  kind_of "$env_home"
  case $kind in
    missing) mkdir -- "$env_home" ;;
    directory) chmod -- 700 "$env_home" ;;
    *) refuse 17 env-kind .deploy/env "$kind" directory ;;
  esac
  # What is behind these directories, the application reads as another user.
  (umask 022 && mkdir -p -- "${env_file%/*}")
  # What sessions left that died here; both names are ours.
  rm -rf -- "$env_home"/.new.*
  rm -f -- "${env_file%/*}"/.deploy-env.*
  find_env "$1"
}

# Sets `number` and `version`, a directory that is not one of the versions yet.
new_env_version() {
  number=0
  for place in "$env_home"/*; do
    case ${place##*/} in *[!0-9]*) continue ;; esac
    [ "${place##*/}" -le "$number" ] || number=${place##*/}
  done
  number=$((number + 1))
  version="$env_home/.new.$nonce"
  mkdir -- "$version"
  printf '{"version":%s,"at":"%s",%s}\n' \
    "$number" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" >"$version/record"
}

commit_env_version() {
  settle_disk "$version"
  mv -T -- "$version" "$env_home/$number"
  settle_disk "$env_home"
  say "note env-version $number"
}

# A rename would hand the file to us. Never widened: an owner that cannot be kept is a reason to stop.
keep_owner() {
  if [ "$(stat -c %u:%g -- "$fresh")" != "$(stat -c %u:%g -- "$env_file")" ]; then
    chown -- "$(stat -c %u:%g -- "$env_file")" "$fresh" 2>/dev/null ||
      refuse 19 env-owner "$1" "$(stat -c '%U:%G' -- "$env_file")" "$(id -un)"
  fi
  chmod -- "$(stat -c %a -- "$env_file")" "$fresh"
}

# Straight from the file to the client: a shell's variable cannot hold every byte.
print_bytes() { od -An -v -to1 <"$1" | sed "s/ /\\\\0/g; s/^/$mark$nonce entry /" >&3; }

# Names for a planner, and values of the keys that it asked about. survey_env FILE KEYS
survey_env() {
  [ -n "$1" ] || return 0
  kind_of "$root/shared/$1"
  # shellcheck disable=SC2015  # either half may fail
  [ "$kind" = 'file' ] && [ -r "$root/shared/$1" ] || return 0
  say "fact env $(digest_of "$root/shared/$1")"
  scan_env "$2" <"$root/shared/$1" | sed "s/^/$mark$nonce fact env-/" >&3
}

# The scanner of Planning/Dotenv.swift, letter by letter. A test holds the two together.
scan_env() {
  # shellcheck disable=SC2016  # awk expands it
  awk -v wanted=" $1 " '
    { text = text $0 "\n" }
    function blanks() { while (substr(text, at, 1) ~ /[ \t\r]/) at++ }
    function word(  start) {
      start = at
      while (substr(text, at, 1) ~ /[A-Za-z0-9_.]/) at++
      return substr(text, start, 1) ~ /[0-9]/ ? "" : substr(text, start, at - start)
    }
    # Past a value in quotes, or back to where it began when a quote never ends.
    function quoted(  start, c, q) {
      start = at
      while ((c = substr(text, at, 1)) != "" && c !~ /[ \t\r\n]/) {
        at++
        if (c == "\\") { at++; continue }
        if (c != "\"" && c != "\047") continue
        q = c
        while ((c = substr(text, at, 1)) != q) {
          if (c == "" || at >= length(text)) { at = start; return 0 }
          at += (c == "\\" && q == "\"") ? 2 : 1
        }
        at++
      }
      return 1
    }
    function plain(  start, end, c) {
      start = end = at
      while ((c = substr(text, at, 1)) != "\n" && c != "") {
        if (c == "#" && substr(text, at - 1, 1) ~ /[ \t\r]/) break
        at++
        if (c !~ /[ \t\r]/) end = at
      }
      at = end
    }
    function encoded(value,  i, c, out) {
      for (i = 1; i <= length(value); i++) {
        c = substr(value, i, 1)
        out = out (c ~ /[A-Za-z0-9_.:@,+-]/ ? c : sprintf("\\0%03o", c in code ? code[c] : 63))
      }
      return out
    }
    END {
      for (i = 1; i < 256; i++) code[sprintf("%c", i)] = i
      at = substr(text, 1, 3) == "\357\273\277" ? 4 : 1
      while (at <= length(text)) {
        blanks()
        name = word()
        if (name == "export" && substr(text, at, 1) ~ /[ \t\r]/) { blanks(); name = word() }
        blanks()
        if (name != "" && substr(text, at, 1) == "=") {
          at++
          blanks()
          start = at
          if (substr(text, at, 1) !~ /["\047]/ || !quoted()) plain()
          print "key " name
          if (index(wanted, " " name " "))
            print "value " name " =" encoded(substr(text, start, at - start))
          # For the client to leave out of what hooks and tools print. As in Mask.swift.
          if (toupper(name) ~ /SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|PRIVATE|CREDENTIAL|APIKEY/ ||
            toupper(name) ~ /WEBHOOK|_(KEY|PASS|PWD|DSN|AUTH)$/ ||
            substr(text, start, at - start) ~ /:\/\/[^\/@]*:[^\/@]+@/)
            print "secret =" encoded(substr(text, start, at - start))
        }
        while (at <= length(text) && substr(text, at, 1) != "\n") at++
        at++
      }
    }'
}
