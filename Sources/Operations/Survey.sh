# shellcheck shell=sh
# What a planner must know of a host, read without changing anything.
#
# survey ENV-FILE DEBUG-KEYS SHARED-PATH...: DEBUG-KEYS are parted by blanks
op_survey() {
  survey_root
  [ -d "$root" ] || return 0
  survey_env "$1" "$2"
  shift 2
  survey_current
  survey_releases
  survey_journal
  survey_space
  survey_maintenance
  for wanted in "$@"; do
    kind_of "$root/shared/$wanted"
    encode "$wanted"
    linked=no
    [ ! -L "$root/current/$wanted" ] || linked=yes
    say "fact shared $kind =$encoded $linked"
  done
}

survey_root() {
  kind_of "$root"
  say "fact root $kind"
  say "fact clock $(date +%s)"
  # The nearest directory that exists decides whether the rest can be made.
  near=$root
  while [ ! -e "$near" ] && [ "$near" != / ]; do near=$(dirname -- "$near"); done
  if [ -w "$near" ] && [ -x "$near" ]; then open=yes; else open=no; fi
  encode "$near"
  say "fact writable $open =$encoded $(stat -c '%U %a' -- "$near") $(id -un)"
  tools=
  for tool in flock timeout setsid b2sum sha256sum zstd gzip tar stat find sort xargs; do
    if has "$tool"; then tools="$tools $tool"; fi
  done
  say "fact tools$tools"
}

survey_current() {
  kind_of "$root/current"
  point_of "$root/current"
  encode "$pointed"
  whole=no
  if [ "$kind" = link ] && [ -d "$root/current/." ]; then whole=yes; fi
  say "fact current $kind $whole =$encoded"
}

survey_releases() {
  for release in "$root"/releases/*; do
    kind_of "$release"
    [ "$kind" = directory ] || continue
    name=${release##*/}
    digest=-
    record="$root/.deploy/manifests/$name/manifest"
    if [ -f "$record" ]; then
      digest=$(sha256sum <"$record")
      digest="${digest%% *} $(sed -n 1p "${record%manifest}algorithm" 2>/dev/null)"
    fi
    encode "$name"
    say "fact release =$encoded $digest"
  done
}

survey_journal() {
  head_of_journal
  say "fact head $head"
  [ ! -s "$root/.deploy/ledger.jsonl" ] ||
    lines_that_matter | cut -c 1-16000 | sed "s/^/$mark$nonce ledger /" >&3
  holder_line=$(head -n 1 "$root/.deploy/holder" 2>/dev/null) || holder_line=
  if ! lock_is_free && [ -n "$holder_line" ]; then
    encode "$holder_line"
    say "fact holder =$encoded"
  fi
  left=0
  for entry in "$root"/.deploy/trash/* "$root"/.deploy/trash/.[!.]*; do
    [ ! -e "$entry" ] || left=$((left + 1))
  done
  say "fact trash $left"
}

# The last lines, and every line on a release that stands here, however old: without them a
# release that was live long ago would look like one that never was. What ran once for ever matters for
# ever.
lines_that_matter() {
  for release in "$root"/releases/*; do printf '%s\n' "${release##*/}"; done |
    awk -v last="$(wc -l <"$root/.deploy/ledger.jsonl")" '
      NR == FNR { stands[$0] = 1; next }
      FNR > last - 300 { print; next }
      { split($0, part, "\"") }
      part[10] in stands || (part[6] == "ran" && /"once":"ever"/) { print }' - "$root/.deploy/ledger.jsonl"
}

survey_space() {
  standby_size
  say "fact space $(df -Pk -- "$root" | awk -v more="$size" 'NR == 2 { print $4 + more }')" \
    "$(df -Pi -- "$root" 2>/dev/null | awk 'NR == 2 { print $4 }')"
}
