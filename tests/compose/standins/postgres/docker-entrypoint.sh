#!/bin/bash
# What the official image's entry point does of which this project makes use: an empty folder becomes a server.
set -eu
if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
    umask 077
    # shellcheck disable=SC2086  (several options)
    initdb --pgdata "$PGDATA" --username postgres --pwfile "$POSTGRES_PASSWORD_FILE" --auth-local=trust $POSTGRES_INITDB_ARGS
    shift
    pg_ctl --pgdata "$PGDATA" --options "$(printf '%q ' "$@") -c listen_addresses=" --wait start
    export POSTGRES_USER=postgres
    for file in /docker-entrypoint-initdb.d/*.sh; do sh "$file"; done
    pg_ctl --pgdata "$PGDATA" --mode fast --wait stop
    set -- postgres "$@"
fi
exec "$@"
