# shellcheck shell=sh
# Tells what runs beside the files that `current` leads elsewhere now.
#
# It works in whatever release is live: after the flip in the new one, and once more in the old one
# when the agent goes back.
#
# service LIMIT LABEL REQUIRED ROOT METHOD WORD...: METHOD is words, signal or opcache
op_service() {
  run_service "$@"
  [ "$status" != 0 ] || return 0
  [ "$3" = yes ] || { tell service-failed "$2" "$status"; return 0; }
  if [ "$status" = late ]; then refuse 13 service-timeout "$2" "$1"; fi
  refuse 13 service "$2" "$status"
}

# Once more, for the release that is live again. What fails now is told and nothing else.
tell_again() {
  run_service "$@" || status=unknown
  [ "$status" = 0 ] || tell service-failed "$2" "$status"
}

# Sets `status`: a number, `late` or `elsewhere`.
run_service() {
  status=elsewhere
  cd -P -- "$root/current/." 2>/dev/null || return 0
  limit=$1
  method=$5
  rights=$4
  shift 5
  open_words "${PWD##*/}"
  # Where the user's own systemd listens; a login would have said so.
  who=$(id -u)
  [ ! -d "/run/user/$who" ] || add_word "XDG_RUNTIME_DIR=/run/user/$who"
  begin_command
  if [ "$rights" = yes ] && [ "$who" != 0 ]; then add_words sudo -n --; fi
  case $method in
    words) add_words "$@" ;;
    signal) add_words sh -c "$send_signal" sh "$@" ;;
    opcache)
      lay_reset
      if has perl; then
        add_words perl -e "$reset_by_perl" "$1" "$verdict.php" "$nonce"
      else
        add_words php -n -r "$reset_by_php" -- "$1" "$verdict.php" "$nonce"
      fi ;;
  esac
  attend "$limit" ''
  rm -f -- "$verdict.php"
  cd -- "$root"
}

add_words() { for word in "$@"; do add_word "$word"; done; }

# shellcheck disable=SC2016  # the inner shell expands it
send_signal='
  IFS= read -r pid <"$2" || [ -n "$pid" ] || exit 1
  case $pid in
    "" | *[!0-9]*) echo "there is no process number in $2"; exit 1 ;;
  esac
  kill -s "$1" "$pid"'

# --- The opcache of php-fpm ------------------------------------------------------------------------

# It lives in the memory of the pool: only a script that the pool runs can reset it. Ours is not below the
# docroot, so nobody else can ask for it, and it is there for a moment.
# shellcheck disable=SC2016  # PHP expands it
lay_reset() {
  printf '%s\n' '<?php' 'echo $_SERVER["DEPLOY_TOKEN"], " ", !function_exists("opcache_reset")' \
    '  || !ini_get("opcache.enable") ? "off" : (opcache_reset() ? "reset" : "refused");' \
    >"$verdict.php"
  chmod 0644 -- "$verdict.php"
}

# ADDRESS FILE TOKEN: speaks FastCGI. The answer must bear the token: whoever else answers does not know it.
# shellcheck disable=SC2016  # perl expands it
reset_by_perl='
  use strict;
  use IO::Socket::INET;
  use IO::Socket::UNIX;
  my ($address, $file, $token) = @ARGV;
  my $socket = $address =~ /^unix:(.*)/s
    ? IO::Socket::UNIX->new(Peer => $1) : IO::Socket::INET->new(PeerAddr => $address);
  $socket or die "php-fpm does not answer at $address: $!\n";
  sub record { pack("CCnnCC", 1, $_[0], 1, length $_[1], 0, 0) . $_[1] }
  my %with = (
    SCRIPT_FILENAME => $file, SCRIPT_NAME => "/deploy-reset.php", REQUEST_METHOD => "GET",
    REQUEST_URI => "/deploy-reset.php", SERVER_PROTOCOL => "HTTP/1.1",
    GATEWAY_INTERFACE => "CGI/1.1", DEPLOY_TOKEN => $token);
  my $with = join "", map {
    pack("NN", length($_) | 0x80000000, length($with{$_}) | 0x80000000) . $_ . $with{$_}
  } keys %with;
  $SIG{PIPE} = "IGNORE";
  print $socket record(1, pack("nCx5", 1, 0)), record(4, $with), record(4, ""), record(5, "");
  $socket->flush;
  my $all = do { local $/; <$socket> };
  $all = "" unless defined $all;
  my %said = (6 => "", 7 => "");
  while (length $all >= 8) {
    my (undef, $type, undef, $length, $padding) = unpack "CCnnC", $all;
    $said{$type} .= substr $all, 8, $length;
    last if length $all < 8 + $length + $padding;
    $all = substr $all, 8 + $length + $padding;
  }
  my ($head, $body) = split /\r?\n\r?\n/, $said{6}, 2;
  $body = "" unless defined $body;
  if ($body eq "$token reset" or $body eq "$token off") { print substr($body, 1 + length $token), "\n"; exit 0 }
  print "php-fpm at $address did not reset its opcache: ", substr("$head $body $said{7}", 0, 500), "\n";
  exit 1;'

# shellcheck disable=SC2016  # PHP expands it
reset_by_php='
  [, $address, $file, $token] = $argv;
  $at = strpos($address, "unix:") === 0 ? "unix://" . substr($address, 5) : "tcp://$address";
  $socket = @stream_socket_client($at, $number, $why, 10);
  if (!$socket) { echo "php-fpm does not answer at $address: $why\n"; exit(1); }
  $record = function ($type, $body) {
    return pack("CCnnCC", 1, $type, 1, strlen($body), 0, 0) . $body;
  };
  $with = "";
  foreach ([
    "SCRIPT_FILENAME" => $file, "SCRIPT_NAME" => "/deploy-reset.php", "REQUEST_METHOD" => "GET",
    "REQUEST_URI" => "/deploy-reset.php", "SERVER_PROTOCOL" => "HTTP/1.1",
    "GATEWAY_INTERFACE" => "CGI/1.1", "DEPLOY_TOKEN" => $token] as $name => $value) {
    $with .= pack("NN", strlen($name) | 0x80000000, strlen($value) | 0x80000000) . $name . $value;
  }
  fwrite($socket, $record(1, pack("nCx5", 1, 0)) . $record(4, $with) . $record(4, "") . $record(5, ""));
  $all = stream_get_contents($socket);
  $out = "";
  while (strlen($all) >= 8) {
    $is = unpack("Cversion/Ctype/nid/nlength/Cpadding", $all);
    if ($is["type"] === 6) { $out .= substr($all, 8, $is["length"]); }
    $all = substr($all, 8 + $is["length"] + $is["padding"]);
  }
  $body = explode("\r\n\r\n", $out, 2)[1] ?? "";
  if ($body === "$token reset" || $body === "$token off") { exit(0); }
  echo "php-fpm at $address did not reset its opcache: ", substr($out, 0, 500), "\n";
  exit(1);'

# --- What `deploy check` asks ----------------------------------------------------------------------

# privilege WORD...
op_privilege() {
  path=$(command -v "$1" 2>/dev/null) || path=
  encode "$path"
  allowed=no
  if [ "$(id -u)" = 0 ] || sudo -n -l -- "$@" >/dev/null 2>&1 </dev/null; then allowed=yes; fi
  say "fact privilege $allowed =$encoded"
}
