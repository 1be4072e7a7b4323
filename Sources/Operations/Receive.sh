# shellcheck shell=sh
# Takes the payload into a staging directory that no other session knows.
#
# receive COMPRESSION: none, gzip or zstd
op_receive() {
  stage="$root/.deploy/staging/$nonce"
  # It will not fit what goes live now, and its place may be needed.
  discard_standby || :
  mkdir -m 0700 -- "$stage"
  step
  # -o and -p: files are ours and have the modes they were sent with, whatever umask or user.
  frames | expand_stream "$1" | tar -xpof - -C "$stage"
  mkdir -- "$stage/record"
  mv -- "$stage/manifest" "$stage/record/manifest"
  close_directories
}

# tar of busybox leaves directories open that their mode closes to their owner.
close_directories() {
  sed -n 's/^d \(0[0145][0-7][0-7]\) - - \([^ ]*\)$/\1 \2/p' "$stage/record/manifest" |
    while read -r mode name; do
      decode "$name"
      chmod -- "$mode" "$stage/tree/$decoded"
    done
}

# Each frame is its length on a line, then so many bytes; a length of 0 ends the payload.
#
# frames [silent]: silent ones are no points between parts of an operation
frames() {
  while IFS= read -r length && [ "$length" -gt 0 ]; do
    dd bs="$length" count=1 iflag=fullblock 2>/dev/null
    [ "${1-}" = silent ] || step frame
  done
}

expand_stream() {
  case $1 in
    none) cat ;;
    gzip) gzip -dc ;;
    zstd) zstd -dcq ;;
  esac
}
