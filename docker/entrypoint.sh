#!/bin/sh
# Hands the secrets, which arrive as files, to what reads them, and becomes the command.
set -eu

CSC_WAREHOUSE_URL="$(cat /run/secrets/warehouse_url)"
export CSC_WAREHOUSE_URL

if [ "${1:-}" = prepare ]; then
    airflow db migrate
    # asked for twice, as a person would be; as an argument it would stand in the list of processes
    password="$(cat /run/secrets/admin_password)"
    printf '%s\n%s\n' "$password" "$password" |
        airflow users create -u admin -r Admin -f Local -l Administrator -e admin@localhost
    exit
fi

exec "$@"
