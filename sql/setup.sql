-- A role and a publication for Walwire, in the database that is to be read. Can be run again.
--
--   psql -d shop -v tables='users, billing.invoice' -f sql/setup.sql
--   psql -d shop -c '\password walwire'
--
-- The second line asks for the role's password and sends the server a SCRAM verifier only. The password itself is in no process
-- list, no history and no log of the server. A script gives it on standard input, twice, without a terminal:
--   printf '%s\n%s\n' "$WALWIRE_PASSWORD" "$WALWIRE_PASSWORD" | setsid --wait psql -d shop -c '\password walwire'
--
--   role         who connects; walwire if not given
--   publication  what Walwire reads; events if not given
--   tables       with commas, quoted as in SQL; without it all tables, also future ones (needs a superuser)
--
-- Whoever runs this may create roles and owns the tables. The server needs wal_level = logical, which a restart applies:
--   ALTER SYSTEM SET wal_level = logical;
-- On Amazon RDS and Aurora it is the parameter rds.logical_replication = 1 in the parameter group, and a reboot.

\set ON_ERROR_STOP on
\set QUIET on
\if :{?password}
  \warn 'A password given with -v is shown in the process list and in the log of the server. Leave it out, and run \\password.'
  DO $$ BEGIN RAISE 'setup.sql takes no password'; END $$;
\endif
\if :{?role}
\else
  \set role walwire
\endif
\if :{?publication}
\else
  \set publication events
\endif

SELECT current_setting('wal_level') = 'logical' AS logical,
       EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_replication') AS rds,
       EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') AS has_role,
       EXISTS (SELECT FROM pg_publication WHERE pubname = :'publication') AS has_publication \gset

\if :logical
\else
  \warn 'wal_level is not logical yet; see the beginning of this file'
\endif

\if :has_role
\else
  CREATE ROLE :"role" LOGIN;
\endif

-- Streaming needs nothing else: no SELECT on any table, because pgoutput does not ask for it.
\if :rds
  GRANT rds_replication TO :"role";
\else
  ALTER ROLE :"role" REPLICATION;
\endif
SELECT format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), :'role') \gexec

\if :has_publication
  \echo Publication :publication exists and is left as it is; to add a table:
  \echo '  ALTER PUBLICATION' :"publication" 'ADD TABLE users;'
\elif :{?tables}
  CREATE PUBLICATION :"publication" FOR TABLE :tables;
\else
  CREATE PUBLICATION :"publication" FOR ALL TABLES;
\endif

\echo Tables of the publication:
SELECT schemaname AS schema, tablename AS table
FROM pg_publication_tables
WHERE pubname = :'publication'
ORDER BY 1, 2;

\echo 'If the role has no password yet, give it one with \\password' :role
\echo Next: sql/replica-identity.sql, for the tables whose old values you want in updates and deletes.
