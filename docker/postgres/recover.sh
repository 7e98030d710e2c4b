#!/bin/sh
# Puts the newest copy that serves in the place of the server's files; the next start brings it up to the end of the log,
# or to a moment: recover.sh "2018-12-31 14:30:00". Called again after it was killed, it begins anew.
set -eu
umask 077
copies=/srv/copies
if [ ! -d "$copies" ]; then
    echo "No copies are here: name docker/point-in-time.yml in COMPOSE_FILE." >&2
    exit 78
fi
# 0: it answers; 1: it is starting; 2: nobody is there
answer=0
pg_isready --quiet --host postgres || answer=$?
if [ "$answer" -le 1 ]; then
    echo "The database runs: docker-compose stop, and then again." >&2
    exit 75
fi
until=9999
if [ -n "${1:-}" ]; then
    until="$(date -u --date "$1" +%Y-%m-%dT%H:%M:%SZ)"
fi
base=
for copy in "$copies"/base-*; do
    ended="${copy##*/base-}"
    if [ -d "$copy" ] && [ "$ended" != "$until" ] && [ "$(printf '%s\n' "$ended" "$until" | sort | head -n 1)" = "$ended" ]; then
        base="$copy"
    fi
done
if [ -z "$base" ]; then
    echo "No copy in $copies ended before ${1:-now}: the oldest is $(cd "$copies" && ls -d base-* 2>/dev/null | sort | head -n 1)." >&2
    exit 65
fi
if ! pg_verifybackup --quiet "$base"; then
    echo "The copy ${base##*/} is damaged, as said above, and nothing was changed. In the folder of copies rename it" >&2
    echo "(mv ${base##*/} damaged-${base##*/}) and call again: the copy before it is taken, with the log from there on." >&2
    exit 65
fi
# copies of what came after the moment are of a branch that is left: nothing goes on from them, and no log is kept for them
for copy in "$copies"/base-*; do
    if [ "$copy" != "$base" ] && [ "$(printf '%s\n' "$copy" "$base" | sort | head -n 1)" = "$base" ]; then
        mv "$copy" "$copies/left-${copy##*/}"
        echo "${copy##*/} is of the branch that is left: left-${copy##*/}. Remove it once all is well."
    fi
done
if [ -n "$(ls -A "$PGDATA")" ]; then
    aside="$copies/aside-$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    mkdir "$aside"
    find "$PGDATA" -mindepth 1 -maxdepth 1 -exec mv -t "$aside" {} +
    echo "What lay there was put aside: $aside. Remove it once all is well."
    # what the server had not handed over yet, as the disk was away
    for ready in "$aside"/pg_wal/archive_status/*.ready; do
        piece="$(basename "$ready" .ready)"
        if [ -f "$aside/pg_wal/$piece" ]; then
            sh "$(dirname "$0")/keep_log.sh" "$aside/pg_wal/$piece" "$piece"
        fi
    done
fi
# first of all, so that no half of a copy is ever started as a server
touch "$PGDATA/recovery.signal"
cp -a "$base/." "$PGDATA"
sed -i '/^restore_command\|^recovery_target\|^hot_standby/d' "$PGDATA/postgresql.auto.conf"
# above 125: the server gives up, and does not take what cannot be read for the end of the log
cat >> "$PGDATA/postgresql.auto.conf" <<END
restore_command = 'test -d $copies/log || exit 126; test -f $copies/log/%f || exit 1; cp $copies/log/%f %p || exit 126'
hot_standby = off
END
if [ -n "${1:-}" ]; then
    cat >> "$PGDATA/postgresql.auto.conf" <<END
recovery_target_time = '$(date -u --date "$1" '+%Y-%m-%d %H:%M:%S+00')'
recovery_target_action = promote
END
fi
sync
echo "${base##*/} is in place. docker-compose up -d postgres brings it to ${1:-the end of the log}; once it is healthy,"
echo "docker-compose up -d starts the rest. Then make another copy (copy.sh)."
