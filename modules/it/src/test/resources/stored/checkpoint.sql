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
INSERT INTO walwire_checkpoint VALUES ('old', '7713364261066612070', '1', '0/17AAFE0', '0', '0/0', '1', '0/17AB010', '2026-11-28 23:12:52.139778');
