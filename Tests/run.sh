#!/bin/sh
# Runs every check and every test:   sh Tests/run.sh [--full]
#
# Works as root and as a user with sudo, on Debian or Ubuntu with a Swift toolchain, from any
# directory. Installs what is missing. The last line is `N passed, N failed`; the exit status is
# 0 only if nothing failed and tests did run. --full lets the suites take their time.
# shellcheck disable=SC2317  # Checks are functions that are called by name.
set -eu

packages='libssh2-1-dev pkg-config openssh-server openssh-client busybox shellcheck zstd gzip git
python3 strace dash bash procps iproute2 curl wget perl php-cli php-fpm nginx-light'

top_level='Package.swift README.md Sources Tests recipes shared-skeleton'

cd -- "$(dirname -- "$0")/.."
root=$(pwd)
# A build directory of its own: warnings are errors here, and a change of flags would make people's
# incremental builds start over.
scratch=$root/.build/checks
logs=$root/.build/logs
passed=0
failed=0
running=
guard=
full=

main() {
  for word in "$@"; do
    case $word in
      --full) full=1 ;;
      *) echo "usage: sh Tests/run.sh [--full]" >&2; exit 2 ;;
    esac
  done
  colors
  mkdir -p "$logs"
  trap 'finish' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM

  install_missing
  check 'swift format is content' format_lint
  check 'shellcheck is content' shell_lint
  check 'no shipped target imports Foundation' no_foundation
  check 'the top level holds what it should' only_top_level
  check 'every import is declared in Package.swift' declared_imports
  check 'everything builds without a warning' build
  if [ "$outcome" = passed ]; then
    tests
    suites
  fi
  exit 0
}

# --- the frame -----------------------------------------------------------------------------------

colors() {
  good='' bad='' plain=''
  if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
    good=$(printf '\033[32m') bad=$(printf '\033[31m') plain=$(printf '\033[0m')
  fi
}

# Runs in the background and waits, since a shell obeys a signal only between commands. What hangs is
# ended after so many seconds, so that its log can be shown while somebody still waits for it.
attend() { # log, seconds, command
  log=$1 limit=$2
  shift 2
  rm -f -- "$log" "$log.late"
  "$@" >>"$log" 2>&1 </dev/null &
  running=$!
  limit "$limit" "$running" &
  guard=$!
  status=0
  wait "$running" || status=$?
  running=
  stop_tree "$guard"
  wait "$guard" 2>/dev/null || :
  guard=
  # What was ended from outside may still have ended well.
  [ ! -e "$log.late" ] || status=124
  return "$status"
}

limit() { # seconds, pid
  sleep "$1"
  : >"$log.late"
  echo "not done after $1 s: ended here; its processes then:"
  ps -eo pid,ppid,stat,etimes,args --forest | awk -v top="$2" '
    { mine = $1 == top || ($2 in family) } mine { family[$1]; print substr($0, 1, 160) }'
  stop_tree "$2"
} >>"$log"

finish() {
  status=$?
  trap - EXIT
  for left in $running $guard; do
    stop_tree "$left"
    wait "$left" 2>/dev/null || :
  done
  # Who reads only the last line must not take a run that was cut short for a good one.
  if [ "$status" -ne 0 ]; then failed=$((failed + 1)); fi
  echo "$passed passed, $failed failed"
  [ "$status" -eq 0 ] || exit "$status"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# Children first: swift test leaves its own running when it is told to end.
stop_tree() {
  for child in $(ps -o pid= --ppid "$1"); do stop_tree "$child"; done
  kill "$1" 2>/dev/null || :
}

say() { # outcome, heading, seconds
  case $1 in
    passed) color=$good ;;
    *) color=$bad ;;
  esac
  printf '%s%s%s  %s (%s s)\n' "$color" "$1" "$plain" "$2" "$3"
}

# One line when it holds; its output too when it does not.
check() { # heading, command
  began=$(date +%s)
  outcome=failed
  log=$logs/$2.log
  if attend "$log" 1200 "$2"; then
    outcome=passed
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi
  say "$outcome" "$1" $(($(date +%s) - began))
  [ "$outcome" = passed ] || show "$log"
}

show() {
  tail -n 60 "$1" | sed 's/^/  | /'
  echo "  all of it: ${1#"$root/"}"
}

# --- what is needed ------------------------------------------------------------------------------

install_missing() {
  if ! command -v swift >/dev/null 2>&1; then
    echo "no swift on PATH: install Swift 6 from https://swift.org/install, then try again" >&2
    exit 1
  fi
  missing=
  for package in $packages; do
    case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
      'install ok installed') ;;
      *) missing="$missing $package" ;;
    esac
  done
  [ -n "$missing" ] || return 0
  as_root=
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || {
      echo "neither root nor sudo here to install:$missing" >&2
      exit 1
    }
    as_root=sudo
  fi
  echo "installing:$missing"
  # shellcheck disable=SC2086  # Both are lists of words.
  {
    $as_root apt-get update -qq
    $as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends $missing
  } >"$logs/apt.log" 2>&1 || { show "$logs/apt.log"; exit 1; }
}

# --- the checks ----------------------------------------------------------------------------------

format_lint() { swift format lint --strict --parallel -r Package.swift Sources Tests; }

# What lies under Sources runs in whatever sh a machine has; tests may name their own shell.
shell_lint() {
  find Sources -name '*.sh' ! -path 'Sources/Operations/*' ! -path 'Sources/Container/*' -exec shellcheck -s sh {} + || return
  find Tests -name '*.sh' -exec shellcheck {} + || return
  shellcheck .ci/run || return
  boot_lint || return
  runtime_lint
}

# The operations' files are parts of one program: a variable that one sets, another reads. So they
# are checked as one, and what is found is told with its own file and line. SC2218 is about their
# order, which is not that of their names, SC2164 does not see that they run under `set -e`, nor SC2317
# that some are called by a name that is put together.
runtime_lint() {
  set -- Sources/Operations/*.sh
  [ -e "$1" ] || return 0
  places=$logs/places
  awk '{ print FILENAME ":" FNR }' "$@" >"$places"
  # Of two functions with one name, all files would get the last.
  twice=$(cat "$@" | sed -n 's/^\([a-z_]*\)() {.*/\1/p' | sort | uniq -d)
  [ -z "$twice" ] || { echo "defined twice in Sources/Operations: $twice"; return 1; }
  findings=$(cat "$@" | shellcheck -s sh -e SC2164,SC2218,SC2317 -f gcc -) && return
  echo "$findings" |
    awk -F : 'NR == FNR { place[FNR] = $0; next } { sub(/^-:[0-9]*/, place[$2]); print }' "$places" -
  return 1
}

# A container's entry point, as it is put together.
boot_lint() {
  {
    cat Sources/Container/Boot.sh
    echo 'settings() { :; }'
    for rules in Names Plant Seed; do cat "Sources/Operations/$rules.sh"; done
    # shellcheck disable=SC2016  # it is the script that expands it
    echo 'boot "$@"'
  } | shellcheck -s sh -e SC2317,SC2218 -
}

# It would bring ICU along: 58 MB instead of 14 MB, and a slower start.
no_foundation() {
  ! grep -rnE '^[^/]*\bimport +((struct|class|enum|func|protocol|typealias) +)?Foundation\b' \
    --include='*.swift' --exclude-dir=Embed --exclude-dir=EmbedPlugin Sources
}

# Said of every import that the map does not show. SwiftPM's own check lets one through when the
# module happens to be built already, as it mostly is (seen with 6.3).
declared_imports() {
  swift package --scratch-path "$scratch" describe --type json >"$logs/package.json" || return
  python3 - "$logs/package.json" <<'END'
import json, re, sys

statement = re.compile(
    r"\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?"
    r"import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)")
targets = json.load(open(sys.argv[1]))["targets"]
rooms = {target["name"] for target in targets}
found = []
for target in targets:
    declared = {target["name"], *target.get("target_dependencies", [])}
    for source in target["sources"]:
        if not source.endswith(".swift"):
            continue
        path = target["path"] + "/" + source
        for number, line in enumerate(open(path, encoding="utf-8"), 1):
            match = statement.match(line)
            if match and match[1] in rooms - declared:
                found.append(f"{path}:{number}: {target['name']} imports {match[1]}")
print("\n".join(found))
sys.exit(1 if found else 0)
END
}

only_top_level() {
  found=$(find . -mindepth 1 -maxdepth 1 ! -name '.*' | sed 's|^\./||' | LC_ALL=C sort | tr '\n' ' ')
  [ "${found% }" = "$top_level" ] || {
    echo "expected: $top_level"
    echo "found:    $found"
    return 1
  }
}

swift_here() { # build or test, more
  verb=$1
  shift
  swift "$verb" --scratch-path "$scratch" -Xswiftc -warnings-as-errors "$@"
}

build() { swift_here build --build-tests --explicit-target-dependency-import-check error; }

# --- the tests -----------------------------------------------------------------------------------

# Connections are watched with clocks, so those tests run one after another, and of the others only so
# many at once: two cores that run everything at once are silent for longer than a heartbeat.
unit_tests() {
  result=0
  SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=8
  export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH
  swift_here test --skip-build --parallel --disable-xctest --skip "$watched" || result=$?
  swift_here test --skip-build --no-parallel --disable-xctest --filter "$watched" || result=$?
  return "$result"
}

watched='^(RemoteTests|SSHTests)\.'

tests() {
  began=$(date +%s)
  log=$logs/tests.log
  status=0
  attend "$log" 1800 unit_tests || status=$?
  # `Test run with 120 tests in 20 suites passed after 3.1 seconds.`
  total=$(sed -n 's/^.* Test run with \([0-9]*\) tests\{0,1\} in .* after .*$/\1/p' "$log" |
    awk '{ sum += $1 } END { print sum + 0 }')
  bad_tests=$(grep -c '^[^ ]* Test .* failed after ' "$log" || :)
  runs=$(grep -c '^[^ ]* Test run with .* failed after ' "$log" || :)
  bad_tests=$((bad_tests - runs))
  # A crash, or an end without a count, is a failure of its own.
  if [ "$status" -ne 0 ] && [ "$bad_tests" -eq 0 ]; then bad_tests=1; fi
  if [ "${total:-0}" -eq 0 ] && [ "$bad_tests" -eq 0 ]; then bad_tests=1; fi
  good_tests=$((${total:-0} > bad_tests ? ${total:-0} - bad_tests : 0))
  count 'swift test' "$good_tests" "$bad_tests"
  [ "$bad_tests" -eq 0 ] || {
    grep -A 6 ' recorded an issue ' "$log" | head -n 120 | sed 's/^/  | /' || :
    unfinished "$log" | sed 's/^/  | not finished: /'
    show "$log"
  }
}

# Tests that began and did not end, in a log whose run was cut short.
unfinished() {
  sed -nE 's/^[^ ]* Test (.*) (started|passed|failed)( after .*|\.)$/\2 \1/p' "$1" | awk '
    { verb = $1; sub(/^[^ ]* /, ""); if (verb == "started") open[$0]; else delete open[$0] }
    END { for (test in open) print test }'
}

suites() {
  DEPLOY_BIN=$(swift_here build --show-bin-path)/deploy
  DEPLOY_TEST_FULL=$full
  export DEPLOY_BIN DEPLOY_TEST_FULL
  patience=1800
  [ -z "$full" ] || patience=14400
  for suite in Tests/Suites/*.sh; do
    [ -x "$suite" ] || continue
    began=$(date +%s)
    name=${suite##*/}
    log=$logs/$name.log
    status=0
    attend "$log" "$patience" "$suite" || status=$?
    last=$(tail -n 1 "$log")
    case $last in
      [0-9]*' passed, '[0-9]*' failed') ;;
      *) last='0 passed, 1 failed' ;;
    esac
    good_tests=${last%% *}
    bad_tests=${last#*passed, }
    bad_tests=${bad_tests% failed}
    if [ "$bad_tests" -eq 0 ] && { [ "$status" -ne 0 ] || [ "$good_tests" -eq 0 ]; }; then
      bad_tests=1
    fi
    count "$name" "$good_tests" "$bad_tests"
    [ "$bad_tests" -eq 0 ] || show "$log"
  done
}

count() { # heading, passed, failed
  passed=$((passed + $2))
  failed=$((failed + $3))
  outcome=passed
  [ "$3" -eq 0 ] || outcome=failed
  say "$outcome" "$1: $2 passed, $3 failed" $(($(date +%s) - began))
}

main "$@"
