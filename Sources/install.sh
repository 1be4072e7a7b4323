#!/bin/sh
# Builds deploy and installs it:   sh Sources/install.sh
#
# As root, or with sudo, into /usr/local/bin; otherwise into ~/.local/bin. Installs what the build
# needs and is missing. May be run again at any time.
set -eu

packages='libssh2-1-dev pkg-config'

cd -- "$(dirname -- "$0")/.."
log=$(mktemp)
trap 'rm -f -- "$log"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
  echo "install: $1" >&2
  [ ! -s "$log" ] || tail -n 30 "$log" | sed 's/^/  | /' >&2
  exit 1
}

as_root=
may_be_root=yes
if [ "$(id -u)" -ne 0 ]; then
  as_root=sudo
  # Ask for a password only where someone can type it.
  if ! command -v sudo >/dev/null 2>&1; then
    may_be_root=
  elif ! sudo -n true 2>/dev/null; then
    if [ ! -t 0 ] || ! sudo -v; then may_be_root=; fi
  fi
fi

need_toolchain() {
  command -v swift >/dev/null 2>&1 ||
    fail 'no swift on PATH: install Swift 6 from https://swift.org/install, then try again'
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\).*/\1/p' | head -n 1)
  [ "${version:-0}" -ge 6 ] || fail "Swift 6 or later is needed, this is ${version:-unknown}"
}

need_packages() {
  missing=
  for package in $packages; do
    case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
      'install ok installed') ;;
      *) missing="$missing $package" ;;
    esac
  done
  [ -n "$missing" ] || return 0
  command -v apt-get >/dev/null 2>&1 || fail "install these with your package manager:$missing"
  [ -n "$may_be_root" ] || fail "neither root nor sudo here to install:$missing"
  echo "installing:$missing"
  # shellcheck disable=SC2086  # Both are lists of words.
  {
    $as_root apt-get update -qq
    $as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends $missing
  } >"$log" 2>&1 || fail "apt-get could not install:$missing"
}

# With Swift's library inside, the binary runs where there is no toolchain.
build() {
  echo 'building (the first time takes a few minutes)'
  swift build -c release --product deploy --static-swift-stdlib >"$log" 2>&1 ||
    fail 'the build failed'
  built=$(swift build -c release --product deploy --static-swift-stdlib --show-bin-path)/deploy
}

choose_directory() {
  if [ -n "$may_be_root" ]; then
    directory=/usr/local/bin
  else
    directory=$HOME/.local/bin
    as_root=
  fi
}

# Beside the old one first, then a rename: a deploy that runs meanwhile keeps its binary.
place() {
  $as_root mkdir -p -- "$directory"
  $as_root cp -- "$built" "$directory/.deploy.new"
  $as_root strip -- "$directory/.deploy.new" 2>/dev/null || : # Binutils may be missing.
  $as_root chmod 0755 -- "$directory/.deploy.new"
  $as_root mv -f -- "$directory/.deploy.new" "$directory/deploy"
}

advise() {
  case ":$PATH:" in
    *":$directory:"*) ;;
    *) echo "$directory is not on PATH: add  export PATH=\"$directory:\$PATH\"  to your profile" ;;
  esac
  echo 'next:  deploy demo     see a push, a second push and a rollback on this machine'
  echo '       deploy init     in your project: writes a commented deploy.json'
  echo '       deploy trust    shows the host key, to compare and record it once'
  echo '       deploy push     after deploy setup has laid out the directories'
  size=$(du -h -- "$directory/deploy" | cut -f 1)
  version=$("$directory/deploy" version 2>/dev/null | head -n 1)
  echo "installed $directory/deploy, $size, ${version:-which does not tell its version}"
}

need_toolchain
need_packages
build
choose_directory
place
advise
