#!/bin/sh
# Puts the newest copy that serves in the place of the server's files; the next start brings it up to the end of the log,
# or to a moment: recover.sh "2018-12-31 14:30:00". Safe to call again.
set -eu
umask 077
copies=/srv/copies
if [ ! -d "$copies" ]; then
    echo "No copies are here: name docker/point-in-time.yml in COMPOSE_FILE." >&2
    exit 78
fi
if pg_isready --quiet --host postgres; then
    echo "The database runs: docker-compose stop, and then again." >&2
    exit 75
fi
until=9999
if [ -n "${1:-}" ]; then
    until="$(date -u --date "$1" +%Y-%m-%dT%H:%M:%SZ)"
fi
base=
for copy in "$copies"/base-*; do
    if [ -d "$copy" ] && [ "$(printf '%s\n' "${copy##*/base-}" "$until" | sort | head -n 1)" = "${copy##*/base-}" ]; then
        base="$copy"
    fi
done
if [ -z "$base" ]; then
    echo "No copy in $copies ended before ${1:-now}: the oldest is $(cd "$copies" && ls -d base-* 2>/dev/null | sort | head -n 1)." >&2
    exit 65
fi
pg_verifybackup --quiet "$base"
if [ -n "$(ls -A "$PGDATA")" ]; then
    aside="$copies/aside-$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    mkdir "$aside"
    find "$PGDATA" -mindepth 1 -maxdepth 1 -exec mv {} "$aside" \;
    echo "What lay there was put aside: $aside. Remove it once all is well."
fi
cp -a "$base/." "$PGDATA"
# a copy holds the lines of an earlier way back
sed -i '/^restore_command\|^recovery_target/d' "$PGDATA/postgresql.auto.conf"
echo "restore_command = 'cp $copies/log/%f %p'" >> "$PGDATA/postgresql.auto.conf"
if [ -n "${1:-}" ]; then
    echo "recovery_target_time = '$(date -u --date "$1" '+%Y-%m-%d %H:%M:%S+00')'" >> "$PGDATA/postgresql.auto.conf"
    echo "recovery_target_action = promote" >> "$PGDATA/postgresql.auto.conf"
fi
touch "$PGDATA/recovery.signal"
echo "${base##*/} is in place. docker-compose up -d brings it to ${1:-the end of the log}; then make another copy (copy.sh)."
