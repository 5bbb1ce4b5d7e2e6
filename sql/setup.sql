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
--   tables       with commas, quoted as in SQL; without it all tables, also future ones (needs a superuser), or, where
--                PostgreSQL would then refuse updates and deletes of some, those of today that it would not
--
-- Once a table is published, PostgreSQL refuses updates and deletes of it, to everybody, unless it has a replica identity:
-- a primary key that is not deferrable, or REPLICA IDENTITY FULL. This script publishes no table that has none. Give it one
-- first: psql -d shop -v full='events_log' -f sql/replica-identity.sql, which costs nothing where rows are only inserted.
--
-- Run it as a role that may create roles and owns the tables. The server needs wal_level = logical, which a restart applies:
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

-- From here on only PostgreSQL's own functions and operators are found: those of other roles may fit an argument better.
SELECT pg_catalog.current_setting('search_path') AS own_path \gset
SET search_path = pg_catalog, pg_temp;
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
  \echo '  ALTER PUBLICATION' :"publication" 'ADD TABLE users;   -- one with a primary key, or REPLICA IDENTITY FULL'
\else
  -- tables and partitions without a replica identity, their partitioned tables included
  CREATE TEMPORARY TABLE walwire_setup AS
    WITH leaf AS (
      SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname <> 'information_schema' AND NOT starts_with(n.nspname, 'pg_')
        AND c.relreplident <> 'f' AND NOT EXISTS (
          SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisvalid AND i.indimmediate
            AND ((c.relreplident = 'd' AND i.indisprimary) OR (c.relreplident = 'i' AND i.indisreplident))))
    SELECT oid FROM leaf UNION SELECT a.relid FROM leaf, pg_partition_ancestors(leaf.oid) a;
  SELECT EXISTS (SELECT FROM walwire_setup) AS left_out \gset
  -- nobody else sees the publication before COMMIT
  BEGIN;
  \if :{?tables}
    -- the names of the tables are found as the caller finds them
    SELECT pg_catalog.set_config('search_path', :'own_path', false) AS path \gset
    CREATE PUBLICATION :"publication" FOR TABLE :tables;
    SET search_path = pg_catalog, pg_temp;
  \elif :left_out
    SELECT format('CREATE PUBLICATION %I FOR TABLE %s', :'publication', string_agg(c.oid::regclass::text, ', '))
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND NOT c.relispartition
      AND n.nspname <> 'information_schema' AND NOT starts_with(n.nspname, 'pg_')
      AND c.oid NOT IN (SELECT oid FROM walwire_setup)
    HAVING count(*) > 0 \gexec
  \else
    CREATE PUBLICATION :"publication" FOR ALL TABLES;
    \echo 'The publication has all tables, also future ones. Give each new table a primary key, or REPLICA IDENTITY FULL, when it is'
    \echo 'created: without one PostgreSQL refuses updates and deletes of it, to everybody.'
  \endif
  -- the tables that are named, and those of the schemas that are named
  SELECT EXISTS (
    SELECT FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
    WHERE p.pubname = :'publication' AND r.prrelid IN (SELECT oid FROM walwire_setup)) OR EXISTS (
    SELECT FROM pg_publication_tables t JOIN pg_namespace n ON n.nspname = t.schemaname
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.tablename
    WHERE t.pubname = :'publication' AND c.oid IN (SELECT oid FROM walwire_setup)) AS refused \gset
  \if :refused
    ROLLBACK;
    \warn 'No publication was made: PostgreSQL would refuse updates and deletes of the tables without a replica identity below.'
  \else
    COMMIT;
  \endif
  \if :left_out
    \echo 'Without a replica identity, and not published (see the beginning of this file):'
    SELECT oid::regclass AS table FROM walwire_setup ORDER BY 1;
  \endif
  DROP TABLE walwire_setup;
\endif

\echo Tables of the publication:
SELECT schemaname AS schema, tablename AS table
FROM pg_publication_tables
WHERE pubname = :'publication'
ORDER BY 1, 2;

SELECT pg_catalog.set_config('search_path', :'own_path', false) AS path \gset

\echo 'If the role has no password yet, give it one with \\password' :role
\echo Next: sql/replica-identity.sql, for the tables whose old values you want in updates and deletes.
