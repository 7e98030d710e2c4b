#!/bin/sh
# Adds a copy of the server's files to those in /srv/copies, and keeps the two newest with the log from the older one on.
set -eu
umask 077
copies=/srv/copies
ask() { psql --username postgres --no-align --tuples-only --set ON_ERROR_STOP=1 --command "$1"; }
if [ "$(ask 'show archive_mode')" != on ]; then
    echo "The log is not kept: name docker/point-in-time.yml in COMPOSE_FILE, and docker-compose up -d." >&2
    exit 78
fi
exec 9> "$copies/.copying"
if ! flock --nonblock 9; then
    echo "Another copy is being made: wait for it." >&2
    exit 75
fi
rm -rf "$copies"/.unfinished-copy
pg_basebackup --username postgres --pgdata "$copies/.unfinished-copy" --checkpoint=fast --wal-method=stream \
    --manifest-checksums=SHA256
pg_verifybackup --quiet "$copies/.unfinished-copy"
# the lines of an earlier way back are not those of the next one
sed -i '/^restore_command\|^recovery_target\|^hot_standby/d' "$copies/.unfinished-copy/postgresql.auto.conf"
sync
# a copy serves no moment without the log after it
piece="$(ask 'select pg_walfile_name(pg_switch_wal())')"
waited=0
while [ ! -f "$copies/log/$piece" ]; do
    waited=$((waited + 1))
    if [ "$waited" -gt 120 ]; then
        echo "The log does not arrive in $copies/log (docker-compose logs postgres says why): no copy was added." >&2
        exit 75
    fi
    sleep 1
done
# named by its end: it serves for every moment from then on
name="base-$(date -u +%Y-%m-%dT%H:%M:%SZ)"
mv "$copies/.unfinished-copy" "$copies/$name"
sync "$copies"
for old in $(cd "$copies" && ls -d base-* | sort | head -n -2); do rm -rf "${copies:?}/$old"; done
oldest="$(cd "$copies" && ls -d base-* | sort | head -n 1)"
pg_archivecleanup "$copies/log" "$(sed -n 's/^START WAL LOCATION: .*(file \(.*\))$/\1/p' "$copies/$oldest/backup_label")"
echo "$name was made and agrees with its checksums. From $oldest on the database comes back as of any moment."
