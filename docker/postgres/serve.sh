#!/bin/sh
# PostgreSQL with TLS alone: the key as only the server itself may read it, else it refuses the key.
set -eu

for name in postgres_password warehouse_password airflow_password database_certificate database_key; do
    if [ ! -f "/run/secrets/$name" ] || [ ! -s "/run/secrets/$name" ]; then
        echo "The secret $name is missing or empty: python3 scripts/make_secrets.py makes it; then start again." >&2
        exit 78
    fi
done
# an error quotes the value that a statement stumbled over, and a statement may ask for a child by name: whoever made it is
# told both, the log neither, not even (terse) of a process that was killed
umask 077
cp /run/secrets/database_key /run/postgresql/server.key
exec docker-entrypoint.sh postgres \
    -c ssl=on -c ssl_cert_file=/run/secrets/database_certificate -c ssl_key_file=/run/postgresql/server.key \
    -c listen_addresses='*' -c ssl_min_protocol_version=TLSv1.2 -c hba_file=/etc/csc/pg_hba.conf \
    -c log_min_messages=log -c log_min_error_statement=panic -c log_error_verbosity=terse \
    -c log_statement=none -c log_min_duration_statement=-1 "$@"
