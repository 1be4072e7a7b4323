# shellcheck shell=sh
# Whether the application is down for maintenance: .deploy/down says so, and every later session believes it.
#
# shared/maintenance.html is the page that a web server shows as long as it is there. Both lie outside of the
# releases, so a flip changes nothing of it.

is_down() { [ -e "$root/.deploy/down" ]; }

# take_down RELEASE MEMBERS LEDGER PAGE: the record first, so that `bring_up` finds whatever a death leaves
op_take_down() {
  kind_of "$root/shared/maintenance.html"
  if [ "$kind" != missing ] && ! is_down; then refuse 17 page-taken "$kind"; fi
  (umask 022 && printf '{"at":"%s",%s}\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$2" \
    >"$root/.deploy/ops/down.$nonce")
  settle_disk "$root/.deploy/ops/down.$nonce"
  step
  mv -T -- "$root/.deploy/ops/down.$nonce" "$root/.deploy/down"
  step
  write_draft "$root/shared/.deploy-part.$nonce" 0644 "$4"
  mv -T -- "$draft" "$root/shared/maintenance.html"
  step
  journal down "$1" "$3" || tell unwritten down
  settle_disk "$root/.deploy"
}

# bring_up RELEASE: the record last, so that one more `bring_up` goes on where a death ended this one
op_bring_up() {
  if is_down; then rm -f -- "$root/shared/maintenance.html"; fi
  step
  journal up "$1" '' || tell unwritten up
  step
  rm -f -- "$root/.deploy/down"
  settle_disk "$root/.deploy"
}

survey_maintenance() {
  is_down || return 0
  encode "$(head -c 8000 -- "$root/.deploy/down")"
  say "fact down =$encoded"
}

# A site that is down answers so on purpose. Anything else that is wrong with an answer still counts.
says_down() { [ "${status-}" = 503 ] && is_down; }
