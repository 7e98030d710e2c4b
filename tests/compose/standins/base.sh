#!/bin/sh
# Makes the image that stands in for python:3.11-slim-bookworm and debian:bookworm-slim, from Debian's own packages.
# $1: its name; $2: a folder for what is made on the way
set -eu

debootstrap --variant=minbase --include=python3,python3-pip,python3-venv,ca-certificates bookworm "$2/base" \
    http://deb.debian.org/debian > "$2/debootstrap.log"
# this machine's authorities: a network that looks into TLS has its own
cp /etc/ssl/certs/ca-certificates.crt "$2/base/etc/ssl/certs/ca-certificates.crt"
rm -rf "$2"/base/usr/lib/python3.11/EXTERNALLY-MANAGED "$2"/base/var/cache/apt/archives/*.deb "$2"/base/var/lib/apt/lists/*
for suite in "debian bookworm" "debian bookworm-updates" "debian-security bookworm-security"; do
    echo "deb http://deb.debian.org/$suite main"
done > "$2/base/etc/apt/sources.list"
tar -C "$2/base" -c . | docker import \
    --change "ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt PIP_CERT=/etc/ssl/certs/ca-certificates.crt" - "$1"
rm -rf "$2/base"
