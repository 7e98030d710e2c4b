#!/bin/sh
# Adds a copy of the server's files to those in /srv/copies, and keeps the two newest with the log from the older one on.
set -eu
umask 077
copies=/srv/copies
if [ "$(psql --username postgres --no-align --tuples-only --command 'show archive_mode')" != on ]; then
    echo "The log is not kept: name docker/point-in-time.yml in COMPOSE_FILE, and docker-compose up -d." >&2
    exit 78
fi
rm -rf "$copies"/.unfinished-copy
pg_basebackup --username postgres --pgdata "$copies/.unfinished-copy" --checkpoint=fast --wal-method=stream \
    --manifest-checksums=SHA256
pg_verifybackup --quiet "$copies/.unfinished-copy"
sync
# named by its end: it serves for every moment from then on
name="base-$(date -u +%Y-%m-%dT%H:%M:%SZ)"
mv "$copies/.unfinished-copy" "$copies/$name"
for old in $(cd "$copies" && ls -d base-* | sort | head -n -2); do rm -rf "${copies:?}/$old"; done
oldest="$(cd "$copies" && ls -d base-* | sort | head -n 1)"
pg_archivecleanup "$copies/log" "$(sed -n 's/^START WAL LOCATION: .*(file \(.*\))$/\1/p' "$copies/$oldest/backup_label")"
echo "$name was made and agrees with its checksums. From $oldest on the database comes back as of any moment."
