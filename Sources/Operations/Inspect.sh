# shellcheck shell=sh
# What `deploy check` wants to know of a host: read only, but for a probe in a temporary directory
# of its own, which is gone afterwards.
#
# inspect
op_inspect() {
  inspect_tools
  inspect_places
  inspect_rename
  inspect_web
}

# The first line of what a tool says of its version; busybox answers to --help only.
inspect_tools() {
  encode "${SHELL:-unknown}"
  say "fact login-shell =$encoded"
  for tool in sh tar sha256sum b2sum stat find sort xargs awk sed od dd mktemp uniq paste readlink \
    sync flock timeout setsid zstd gzip; do
    path=$(command -v "$tool" 2>/dev/null) || { say "fact tool $tool missing"; continue; }
    case $tool in
      sh) shown=$(readlink -f -- "$path") ;;
      # dd would wait for input.
      *) shown=$("$tool" --version 2>&1 </dev/null | sed -n '/[0-9]\.[0-9]/{p;q;}') || shown= ;;
    esac
    encode "$shown"
    say "fact tool $tool =$encoded"
  done
}

inspect_places() {
  for place in . releases shared .deploy .deploy/lock .deploy/ledger.jsonl; do
    kind_of "$root/$place"
    open=no
    [ ! -w "$root/$place" ] || open=yes
    say "fact place $place $kind $open" \
      "$(stat -L -c '%a %U %G' -- "$root/$place" 2>/dev/null || printf -- '- - -')"
  done
  point_of "$root/current"
  real=$(readlink -f -- "$root/current" 2>/dev/null) || real=
  encode "$real"
  home=$(cd -P -- "$root" 2>/dev/null && pwd -P) || home=$root
  [ -z "$real" ] || say "fact live =$encoded"
  encode "$home"
  say "fact home =$encoded"
}

# Two links and a rename, as a flip does it; where the flip would be, when that can be written.
inspect_rename() {
  for near in "$root/.deploy" "$root" "$(dirname -- "$root")" "${TMPDIR:-/tmp}"; do
    if [ ! -d "$near" ] || [ ! -w "$near" ]; then continue; fi
    trial=$(mktemp -d "$near/.deploy-probe.XXXXXX" 2>/dev/null) || continue
    trap 'rm -rf -- "$trial"' EXIT
    mkdir -- "$trial/a" "$trial/b" && ln -s a "$trial/here" && ln -s b "$trial/next"
    mv -T -- "$trial/next" "$trial/here" 2>/dev/null || :
    point_of "$trial/here"
    encode "$near"
    if [ "$pointed" = b ]; then said=yes; else said=no; fi
    say "fact rename $said =$encoded"
    rm -rf -- "$trial"
    trap - EXIT
    return 0
  done
  say "fact rename unknown"
}

# Configurations of web servers that can be read and speak of this application, looked at
# for what keeps them from seeing a flip. Bounded: so many files, so many lines.
inspect_web() {
  [ -n "$root" ] || return 0
  find -L /etc/nginx /etc/apache2 /etc/httpd /etc/caddy -type f -size -256k -print 2>/dev/null |
    head -n 300 | while IFS= read -r file; do
    if [ ! -r "$file" ] || ! grep -Fq -- "$root/" "$file" 2>/dev/null; then continue; fi
    encode "$file"
    case $file in
      /etc/nginx/*) inspect_nginx "$file" ;;
      /etc/caddy/*) grep -q resolve_root_symlink "$file" || say "fact web caddy =$encoded" ;;
      *) inspect_apache "$file" ;;
    esac
  done
}

inspect_nginx() {
  if ! grep -Fq -- "$root/current" "$1"; then
    say "fact web nginx-elsewhere =$encoded"
  elif active_lines "$1" | grep -Eq '(SCRIPT_FILENAME|DOCUMENT_ROOT)[[:space:]].*[$]document_root'; then
    say "fact web nginx-document-root =$encoded"
  fi
}

inspect_apache() {
  if ! grep -Fq -- "$root/current" "$1"; then
    say "fact web apache-elsewhere =$encoded"
  elif active_lines "$1" | grep -Eiq 'Options.*(SymLinksIfOwnerMatch|-FollowSymLinks)'; then
    say "fact web apache-symlinks =$encoded"
  fi
}

active_lines() { grep -v '^[[:space:]]*#' "$1"; }
