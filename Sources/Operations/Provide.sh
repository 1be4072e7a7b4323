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
    file)
      printf %s "$4" >"$root/shared/.$nonce"
      chmod -- "$3" "$root/shared/.$nonce"
      # Not by a plain rename: what came in between must not be replaced.
      ln -- "$root/shared/.$nonce" "$root/shared/$2"
      rm -f -- "$root/shared/.$nonce" ;;
  esac
  settle_disk "$root/shared"
  tell made "shared/$2"
}
