# shellcheck shell=sh
# Asks a release whether it works, from the server itself: pages over HTTP, a command, or both.
#
# A release is healthy when so many tries in a row were good, so that one lucky answer of a worker that is
# about to die does not count. What varies goes to the clients as arguments and never into a text
# that is run.

# probe CHECK... [LOG-PATTERN...]: CHECK are the fields of `read_check`
op_probe() {
  run=
  read_check "$@"
  shift 18
  if healthy; then outcome=healthy; else outcome=ill; fi
  if [ "$outcome" = ill ]; then
    tell_answer
    tell_logs "$@" || :
  fi
  rm -rf -- "$answer"
  if [ "$outcome" = healthy ] && says_down; then tell answered-down "$title"; fi
  [ "$outcome" = healthy ] || refuse 14 health "$title" "$reason"
}

read_check() {
  release=$1 title=$2 timeout=$3 within=$4 interval=$5 passes=$6
  shift 6
  scheme=$1 address=$2 port=$3 path=$4 host=$5 socket=$6 follow=$7
  shift 7
  expect=$1 body=$2 header=$3 command=$4 sees=$5
  answer="$root/.deploy/ops/answer.$nonce"
  rm -rf -- "$answer"
  mkdir -- "$answer"
  : >"$answer/bad"
  # A proxy of the login's environment would be asked about its own loopback.
  unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
}

# --- Tries ------------------------------------------------------------------------------------------

# Sets `reason`: what was wrong with the last try that was not good.
healthy() {
  reason="was not good $passes times in a row within $within s"
  good=0
  tries=0
  look_at_clock
  deadline=$((seconds + within))
  while [ "$seconds" -lt "$deadline" ]; do
    patience=$timeout
    [ "$((seconds + patience))" -le "$deadline" ] || patience=$((deadline - seconds))
    before=$reason
    if try_once; then
      good=$((good + 1))
      [ "$good" -lt "$passes" ] || return 0
    elif [ "$patience" -lt "$timeout" ] && [ "$tries" != 0 ]; then
      # Cut short by the end of it all, a try says less than those before.
      good=0
      reason=$before
    else
      good=0
      head -c 500 -- "$answer/body" >"$answer/bad" 2>/dev/null || :
    fi
    tries=$((tries + 1))
    goes_on || return 1
    sleep "$interval"
    look_at_clock
  done
  return 1
}

# Since the machine started: nobody sets that clock.
look_at_clock() { IFS=. read -r seconds rest </proc/uptime; }

try_once() {
  if [ -n "$port$socket" ]; then
    ask "$path" || return 1
    says_down || { is_wanted && { [ "$sees" = no ] || sees_release; }; } || return 1
  fi
  [ -z "$command" ] || command_passes
}

is_wanted() {
  case " $expect " in
    *" $status "* | *" ${status%??}xx "*) ;;
    *)
      where=$(sed -n 's/^ *[Ll]ocation: *\([^[:cntrl:]]*\).*/\1/p' "$answer/head" | tail -n 1)
      reason="answered $status${where:+ (to $where)}, not $expect"
      return 1 ;;
  esac
  if [ -n "$body" ] && ! grep -qF -e "$body" -- "$answer/body"; then
    reason="answered $status without \"$body\" in the body"
    return 1
  fi
  if [ -n "$header" ] && ! has_header; then
    reason="answered $status without the header \"$header\""
    return 1
  fi
}

# Of the last answer alone, when there was a redirect before it.
has_header() {
  tr -d '\r' <"$answer/head" | wanted=$header awk '
    function plain(line) {
      sub(/^ +/, "", line)
      cut = index(line, ":")
      value = substr(line, cut + 1)
      gsub(/^[ \t]+|[ \t]+$/, "", value)
      return tolower(substr(line, 1, cut - 1)) ":" value
    }
    BEGIN { wanted = plain(ENVIRON["wanted"]) }
    /^ *HTTP\// { found = 0; next }
    plain($0) == wanted { found = 1 }
    END { exit !found }'
}

command_passes() {
  verdict="$answer/command"
  rm -f -- "$verdict.late"
  exited=0
  (
    cd -- "$root/releases/$release" || exit 1
    bounded "$patience" env -i PATH="$PATH" HOME="${HOME:-$root}" LANG="${LANG:-C.UTF-8}" \
      USER="$(id -un)" DEPLOY_RELEASE="$release" DEPLOY_ROOT="$root" \
      sh -c "$command" </dev/null >"$answer/body" 2>&1
  ) || exited=$?
  [ "$exited" != 0 ] || return 0
  status=
  reason="\"$command\" exited $exited"
  [ ! -e "$verdict.late" ] || reason="\"$command\" took more than $patience s"
  return 1
}

# --- The file that only the new release has -----------------------------------------------------------

# An answer of 200 can come from a worker, a cache or a server that still has the old release.
sees_release() {
  IFS=' ' read -r made name shown <"$root/.deploy/manifests/$release/witness" || {
    reason='has no file to ask for'
    return 1
  }
  ask "$shown" || return 1
  first=
  IFS= read -r first <"$answer/body" || :
  [ "$status" != 200 ] || [ "$first" != "$release" ] || return 0
  reason="does not serve this release: $shown, which only it has, answered $status"
  return 1
}

# witness RELEASE ROOT: writes that file. Not into a directory that is linked: the old release would show it
# too. What is written down first is removed by whoever comes, also when this session dies.
op_witness() {
  remove_witness "$1"
  tree=$(cd -P -- "$root/releases/$1" && pwd -P)
  case $2 in .) place=$tree ;; *) place=$tree/$2 ;; esac
  [ "$(cd -P -- "$place" 2>/dev/null && pwd -P)" = "$place" ] || refuse 12 docroot "$2"
  folder=.well-known/
  made=no
  if [ -L "$place/.well-known" ]; then
    folder=
  elif [ ! -e "$place/.well-known" ]; then
    made=yes
  fi
  file="${place#"$tree"}/${folder}deploy-$nonce.txt"
  encode "${file#/}"
  mkdir -p -- "$root/.deploy/manifests/$1"
  printf '%s %s %s\n' "$made" "$encoded" "/${folder}deploy-$nonce.txt" \
    >"$root/.deploy/manifests/$1/witness"
  step
  [ "$made" = no ] || mkdir -- "$place/.well-known"
  printf '%s\n' "$1" >"$tree$file"
}

# Before any harvest, to which it would be something that appeared while the site ran.
remove_witness() {
  [ -f "$root/.deploy/manifests/$1/witness" ] || return 0
  made=no name=
  IFS=' ' read -r made name shown <"$root/.deploy/manifests/$1/witness" || :
  case $name in
    *deploy-*.txt)
      decode "$name"
      rm -f -- "$root/releases/$1/$decoded"
      [ "$made" = no ] || rmdir -- "$root/releases/$1/${decoded%/*}" 2>/dev/null || : ;;
  esac
  rm -f -- "$root/.deploy/manifests/$1/witness"
}

# --- Clients ----------------------------------------------------------------------------------------

# ask PATH: with what is here. Sets `status`; headers and body are files. Fails, with `reason`, without an answer.
ask() {
  status=
  rm -f -- "$answer/head" "$answer/body" "$answer/error"
  : >"$answer/head"
  : >"$answer/body"
  : >"$answer/error"
  for client in curl wget perl php bash; do
    if has "$client" && can_ask "$client"; then
      if "ask_$client" "$1"; then answered=yes; else answered=no; fi
      read_status
      [ "$answered" = no ] || [ -z "$status" ] || return 0
      complaint=$(tail -n 1 -- "$answer/error" | head -c 200)
      reason="gave no answer within $patience s${complaint:+ ($complaint)}"
      return 1
    fi
  done
  reason='cannot be asked: there is no curl on this host'
  return 1
}

# Names in certificates and sockets are a matter for curl.
can_ask() {
  case $1 in
    curl) ;;
    wget) [ -z "$socket" ] && { [ "$scheme" = http ] || [ -z "$host" ]; } ;;
    *) [ -z "$socket" ] && [ "$scheme" = http ] ;;
  esac
}

# Of the last answer, and with wget of busybox, which follows every redirect, of the last that is allowed.
read_status() {
  status=$(sed -n 's|^ *HTTP/[0-9.]* \([2-9][0-9][0-9]\).*|\1|p' "$answer/head" |
    head -n "$((follow + 1))" | tail -n 1)
}

# Bounded in time and, by the shell, in what it may write: an answer can be without end.
asking() {
  # shellcheck disable=SC3045  # dash, bash and busybox have -f
  (ulimit -f 8192 && limit "$((patience + 1))" "$@" </dev/null 9>&- 2>"$answer/error")
}

ask_curl() {
  target=$1
  name=$address
  set -- -q -sS -g -A deploy --noproxy '*' --max-time "$patience" --proto '=http,https' \
    -D "$answer/head" -o "$answer/body"
  [ "$follow" = 0 ] || set -- "$@" -L --max-redirs "$follow"
  if [ -n "$host" ]; then
    name=$host
    # The certificate is held to the name, while the address is the one that was given.
    set -- "$@" -H "Host: $host" --connect-to "$host:$port:$address:$port"
  fi
  [ -z "$socket" ] || set -- "$@" --unix-socket "$socket"
  asking curl "$@" --url "$scheme://$name:$port$target"
}

ask_wget() {
  target=$1
  set -- -q -S -U deploy -T "$patience" -O "$answer/body"
  [ -z "$host" ] || set -- "$@" --header "Host: $host"
  if wget --version 2>/dev/null | grep -q GNU; then
    set -- "$@" --no-config --no-hsts --no-proxy --content-on-error -t 1 --max-redirect "$follow"
  fi
  ended=0
  asking wget "$@" "$scheme://$address:$port$target" || ended=$?
  cp -- "$answer/error" "$answer/head"
  # It fails for what is no answer and for an answer of 404 alike.
  [ "$ended" = 0 ] || grep -q '^ *HTTP/[0-9.]* [345]' "$answer/head"
}

ask_perl() {
  # shellcheck disable=SC2016  # perl expands it
  asking perl -MIO::Socket::INET -e 'my ($address, $port, $host, $path) = @ARGV;
    my $line = IO::Socket::INET->new(PeerAddr => $address, PeerPort => $port) or die "$@\n";
    print $line "GET $path HTTP/1.0\r\nHost: $host\r\nUser-Agent: deploy\r\n\r\n";
    $line->flush; local $/; print <$line>' \
    "$address" "$port" "${host:-$address}" "$1" >"$answer/raw" && split_answer
}

ask_php() {
  # shellcheck disable=SC2016  # php expands it
  asking php -n -r '[, $address, $port, $host, $path] = $argv;
    $line = @fsockopen($address, (int) $port, $code, $why);
    if (!$line) { fwrite(STDERR, "$why\n"); exit(1); }
    fwrite($line, "GET $path HTTP/1.0\r\nHost: $host\r\nUser-Agent: deploy\r\n\r\n");
    fpassthru($line);' -- "$address" "$port" "${host:-$address}" "$1" >"$answer/raw" && split_answer
}

ask_bash() {
  # shellcheck disable=SC2016  # bash expands it
  asking bash -c 'exec 5<>"/dev/tcp/$1/$2" || exit 1
    printf "GET %s HTTP/1.0\r\nHost: %s\r\nUser-Agent: deploy\r\n\r\n" "$4" "$3" >&5
    cat <&5' bash "$address" "$port" "${host:-$address}" "$1" >"$answer/raw" && split_answer
}

split_answer() {
  tr -d '\r' <"$answer/raw" >"$answer/plain"
  sed '/^$/q' "$answer/plain" >"$answer/head"
  sed '1,/^$/d' "$answer/plain" >"$answer/body"
  rm -f -- "$answer/raw" "$answer/plain"
}

# --- What a person is told ----------------------------------------------------------------------------

tell_answer() {
  [ -s "$answer/bad" ] || return 0
  say "output the last bad answer began:"
  sed 's/^/  /' "$answer/bad" | head -n 12 | stream_lines
}

# The end of the file that was written last.
tell_logs() {
  newest=
  cd -- "$root/releases/$release" || return 1
  for pattern in "$@"; do
    # shellcheck disable=SC2086  # a glob of the configuration, made to be expanded
    for file in $pattern; do
      [ -f "$file" ] || continue
      # shellcheck disable=SC3013  # dash, bash and busybox have it
      if [ -z "$newest" ] || [ "$file" -nt "$newest" ]; then newest=$file; fi
    done
  done
  [ -n "$newest" ] || return 0
  say "output the end of $newest:"
  tail -n 20 -- "$newest" | tail -c 8000 | sed 's/^/  /' | stream_lines
}
