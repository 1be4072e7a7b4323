# shellcheck shell=sh
# Puts a link in the place of something that a live site uses.

# swap_in PLACE TARGET ASIDE: afterwards PLACE is a link to TARGET and what it was is ASIDE.
#
# In one move where the host can: mv --exchange of coreutils 9.5, or the system call through perl,
# which every Debian has. Else PLACE is missing for the time between two processes, and whoever
# makes it anew in between is moved aside too.
swap_in() {
  ln -s -- "$2" "$3" || return 1
  step
  if exchange "$3" "$1"; then return 0; fi
  rm -f -- "$3"
  mv -T -- "$1" "$3" || return 1
  turn=0
  until ln -sT -- "$2" "$1" 2>/dev/null; do
    turn=$((turn + 1))
    [ "$turn" -lt 100 ] || return 1
    mv -T -- "$1" "$3.$turn" 2>/dev/null || :
  done
}

exchange() {
  if mv --exchange --no-copy -T -- "$1" "$2" 2>/dev/null; then return 0; fi
  number_of_renameat2 || return 1
  # shellcheck disable=SC2016  # perl expands it
  perl -e 'my ($call, $one, $two) = @ARGV;
    exit(syscall($call + 0, -100, $one, -100, $two, 2) == 0 ? 0 : 1)' "$call" "$1" "$2" 2>/dev/null
}

# exchange_all ONE OTHER: whatever the directory ONE has, for what has the same name in OTHER, by one process.
# What is still where it was cannot be exchanged like this.
exchange_all() {
  number_of_renameat2 || return 0
  # shellcheck disable=SC2016  # perl expands it
  perl -e 'my ($call, $one, $other) = @ARGV;
    opendir(my $names, $one) or exit 1;
    for (grep { $_ ne "." && $_ ne ".." } readdir $names) {
      my ($here, $there) = ("$one/$_", "$other/$_");
      syscall($call + 0, -100, $here, -100, $there, 2);
    }' "$call" "$1" "$2" 2>/dev/null || :
}

# Sets `call`.
number_of_renameat2() {
  [ -z "${call-}" ] || return 0
  case $(uname -m) in
    x86_64) call=316 ;;
    aarch64 | riscv64) call=276 ;;
    *) return 1 ;;
  esac
}
