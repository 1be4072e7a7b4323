# shellcheck shell=sh
# Waits for the client's word that all hosts are prepared, so that none flips before.
op_barrier() {
  say prepared
  IFS= read -r word || word=
  [ "$word" = go ] || refuse 15 held-back
}
