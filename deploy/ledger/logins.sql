-- The logins of a ledger on a server (docs/decisions/0014): suho_owner has the database, and makes and migrates its tables;
-- suho_node is the node's, owns nothing, and takes one of the three roles in each transaction. Run once, by a superuser, with psql:
--   LEDGER_OWNER_PASSWORD=… LEDGER_PASSWORD=… psql --set ON_ERROR_STOP=1 --file logins.sql postgres
-- then, as the owner: suho migrate. Passwords come from the environment, so that they are in no list of processes.

\getenv owner_password LEDGER_OWNER_PASSWORD
\getenv node_password LEDGER_PASSWORD

-- An unset or empty password stops here: a login with an empty one could never log in.
SELECT 1 / (length(:'owner_password') > 0 AND length(:'node_password') > 0)::int AS passwords_are_set;

CREATE ROLE suho_engine NOLOGIN NOINHERIT;
CREATE ROLE suho_reader NOLOGIN NOINHERIT;
CREATE ROLE suho_keeper NOLOGIN NOINHERIT;

-- NOINHERIT: a member that inherits suho_reader would see all tenants' rows without taking that role.
CREATE ROLE suho_owner LOGIN NOINHERIT PASSWORD :'owner_password';
GRANT suho_engine, suho_reader, suho_keeper TO suho_owner;

CREATE ROLE suho_node LOGIN NOINHERIT PASSWORD :'node_password';
GRANT suho_engine, suho_reader, suho_keeper TO suho_node;

CREATE DATABASE suho OWNER suho_owner;
REVOKE CONNECT, TEMPORARY ON DATABASE suho FROM PUBLIC;
GRANT CONNECT ON DATABASE suho TO suho_node;

\connect suho
-- It does not inherit what a database's owner may do there either.
ALTER SCHEMA public OWNER TO suho_owner;

-- The migrations use TimescaleDB where the extension is there before the first of them.
SELECT 'CREATE EXTENSION IF NOT EXISTS timescaledb' FROM pg_available_extensions WHERE name = 'timescaledb' \gexec
