#!/bin/sh
# PostgreSQL with TLS alone: the key as only the server itself may read it, else it refuses the key.
set -eu

for name in postgres_password warehouse_password airflow_password database_certificate database_key; do
    if [ ! -f "/run/secrets/$name" ] || [ ! -s "/run/secrets/$name" ]; then
        echo "The secret $name is missing or empty: python3 scripts/make_secrets.py makes it; then start again." >&2
        exit 78
    fi
done
umask 077
cp /run/secrets/database_key /run/postgresql/server.key
exec docker-entrypoint.sh postgres \
    -c ssl=on -c ssl_cert_file=/run/secrets/database_certificate -c ssl_key_file=/run/postgresql/server.key \
    -c listen_addresses='*' -c ssl_min_protocol_version=TLSv1.2 -c hba_file=/etc/csc/pg_hba.conf "$@"
