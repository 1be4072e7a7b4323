# shellcheck shell=sh
# Writes down what stands below the docroot beyond what was shipped, before anybody but our hooks could
# have put it there: what is there later and is in neither list was made while the site ran.
#
# census RELEASE ROOT
op_census() {
  tree="$root/releases/$1"
  record="$root/.deploy/manifests/$1"
  case $2 in .) below= ;; *) below=$2/ ;; esac
  [ -f "$record/links" ] || : >"$record/links"
  [ -f "$record/carried" ] || : >"$record/carried"
  work="$root/.deploy/staging/$nonce.census"
  rm -rf -- "$work"
  mkdir -- "$work" || return 1
  : >"$work/made"
  if [ -d "$tree/$below." ] && [ ! -L "$tree/${below%/}" ]; then
    (cd -- "$tree" && find "./$below." ! -type d -print0) >"$work/found" || return 1
    encode_list "$work/found" | sed 's|/\./|/|;s|^\./||' >"$work/names"
    awk '
      FILENAME == ARGV[1] { known[$5] = 1; next }
      FILENAME != ARGV[4] { known[$1] = 1; next }
      !($1 in known)' "$record/manifest" "$record/links" "$record/carried" "$work/names" \
      >"$work/made" || return 1
  fi
  mv -T -- "$work/made" "$record/made"
  rm -rf -- "$work"
  echo ready >"$record/ready"
}
