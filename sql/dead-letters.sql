-- The table of walwire.dead-letters=table and of DeadLetters.table(...): calls of handlers that failed for good. To be run once.
--
--   psql -d shop -v role=walwire -f sql/dead-letters.sql
--
--   role    who keeps, lists and replays the letters; walwire if not given
--
-- It holds the values of the rows that a handler failed at: a role that may read it reads those. "payload" is what Walwire
-- replays, "events" the same for people:
--   SELECT id, handler, table_name, error_message, events -> 0 -> 'new_record' FROM walwire_dead_letter ORDER BY id;
--
-- Where a publication has it (FOR ALL TABLES), its own changes are in the stream. Walwire leaves them out unless
-- walwire.subscriptions names the table: neither * nor schema.* means it.

\set ON_ERROR_STOP on
\set QUIET on
\if :{?role}
\else
  \set role walwire
\endif

-- Without IF NOT EXISTS: a table of this name that somebody else has made must not be taken for this one.
CREATE TABLE walwire_dead_letter (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  instance      text NOT NULL,          -- walwire.name
  handler       text NOT NULL,
  declaration   text NOT NULL,          -- which of the handler's declarations failed
  kind          text NOT NULL,          -- insert, update, ..., or mixed
  table_name    text,                   -- with its schema; null if there are several, or none
  commit_lsn    pg_lsn,
  first_index   bigint,                 -- of the first event in its transaction
  first_event   text NOT NULL,
  last_event    text NOT NULL,
  event_count   integer NOT NULL,
  attempts      integer NOT NULL,
  error_class   text NOT NULL,
  error_message text,
  set_aside_at  timestamptz NOT NULL,
  payload       bytea NOT NULL,
  events        json NOT NULL,
  UNIQUE (instance, handler, declaration, first_event, last_event)
);

SELECT pg_catalog.format('GRANT SELECT, INSERT, DELETE ON walwire_dead_letter TO %I', rolname)
FROM pg_catalog.pg_roles
WHERE rolname OPERATOR(pg_catalog.=) :'role' \gexec
