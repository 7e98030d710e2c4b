#!/bin/sh
# Hands the secrets, which arrive as files, to what reads them, and becomes the command.
set -eu

# Kubernetes keeps a pod's own account below /run/secrets: there ours lie elsewhere
secrets="${CSC_SECRETS_FOLDER:-/run/secrets}"
for file in "$secrets"/*; do
    if [ ! -f "$file" ] || [ ! -s "$file" ]; then
        echo "The secret ${file##*/} is missing or empty: python3 scripts/make_secrets.py makes it; then start again." >&2
        exit 78
    fi
done
CSC_WAREHOUSE_URL="$(cat "$secrets/warehouse_url")"
export CSC_WAREHOUSE_URL

if [ "${1:-}" = prepare ]; then
    airflow db migrate
    python /srv/csc/app/scripts/airflow_accounts.py "admin:Admin:$secrets/admin_password"
    exit
fi

exec "$@"
