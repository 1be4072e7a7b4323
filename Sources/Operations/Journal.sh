# shellcheck shell=sh
# The ledger: one JSON line a change, each naming the digest of the line before it.
#
# `current` is the truth and the ledger its journal: when they differ, a session died between
# the flip and its record, and the next session writes the record that is missing.

# Sets `head`: the digest of the last line, or zeros.
head_of_journal() {
  if [ -s "$root/.deploy/ledger.jsonl" ]; then
    head=$(tail -n 1 "$root/.deploy/ledger.jsonl" | sha256sum)
    head=${head%% *}
  else
    head=0000000000000000000000000000000000000000000000000000000000000000
  fi
}

# journal EVENT RELEASE MORE: MORE is JSON members made by the client, or nothing.
journal() {
  head_of_journal
  last=$(tail -n 1 "$root/.deploy/ledger.jsonl" 2>/dev/null |
    sed -n 's/^{"seq":\([0-9][0-9]*\),.*/\1/p')
  line="{\"seq\":$((${last:-0} + 1)),\"event\":\"$1\",\"release\":\"$2\""
  line="$line,\"at\":\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\",$fragment${3:+,${3%,}},\"prev\":\"$head\"}"
  size=$(wc -c <"$root/.deploy/ledger.jsonl" 2>/dev/null) || size=0
  printf '%s\n' "$line" >>"$root/.deploy/ledger.jsonl" || {
    # A full disk takes half a line; what follows it would break the chain. dd cuts it off.
    dd if=/dev/null of="$root/.deploy/ledger.jsonl" bs=1 seek="$((size))" 2>/dev/null
    return 1
  }
}

# A power cut can tear the last line; it is put aside and its fact rebuilt from `current`.
mend_journal() {
  book="$root/.deploy/ledger.jsonl"
  if [ -s "$book" ] && [ "$(tail -c 1 "$book" | od -An -to1 | tr -d ' \n')" != 012 ]; then
    tail -n 1 "$book" >"$root/.deploy/ledger.torn.$nonce"
    whole=$(($(wc -c <"$book") - $(wc -c <"$root/.deploy/ledger.torn.$nonce")))
    head -c "$whole" "$book" >"$book.$nonce" && mv -T -- "$book.$nonce" "$book" || return 1
    say "note torn"
  fi
  # What an adoption finds live was made so by another tool, and gets its line there.
  [ "$purpose" = change ] || return 0
  point_of "$root/current"
  live=${pointed#releases/}
  case $live in '' | */*) return 0 ;; esac
  [ -d "$root/releases/$live" ] || return 0
  recorded=$(sed -nE \
    's/^\{"seq":[0-9]+,"event":"(live|recovered|adopted)","release":"([^"]*)".*/\2/p' \
    "$book" 2>/dev/null | tail -n 1)
  if [ "$recorded" != "$live" ]; then
    case $live in *[!A-Za-z0-9._-]*) return 0 ;; esac
    case $recorded in *[!A-Za-z0-9._-]*) recorded= ;; esac
    journal recovered "$live" "${recorded:+\"from\":\"$recorded\"}" || return 1
    encode "$live"
    say "note recovered =$encoded"
  fi
}

# keep_reason CODE KIND FIELD...: an operation runs in a subshell, so it leaves in a file why it refused.
keep_reason() {
  [ "$locked" = yes ] || return 0
  case $2 in
    hook) told="hook $3 exited $4" ;;
    hook-timeout) told="hook $3 took more than $4 s" ;;
    health | boot) told="$2 check $3 $4" ;;
    *)
      told=$2
      shift 2
      told="$told $*" ;;
  esac
  printf '%s\n%s\n' "$now" "$told" 2>/dev/null >"$root/.deploy/ops/why.$nonce" || :
}

# Sets `why` to what the operation at work left, as text that may stand in JSON.
read_reason() {
  why=
  [ -f "$root/.deploy/ops/why.$nonce" ] || return 0
  if [ "$(head -n 1 "$root/.deploy/ops/why.$nonce")" = "$now" ]; then
    why=$(sed 1d "$root/.deploy/ops/why.$nonce" | tr '"\\\n' "'/ " |
      tr -c ' -~' '?' | cut -c 1-300)
    why=${why% }
  fi
  rm -f -- "$root/.deploy/ops/why.$nonce"
}
