# shellcheck shell=sh
# Waits, live and working, for the client's word that the other hosts work too. A client that is gone
# leaves the decision to what was checked here, and that was good.
op_confirm() {
  say healthy
  IFS= read -r word || word=go
  [ "$word" = go ] || refuse 15 held-back
}
