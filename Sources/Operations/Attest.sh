# shellcheck shell=sh
# Compares the tree in staging with its manifest: every name, kind, mode, size and target, and every content.
# Files that nobody has touched since they were read, which their stamps tell, are not read again.
#
# attest ALGORITHM
op_attest() {
  stage="$root/.deploy/staging/$nonce"
  tree="$stage/tree"
  work="$stage/work"
  manifest="$stage/record/manifest"
  chmod -- 0755 "$tree"
  list_facts "$tree" "$work/facts"
  awk '
    FILENAME == ARGV[1] { known[$3] = $1 " " $2; next }
    FILENAME == ARGV[2] {
      if ($1 == "d") $2 = "07" substr($2, 3)
      wanted[$5] = $1 " " $2 " " $3 ($1 == "l" ? " " $6 : "")
      if ($1 == "f") digest[$5] = $4
      missing++
      next
    }
    !($5 in wanted) || wanted[$5] != $1 " " $2 " " $3 ($1 == "l" ? " " $6 : "") { print "bad", $5; next }
    { missing-- }
    $1 == "f" && known[$5] != $4 " " digest[$5] { print "read", $5, digest[$5] }
    END { if (missing) print "missing", missing }' \
    "$work/stamps" "$manifest" "$work/facts" >"$work/verdict"
  step
  sed -n 's/^read \([^ ]*\) .*/\1/p' "$work/verdict" | decode_in_order >"$work/files"
  (cd -- "$tree" && digest_files "$1" <"$work/files") >"$work/digests"
  sed -n 's/^read \([^ ]*\) \(.*\)/\2 \1/p' "$work/verdict" | paste -d ' ' "$work/digests" - |
    awk '$1 != $2 { print "bad", $3 }' >"$work/misread"
  wrong=$(cat -- "$work/verdict" "$work/misread" | sed -n 's/^bad //p;/^missing/p' | head -n 1)
  [ -z "$wrong" ] || unfit "the copy is not as it should be: $(printf '%b' "$wrong")"
  awk '$1 == "d" && $2 !~ /^07/ { print $2, $5 }' "$manifest" | sort -r -k 2 >"$work/modes"
  change_modes "$work/modes"
  printf '%s\n' "$1" >"$stage/record/algorithm"
  rm -rf -- "${work:?}"
}
