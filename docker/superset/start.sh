#!/bin/sh
# Superset's own database brought up to date, the dashboards of bi/superset brought in where they changed, then served.
set -eu

for file in /run/secrets/*; do
    if [ ! -f "$file" ] || [ ! -s "$file" ]; then
        echo "The secret ${file##*/} is missing or empty: python3 scripts/make_secrets.py makes it; then start again." >&2
        exit 78
    fi
done
umask 077
mkdir -p "$CSC_SUPERSET_HOME/secrets"
cp -f /run/secrets/superset_secret_key "$CSC_SUPERSET_HOME/secrets/secret_key"
# nobody is to know these: no guest, no background queries
for name in guest_token_secret async_queries_secret; do
    python -c 'import secrets; print(secrets.token_urlsafe(32), end="")' > "$CSC_SUPERSET_HOME/secrets/$name"
done
for name in logins warehouse.json; do
    ln -sfn "/srv/csc/superset_login/$name" "$CSC_SUPERSET_HOME/$name"
done
python /srv/csc/app/bi/superset/accounts.py prepare \
    admin:Admin:/run/secrets/superset_admin_password reader:Reader:/run/secrets/superset_reader_password
python /srv/csc/app/docker/superset/bring_in.py
exec gunicorn --bind 0.0.0.0:8088 --workers 1 --worker-class gthread --threads 8 --timeout 120 "superset.app:create_app()"
