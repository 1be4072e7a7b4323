# shellcheck shell=sh
# Makes what a new host's shared/ lacks. What stands there already is left as it is, whatever it is.
#
# provide KIND PATH MODE CONTENT: KIND is directory or file; a directory without MODE gets what the host gives
op_provide() {
  kind_of "$root/shared/$2"
  [ "$kind" = missing ] || return 0
  walk_to_parent "$root/shared" "$2"
  case $1 in
    directory)
      mkdir -- "$root/shared/$2"
      # Not by -m: the umask would take bits away.
      [ -z "$3" ] || chmod -- "$3" "$root/shared/$2" ;;
    file) provide_file "$@" ;;
  esac
  settle_disk "$root/shared"
  tell made "shared/$2"
}

# Made in staging, which every session sweeps. Not renamed into place: what came in between must not be
# replaced. Where shared/ is another file system, a link cannot lead there, and it is made beside the place.
provide_file() {
  write_draft "$root/.deploy/staging/$nonce.provided" "$3" "$4"
  if ! ln -- "$draft" "$root/shared/$2" 2>/dev/null; then
    rm -f -- "$draft"
    write_draft "$root/shared/.deploy-part.$nonce" "$3" "$4"
    ln -- "$draft" "$root/shared/$2" || { rm -f -- "$draft"; return 1; }
  fi
  rm -f -- "$draft"
}

# Sets `draft`. write_draft PATH MODE CONTENT. What it holds may be a secret from its first byte on.
write_draft() {
  draft=$1
  (umask 077 && printf %s "$3" >"$draft") || return 1
  step
  chmod -- "$2" "$draft"
}
