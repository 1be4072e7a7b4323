# shellcheck shell=sh
# Questions about one application that need more than the survey: read only, no lock.

# The manifest a release was shipped with. manifest RELEASE
op_manifest() {
  record="$root/.deploy/manifests/$1"
  [ -f "$record/manifest" ] || refuse 20 manifest-missing "$1"
  say "algorithm $(sed -n 1p "$record/algorithm")"
  sed "s/^/$mark$nonce entry /" "$record/manifest" >&3
}

# What differs between a release and its manifest, shared links aside: what is there besides (+), what
# changed (~), what is missing (-). drift RELEASE
op_drift() {
  record="$root/.deploy/manifests/$1"
  [ -f "$record/manifest" ] || refuse 20 manifest-missing "$1"
  work=$(mktemp -d) || work=$(mktemp -d -p "$root/.deploy/ops")
  trap 'rm -rf -- "$work"' EXIT
  describe_tree "$root/releases/$1" "$record/manifest" "$(sed -n 1p "$record/algorithm")" "$work"
  for list in "$work/all" "$record/manifest"; do
    without_links "$record/links" <"$list" | sort >"$work/${list##*/}.sorted"
  done
  {
    only_in "$work/manifest.sorted" "$work/all.sorted" | sed 's/^/- /'
    only_in "$work/all.sorted" "$work/manifest.sorted" | without_holders "$record/links" | sed 's/^/+ /'
  } | cut -d ' ' -f 1,6 | sort -k 2 | merged | head -n 1000 | sed "s/^\(.\) /$mark$nonce differs \1 =/" >&3
}

# `- path` and `+ path` together are a change of one path.
merged() {
  awk '
    $2 == path { sign = "~"; next }
    path != "" { print sign, path }
    { sign = $1; path = $2 }
    END { if (path != "") print sign, path }'
}

# Leaves out linked paths and what they replaced.
without_links() {
  if [ -s "$1" ]; then
    awk '
      NR == FNR { linked[$1] = 1; next }
      { path = $5; while (path != "") { if (path in linked) next
          if (!sub("/[^/]*$", "", path)) path = "" }
        print }' "$1" -
  else
    cat
  fi
}

# Leaves out directories that were made to hold a link.
without_holders() {
  if [ -s "$1" ]; then
    awk '
      NR == FNR { path = $1; while (sub("/[^/]*$", "", path)) holds[path] = 1; next }
      $1 == "d" && ($5 in holds) { next }
      { print }' "$1" -
  else
    cat
  fi
}

# The whole ledger, for `history`. ledger
op_ledger() {
  head_of_journal
  say "fact head $head"
  [ ! -s "$root/.deploy/ledger.jsonl" ] ||
    sed "s/^/$mark$nonce ledger /" "$root/.deploy/ledger.jsonl" >&3
}

# Runs a person's command in the live release, with its output as it comes. run COMMAND
op_run() {
  cd -- "$root/current/."
  verdict=$(mktemp)
  { sh -c "$1" </dev/null 2>&1 3>&- && echo 0 >"$verdict" || echo "$?" >"$verdict"; } | stream_lines
  say "result $(cat -- "$verdict")"
  rm -f -- "$verdict"
}

# Follows log files of the live release. follow LINES FOLLOW GLOB...
op_follow() {
  cd -- "$root/current/."
  lines=$1
  follow=$2
  shift 2
  files=
  for pattern in "$@"; do
    # shellcheck disable=SC2086  # a glob of the configuration, made to be expanded
    for file in $pattern; do
      [ ! -f "$file" ] || files="$files $file"
    done
  done
  [ -n "$files" ] || refuse 1 no-logs "$*"
  # shellcheck disable=SC2086
  if [ "$follow" = yes ]; then tail -n "$lines" -F $files 2>&1; else tail -n "$lines" $files; fi |
    stream_lines
}
