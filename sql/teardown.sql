-- Takes back what sql/setup.sql and Walwire made. Only what you name is removed:
--
--   psql -d shop -v slot=shop_app -v publication=events -v role=walwire -f sql/teardown.sql
--
--   slot         the durable slot; changes that wait in it are gone for good. Stop Walwire first: a slot in use stays
--   publication  the publication; the tables stay
--   role         the role, if nothing but CONNECT on this database depends on it
--
-- A slot that nobody reads any more keeps WAL until the disk is full: drop it, even if you drop nothing else.

\set ON_ERROR_STOP on
\set QUIET on

-- From here on only PostgreSQL's own functions and operators are found: those of other roles may fit an argument better.
SELECT pg_catalog.current_setting('search_path') AS own_path \gset
SET search_path = pg_catalog, pg_temp;

\if :{?slot}
  SELECT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = :'slot' AND active) AS in_use,
         EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = :'slot' AND NOT active) AS idle \gset
  \if :in_use
    \warn 'Slot' :slot 'is in use; stop Walwire, and run this again'
    SELECT active_pid, confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = :'slot';
  \elif :idle
    SELECT 'dropped slot' AS done, slot_name FROM
      (SELECT slot_name, pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = :'slot') AS dropped;
  \else
    \echo There is no slot :slot
  \endif
  -- notes of gaps that were not delivered to handlers
  SELECT 'dropped note' AS done, slot_name FROM
    (SELECT slot_name, pg_drop_replication_slot(slot_name) FROM pg_replication_slots
     WHERE slot_name LIKE 'walwire\_gap\_%' AND substr(slot_name, 30) = :'slot') AS dropped;
\endif

\if :{?publication}
  DROP PUBLICATION IF EXISTS :"publication";
\endif

\if :{?role}
  SELECT format('REVOKE CONNECT ON DATABASE %I FROM %I', current_database(), rolname)
  FROM pg_roles
  WHERE rolname = :'role' \gexec
  DROP ROLE IF EXISTS :"role";
\endif

SELECT pg_catalog.set_config('search_path', :'own_path', false) AS path \gset
