# shellcheck shell=sh
# Starts a release beside the live one, on a port of the loopback that nobody uses, and asks it whether it
# works, before anything is pointed at it. It is ended with all that it started.
#
# boot COMMAND CHECK...: CHECK are the fields of `read_check`, the port among them being empty
op_boot() {
  run=$1
  shift
  read_check "$@"
  choose_port
  start_trial
  if healthy; then outcome=healthy; else outcome=ill; fi
  end_trial
  if [ "$outcome" = ill ]; then
    tell_answer
    say "output it printed:"
    tail -n 20 -- "$answer/printed" | tail -c 8000 | sed 's/^/  /' | stream_lines
  fi
  rm -rf -- "$answer"
  [ "$outcome" = healthy ] || refuse 13 boot "$run" "$reason"
}

start_trial() {
  verdict="$answer/trial"
  # A client that goes away takes the trial with it.
  trap 'end_trial; exit 143' TERM
  (
    cd -- "$root/releases/$release" || exit 1
    in_session env -i PATH="$PATH" HOME="${HOME:-$root}" LANG="${LANG:-C.UTF-8}" \
      USER="$(id -un)" DEPLOY_RELEASE="$release" DEPLOY_ROOT="$root" PORT="$port" sh -c "$run"
  ) </dev/null >"$answer/printed" 2>&1 &
  pid=$!
  # When we are killed, it must not stay for ever.
  on_the_clock "$((within + timeout + 5))" "$verdict.late" &
  clock=$!
}

end_trial() {
  trap - TERM
  end_session
}

# `healthy` asks between two tries.
goes_on() {
  [ -z "${run-}" ] || kill -0 "$pid" 2>/dev/null || {
    ended=0
    wait "$pid" || ended=$?
    reason="ended with $ended before it answered"
    return 1
  }
}

# Below the range from which the kernel gives ports to clients.
choose_port() {
  port=$((20000 + $(od -An -N2 -tu2 </dev/urandom) % 12000))
  while is_taken "$port"; do port=$((port + 1)); done
}

is_taken() {
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
    grep -q "^ *[0-9]*: [0-9A-F]*:$(printf %04X "$1") "
}
