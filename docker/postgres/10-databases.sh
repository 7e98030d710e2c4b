#!/bin/sh
# Runs once, on an empty server: two databases and their owners, neither of them a superuser.
set -eu

make_database() {
    psql --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 \
        --set name="$1" --set password="$(cat "/run/secrets/$1_password")" <<'SQL'
create role :"name" login password :'password';
create database :"name" owner :"name";
revoke connect on database :"name" from public;
SQL
}

make_database warehouse
make_database airflow
# the warehouse makes the roles that its readers are granted (csc_reader, csc_analyst ...)
psql --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 --command 'alter role warehouse createrole'
