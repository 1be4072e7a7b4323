# shellcheck shell=sh
# Begins a change: the layout, the lock, and a look whether the plan still fits what is here.
#
# Runs in the session's own shell, because the lock lives in its file descriptor. Nothing here
# relies on `set -e`.
#
# enter WAIT CURRENT HEAD HOLDER FRAGMENT PURPOSE: PURPOSE is change or adoption
op_enter() {
  lay_out || { complain; return 1; }
  if [ "$locked" != yes ]; then
    since=$(date +%s)
    encode "$4"
    holder="=$encoded"
    take_lock "$1" || { complain || report_holder; return 1; }
  fi
  describe_holder enter
  fragment=$5
  purpose=${6-change}
  mend_journal || return 1
  sweep_leftovers
  [ "$purpose" = adoption ] || refuse_odd_current || return 1
  point_of "$root/current"
  head_of_journal
  if [ "$pointed" != "$2" ] || [ "$head" != "$3" ]; then
    say "refused 11 changed"
    return 1
  fi
  probe_rename || { say "refused 17 rename"; return 1; }
}

# The directories of an application, made when they are missing and otherwise left as they are.
lay_out() {
  complaint=$(
    mkdir -p -- "$root/releases" "$root/shared" "$root/.deploy/staging" "$root/.deploy/trash" \
      "$root/.deploy/manifests" "$root/.deploy/ops" 2>&1 &&
      # Tried, not asked: a failed redirection of `exec` would end the shell without a word.
      sh -c 'for place; do : >"$place/.trial.$$" && rm -f -- "$place/.trial.$$" || exit 1; done' \
        sh "$root" "$root/releases" "$root/.deploy" 2>&1
  )
}

complain() {
  [ -n "$complaint" ] || return 1
  encode "$complaint"
  say "complaint =$encoded"
}

refuse_odd_current() {
  if [ -e "$root/current" ] && [ ! -L "$root/current" ]; then
    say "refused 17 layout"
    return 1
  fi
}

# All of our leftovers carry names of ours; what else stands here is not touched.
sweep_leftovers() {
  for left in "$root"/.current.*; do
    [ -L "$left" ] || continue
    rm -f -- "$left"
    encode "${left##*/}"
    say "note swept =$encoded"
  done
  for left in "$root"/.trial.* "$root"/releases/.trial.* "$root"/.deploy/.trial.* \
    "$root"/.deploy/trial.* "$root"/.deploy/ledger.jsonl.* "$root"/.deploy/staging/*; do
    [ -e "$left" ] || continue
    mv -- "$left" "$root/.deploy/trash/$nonce.${left##*/}" 2>/dev/null || :
  done
  sweep_standby
  # Not to the trash, which may be on another file system: it was never more than a draft.
  sweep_claims
  rm -rf -- "$root"/shared/.deploy-part.*
  rm -f -- "$root"/.deploy/ops/*
  for left in "$root"/.deploy/manifests/*; do
    [ -d "$left" ] || continue
    [ -d "$root/releases/${left##*/}" ] || mv -- "$left" "$root/.deploy/trash/$nonce.record.${left##*/}"
  done
  empty_trash
}

# `mv -T` must replace a link, not move into what it points to. Seen once, remembered.
probe_rename() {
  [ ! -e "$root/.deploy/renames" ] || return 0
  trial="$root/.deploy/trial.$nonce"
  mkdir -- "$trial" "$trial/a" "$trial/b" && ln -s a "$trial/here" && ln -s b "$trial/next" || return 1
  mv -T -- "$trial/next" "$trial/here" 2>/dev/null || :
  point_of "$trial/here"
  rm -rf -- "$trial"
  [ "$pointed" = b ] || return 1
  : >"$root/.deploy/renames"
}

report_holder() {
  holder_line=$(head -n 1 "$root/.deploy/holder" 2>/dev/null) || holder_line=
  encode "$holder_line"
  say "refused 11 locked =$encoded $(date +%s)"
}
