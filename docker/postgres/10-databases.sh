#!/bin/sh
# Runs once, on an empty server: two databases and their owners, neither of them a superuser.
set -eu

# a password among a command's arguments stands in the list of processes: psql takes it from its environment
make_database() {
    NEW_PASSWORD="$(cat "/run/secrets/$1_password")" \
        psql --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 --set name="$1" <<'SQL'
\getenv password NEW_PASSWORD
create role :"name" login password :'password';
create database :"name" owner :"name";
revoke connect on database :"name" from public;
SQL
}

make_database warehouse
make_database airflow
# the warehouse makes the roles that its readers are granted (csc_reader, csc_analyst ...)
psql --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 --command 'alter role warehouse createrole'
