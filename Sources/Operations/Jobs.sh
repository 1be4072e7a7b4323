# shellcheck shell=sh
# Lines of the host's crontabs, units and supervisor programs that name a path below the application: read
# only, and of other users only what this user may read.
#
# jobs PREFIX: PREFIX stands before /etc and /var, for tests
op_jobs() {
  [ -n "$root" ] || return 0
  home=$(cd -P -- "$root" 2>/dev/null && pwd -P) || home=$root
  if has crontab; then
    limit 10 crontab -l 2>/dev/null </dev/null | tell_jobs crontab ''
  fi
  me=$(id -un)
  for file in "$1"/var/spool/cron/crontabs/* "$1"/var/spool/cron/*; do
    # Our own is what crontab has shown.
    [ "${file##*/}" = "$me" ] || tell_file_jobs cron "$file"
  done
  for file in "$1"/etc/crontab "$1"/etc/cron.d/*; do tell_file_jobs cron "$file"; done
  for place in "$1/etc/systemd/system" "$1/run/systemd/system" "$1/usr/local/lib/systemd/system" \
    "$1/etc/systemd/user"; do
    tell_unit_jobs systemd "$place"
  done
  tell_unit_jobs systemd-user "${XDG_CONFIG_HOME:-${HOME:-/}/.config}/systemd/user"
  for file in "$1"/etc/supervisord.conf "$1"/etc/supervisor/*.conf "$1"/etc/supervisor/conf.d/* \
    "$1"/etc/supervisord.d/* "$1"/etc/supervisor.d/*; do
    tell_file_jobs supervisor "$file"
  done
}

# Units and what is laid over them; the directories *.wants hold links to the same.
tell_unit_jobs() {
  for file in "$2"/*.service "$2"/*.timer "$2"/*.path "$2"/*.service.d/*.conf; do
    tell_file_jobs "$1" "$file"
  done
}

tell_file_jobs() {
  if [ ! -f "$2" ] || [ ! -r "$2" ]; then return 0; fi
  # shellcheck disable=SC2094  # the name is told, not written to
  tell_jobs "$1" "$2" <"$2"
}

# tell_jobs KIND FILE: bounded, because anybody may have written these files
tell_jobs() {
  encode "$2"
  place=$encoded
  head -c 262144 | grep -nF -e "$root/" -e "$home/" | head -n 50 | while IFS= read -r found; do
    encode "$(printf %s "${found#*:}" | cut -c 1-1000)"
    say "fact job $1 ${found%%:*} =$place =$encoded"
  done
}
