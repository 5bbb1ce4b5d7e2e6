-- What of the old row comes with an update or a delete: shows it, and changes it for the tables you name.
--
--   psql -d shop -f sql/replica-identity.sql
--   psql -d shop -v full='users, billing.invoice' -f sql/replica-identity.sql
--   psql -d shop -v default='users' -f sql/replica-identity.sql
--
--   publication  events if not given
--   full         tables to set to FULL: the whole old row, so that changes are exact. Costs WAL: every update and delete
--                then logs the old row too. Without a primary key, replicas search the whole table for it.
--   default      tables to set back to DEFAULT: the primary key alone
--
-- ALTER TABLE takes an ACCESS EXCLUSIVE lock, for a moment, and waits for running transactions; hence the lock_timeout.

\set ON_ERROR_STOP on
\set QUIET on
\if :{?publication}
\else
  \set publication events
\endif

-- The names of the tables are found on the caller's search path, where functions of other roles may fit an argument better than
-- PostgreSQL's own: so each function is named with its schema.

-- what stands between commas that are not in double quotes
\set a_name '((?:[^,"]|"(?:[^"]|"")*")+)'

SET lock_timeout = '5s';

\if :{?full}
  SELECT pg_catalog.format('ALTER TABLE %s REPLICA IDENTITY FULL', pg_catalog.btrim(part[1])::pg_catalog.regclass)
  FROM pg_catalog.regexp_matches(:'full', :'a_name', 'g') AS part \gexec
\endif
\if :{?default}
  SELECT pg_catalog.format('ALTER TABLE %s REPLICA IDENTITY DEFAULT', pg_catalog.btrim(part[1])::pg_catalog.regclass)
  FROM pg_catalog.regexp_matches(:'default', :'a_name', 'g') AS part \gexec
\endif

SELECT pg_catalog.current_setting('search_path') AS own_path \gset
SET search_path = pg_catalog, pg_temp;

SELECT c.oid::regclass AS table,
       CASE c.relreplident
           WHEN 'd' THEN 'DEFAULT' WHEN 'f' THEN 'FULL' WHEN 'i' THEN 'USING INDEX' WHEN 'n' THEN 'NOTHING'
       END AS identity,
       CASE
           WHEN c.relreplident = 'f' THEN 'the whole row'
           WHEN i.indexrelid IS NULL THEN 'nothing: PostgreSQL refuses published updates and deletes'
           ELSE (SELECT string_agg(a.attname, ', ' ORDER BY a.attnum)
                 FROM pg_attribute a
                 WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey))
       END AS "old values that are sent"
FROM pg_publication_tables p
JOIN pg_namespace n ON n.nspname = p.schemaname
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = p.tablename
LEFT JOIN pg_index i
       ON i.indrelid = c.oid AND ((c.relreplident = 'd' AND i.indisprimary) OR (c.relreplident = 'i' AND i.indisreplident))
WHERE p.pubname = :'publication'
ORDER BY 1;

SELECT pg_catalog.set_config('search_path', :'own_path', false) AS path \gset
