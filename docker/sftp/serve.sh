#!/bin/sh
# sshd with the host key as only root may read it, else it refuses the key.
set -eu

if [ ! -f /run/secrets/sftp_host_key ] || [ ! -s /run/secrets/sftp_host_key ]; then
    echo "The secret sftp_host_key is missing or empty: python3 scripts/make_secrets.py makes it; then start again." >&2
    exit 78
fi
umask 077
cat /run/secrets/sftp_host_key > /run/sshd/host_key
chmod 0755 /run/sshd
echo "What suppliers are to be told by telephone: $(ssh-keygen -l -f /run/sshd/host_key)"
exec /usr/sbin/sshd -D -e -f /etc/csc/sshd_config
