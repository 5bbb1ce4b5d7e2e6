-- The table of a backfill's progress: which tables were read, and how far the reading of the others has come. Plain SQL, to be run
-- once, in the database that Walwire reads, or with a JdbcCheckpoint in the database of that:
--
--   psql -d shop -f sql/backfill.sql
--
-- The role that reads needs SELECT, INSERT, UPDATE and DELETE on it. A run has one row for itself,
-- where leaf is 0, and one for each table or partition that has its rows. To read a table again that was read, delete the rows of
-- its run while no instance uses them.
--
-- The condition of a run is SQL that the reading role runs. So INSERT, and UPDATE of more than one column, are for roles that may do what
-- the reading role may do: walwire backfill start needs INSERT. Another role that pauses, resumes or cancels runs needs this alone:
--
--   GRANT SELECT, UPDATE (wanted) ON walwire_backfill TO operator;
--
-- Its own changes are left out of * and schema.* in walwire.subscriptions.

CREATE TABLE walwire_backfill (
  system_id     varchar(32)  NOT NULL,  -- the server's system identifier, and of a cursor @ and a number for the outbox: names may be the same
  slot          varchar(64)  NOT NULL,  -- the replication slot, or the cursor, of the stream beside which rows are read
  run           varchar(64)  NOT NULL,
  leaf          bigint       NOT NULL,  -- the OID of the table or partition; 0 for the run
  table_name    varchar(300) NOT NULL,  -- with its schema
  condition_sql text,                   -- of the run: which rows; null for all
  handlers      text,                   -- of the run: a JSON array of names; null for all
  wanted        varchar(16)  NOT NULL,  -- of the run: running, paused or cancelled; other processes may change it
  state         varchar(16)  NOT NULL,  -- requested, running, done, cancelled or failed
  problem       text,                   -- why it failed
  timeline      integer      NOT NULL,  -- of the run: the server's timeline when its reading began; 0 if it has to begin again
  reading       varchar(32),            -- of the run: part of the identities of its events; another one each time that its reading begins again
  done_to       varchar(17)  NOT NULL,  -- of the run: a stream that begins at this LSN or before it brings what the progress lacks
  owner         varchar(64),            -- of the run: the instance that writes its progress; another one writes nothing
  file_node     bigint       NOT NULL,  -- of a leaf: another number once it has to be read again
  ranges        text,                   -- of a leaf: what is not done
  keys_to_read  text,                   -- of the run: keys that are to be read again
  rows_read     bigint       NOT NULL,
  bytes_read    bigint       NOT NULL,
  bytes_total   bigint       NOT NULL,  -- the table's size when its reading began
  updated_at    timestamp    NOT NULL,  -- by the database's clock
  PRIMARY KEY (system_id, slot, run, leaf)
);
