-- How logical replication stands: settings, slots and their lag, retained WAL, publications, replica identities.
-- Reads only, and shows no row of yours: its output belongs into a bug report.
--
--   psql -d shop -f sql/inspect.sql

\set ON_ERROR_STOP on
\set QUIET on
\pset null '-'
\pset footer off

-- From here on only PostgreSQL's own functions and operators are found: those of other roles may fit an argument better.
SELECT pg_catalog.current_setting('search_path') AS own_path \gset
SET search_path = pg_catalog, pg_temp;

\echo '== server'
SELECT version();
SELECT name, setting, unit, source
FROM pg_settings
WHERE name IN ('wal_level', 'max_replication_slots', 'max_wal_senders', 'max_slot_wal_keep_size', 'wal_sender_timeout',
               'idle_replication_slot_timeout', 'logical_decoding_work_mem', 'rds.logical_replication')
ORDER BY name;
SELECT d.datname AS database, pg_encoding_to_char(d.encoding) AS encoding, pg_is_in_recovery() AS standby,
       (SELECT count(*) FROM pg_replication_slots) AS slots, (SELECT count(*) FROM pg_stat_replication) AS senders
FROM pg_database d
WHERE d.datname = current_database();

-- "not confirmed" is what would be sent again after a restart now; "retained" is what the slot keeps on the disk.
SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END AS now \gset
SELECT current_setting('server_version_num')::int >= 17 * 10000 AS has_reason \gset

\echo '== slots'
SELECT s.slot_name, s.plugin, s.database, s.temporary, s.active, s.active_pid, a.application_name, a.client_addr,
       s.confirmed_flush_lsn AS confirmed,
       pg_size_pretty(pg_wal_lsn_diff(:'now', s.confirmed_flush_lsn)) AS "not confirmed",
       pg_size_pretty(pg_wal_lsn_diff(:'now', s.restart_lsn)) AS retained,
       s.wal_status, pg_size_pretty(s.safe_wal_size) AS "until lost"
FROM pg_replication_slots s
LEFT JOIN pg_stat_activity a ON a.pid = s.active_pid
ORDER BY s.slot_name;

\if :has_reason
  \echo '== slots that are lost'
  SELECT slot_name, invalidation_reason, inactive_since
  FROM pg_replication_slots
  WHERE invalidation_reason IS NOT NULL
  ORDER BY slot_name;
\endif

\echo '== senders'
SELECT pid, usename AS role, application_name, state, sent_lsn AS sent, flush_lsn AS confirmed, reply_time
FROM pg_stat_replication
ORDER BY pid;

\echo '== publications'
SELECT pubname AS publication, puballtables AS "all tables", pubinsert AS insert, pubupdate AS update, pubdelete AS delete,
       pubtruncate AS truncate, pubviaroot AS "via root"
FROM pg_publication
ORDER BY pubname;

\echo '== published tables'
SELECT p.pubname AS publication, format('%I.%I', p.schemaname, p.tablename) AS table,
       CASE c.relreplident
           WHEN 'd' THEN 'DEFAULT' WHEN 'f' THEN 'FULL' WHEN 'i' THEN 'USING INDEX' WHEN 'n' THEN 'NOTHING'
       END AS identity,
       EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary) AS "primary key"
FROM pg_publication_tables p
JOIN pg_namespace n ON n.nspname = p.schemaname
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = p.tablename
ORDER BY 1, 2;

\echo '== roles that may stream'
SELECT rolname AS role, rolsuper AS superuser, rolreplication AS replication
FROM pg_roles
WHERE rolcanlogin AND (rolreplication OR rolsuper)
ORDER BY rolname;

SELECT pg_catalog.set_config('search_path', :'own_path', false) AS path \gset
