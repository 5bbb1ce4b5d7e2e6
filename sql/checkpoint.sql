-- The table of JdbcCheckpoint: how far each instance has come, committed with what its handlers write. In the handlers' own
-- database, PostgreSQL or another product; plain SQL, to be run once:
--
--   psql -d warehouse -f sql/checkpoint.sql
--
-- The role that the handlers write as needs SELECT, INSERT and UPDATE on it. One row for each name that was given to
-- JdbcCheckpoint.of(...). To begin again, without a gap event, delete the row while no instance uses it.
--
-- Where it is in the database that Walwire reads, its own changes are left out of * and schema.* in walwire.subscriptions.

CREATE TABLE walwire_checkpoint (
  name         varchar(200) NOT NULL PRIMARY KEY,
  system_id    varchar(32)  NOT NULL,  -- of the PostgreSQL server that is read
  timeline     integer      NOT NULL,
  commit_lsn   varchar(17)  NOT NULL,  -- of the last transaction of which something is done
  last_index   bigint       NOT NULL,  -- its events up to this index are done; -1 for none
  last_message varchar(17)  NOT NULL,  -- its logical messages up to this position are done
  complete     integer      NOT NULL,  -- 1 if all of it is done, 0 if only some parts are
  done_to      varchar(17)  NOT NULL,  -- whatever was committed before this is done
  updated_at   timestamp    NOT NULL   -- by the database's clock
);
