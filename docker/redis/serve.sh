#!/bin/sh
# Redis with its password from a file; with the word ask: whether it answers. Neither shows it among arguments.
set -eu

if [ ! -f /run/secrets/redis_password ] || [ ! -s /run/secrets/redis_password ]; then
    echo "The secret redis_password is missing or empty: python3 scripts/make_secrets.py makes it; then start again." >&2
    exit 78
fi
password="$(cat /run/secrets/redis_password)"
if [ "${1:-}" = ask ]; then
    [ "$(REDISCLI_AUTH="$password" redis-cli ping)" = PONG ]
    exit
fi
# what waits for a worker outlives the server
exec redis-server - <<CONFIGURATION
requirepass $password
dir /data
appendonly yes
save ""
maxmemory 200mb
maxmemory-policy noeviction
CONFIGURATION
