-- The objects of walwire.source=triggers, as bin/walwire triggers install makes them for the application "walwire"
-- (walwire.name) in the schema "walwire" (walwire.triggers.schema), and for the table public.users. For your own tables
-- and names, and for a migration tool, print it:
--
--   bin/walwire triggers sql --url postgresql://owner@localhost/shop --subscriptions users,orders --grant reader

CREATE SCHEMA "walwire";
CREATE TABLE "walwire"."walwire_definition" (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  relid        oid    NOT NULL,    -- the table, or the partition, whose rows look like this
  fingerprint  bigint NOT NULL,    -- of its columns
  schema_name  text   NOT NULL,
  table_name   text   NOT NULL,
  root         oid    NOT NULL,    -- the table under whose name its changes come
  root_schema  text   NOT NULL,
  root_name    text   NOT NULL,
  column_names text[] NOT NULL,    -- in the order of the rows
  type_oids    oid[]  NOT NULL,
  typmods      integer[] NOT NULL,
  type_schemas text[] NOT NULL,
  type_names   text[] NOT NULL,
  places       integer[] NOT NULL  -- in the root's order; 0 where there is no value
);
CREATE INDEX ON "walwire"."walwire_definition" (relid, fingerprint);
CREATE TABLE "walwire"."walwire_outbox" (
  seq        bigint GENERATED ALWAYS AS IDENTITY,
  xid        xid8   NOT NULL,
  definition bigint NOT NULL,
  kind       "char" NOT NULL,      -- I, U, D or T
  changed_at timestamptz NOT NULL,
  old_row    text,                 -- as PostgreSQL prints a row
  new_row    text,
  PRIMARY KEY (xid, seq)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 100000);
CREATE TABLE "walwire"."walwire_cursor" (
  name     text PRIMARY KEY,
  durable  boolean     NOT NULL,
  position xid8        NOT NULL,   -- all transactions below it are handled
  keep     interval    NOT NULL,   -- for how long its changes wait while nobody reads them
  seen     timestamptz NOT NULL,   -- when its reader was last here
  holder   text        NOT NULL,   -- for people
  lost_from xid8,                  -- changes from here on were lost, and its reader has not got that gap yet
  lost_why  text,                  -- null if none were
  origin    text,                  -- the server, the database and the table that the position is of
  run       text                   -- no position kept elsewhere is of an earlier run of the server; null: unknown
) WITH (fillfactor = 20);
COMMENT ON TABLE "walwire"."walwire_definition" IS 'Walwire trigger source, application walwire in schema walwire, version 5';
COMMENT ON TABLE "walwire"."walwire_outbox" IS 'Walwire trigger source, application walwire in schema walwire, version 5';
COMMENT ON TABLE "walwire"."walwire_cursor" IS 'Walwire trigger source, application walwire in schema walwire, version 5';
CREATE FUNCTION "walwire"."walwire_capture"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET "DateStyle" = 'ISO, MDY'
SET "IntervalStyle" = 'postgres'
SET "TimeZone" = 'UTC'
SET bytea_output = 'hex'
SET extra_float_digits = 3
SET lc_monetary = 'C'
SET quote_all_identifiers = off
SET lock_timeout = 0
AS $walwire$
DECLARE
  shape bigint;
  before text;
  after text;
  place bigint;
BEGIN
  IF TG_OP IN ('UPDATE', 'DELETE') THEN
    before := pg_catalog.format('%s', OLD); -- what the type prints: a cast may be anybody's function
  END IF;
  IF TG_OP IN ('INSERT', 'UPDATE') THEN
    after := pg_catalog.format('%s', NEW);
  END IF;
  IF NOT (pg_catalog.current_setting('transaction_isolation') IN ('repeatable read', 'serializable')
     AND (NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = TG_RELID
            AND pg_catalog.age(c.xmax) > pg_catalog.age(pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::pg_catalog.xid))
          OR EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = TG_RELID AND a.attnum > 0
            AND NOT pg_catalog.age(a.xmax) > pg_catalog.age(pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::pg_catalog.xid)))) THEN
    shape := (SELECT d.id FROM "walwire"."walwire_definition" d
      WHERE d.relid = TG_RELID AND d.fingerprint = (SELECT coalesce(pg_catalog.bit_xor(pg_catalog.hashtextextended(a.attname::text,
         (a.atttypid::bigint << 31) # (a.atttypmod::bigint << 12) # a.attnum::bigint
         # CASE WHEN a.attgenerated = 'v' THEN 2048 ELSE 0 END)), 0)
       # CASE WHEN pg_catalog.pg_partition_root(TG_RELID) <> TG_RELID THEN
           (pg_catalog.pg_partition_root(TG_RELID)::pg_catalog.oid::bigint << 32)
           # coalesce((SELECT t.oid::bigint FROM pg_catalog.pg_trigger t
                       WHERE t.tgrelid = TG_RELID AND t.tgname = '!walwire_walwire_cf74ded2'), 0)
         ELSE TG_RELID::bigint END
       FROM pg_catalog.pg_attribute a
       WHERE a.attrelid = TG_RELID AND a.attnum > 0 AND NOT a.attisdropped)
        AND d.table_name = TG_TABLE_NAME AND d.schema_name = TG_TABLE_SCHEMA LIMIT 1);
  END IF;
  shape := coalesce(shape, "walwire"."walwire_define"(TG_RELID));
  IF TG_OP = 'TRUNCATE'
     AND EXISTS (SELECT FROM "walwire"."walwire_definition" d WHERE d.id = shape AND d.root <> d.relid) THEN
    RETURN NULL; -- of a partition that once had triggers of its own; its root is not empty
  END IF;
  INSERT INTO "walwire"."walwire_outbox" (xid, definition, kind, changed_at, old_row, new_row)
  VALUES (pg_catalog.pg_current_xact_id(), shape, TG_OP::"char",
          pg_catalog.clock_timestamp(), before, after)
  RETURNING seq INTO place;
  IF pg_catalog.pg_try_advisory_lock_shared(6695692295626996696) AND pg_catalog.pg_advisory_unlock_shared(6695692295626996696)
     AND pg_catalog.pg_notification_queue_usage() < 0.5 THEN
    PERFORM pg_catalog.pg_notify('walwire_cf74ded27be5b497', '');
  END IF;
  IF place % 1024 = 0 THEN
    PERFORM "walwire"."walwire_relieve"();
  END IF;
  RETURN NULL;
END
$walwire$;
CREATE FUNCTION "walwire"."walwire_define"(of_table oid) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $walwire$
DECLARE
  root oid;
  made bigint;
BEGIN
  -- the topmost table that carries the trigger itself, and not a partition's copy of it
  SELECT a.relid INTO root
  FROM pg_catalog.pg_partition_ancestors(of_table) WITH ORDINALITY a (relid, distance)
  WHERE EXISTS (SELECT FROM pg_catalog.pg_trigger t
                WHERE t.tgrelid = a.relid AND t.tgname = '!walwire_walwire_cf74ded2' AND t.tgparentid = 0)
  ORDER BY a.distance DESC LIMIT 1;
  root := coalesce(root, pg_catalog.pg_partition_root(of_table)::pg_catalog.oid, of_table);
  IF pg_catalog.current_setting('transaction_isolation') IN ('repeatable read', 'serializable')
     AND (NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = of_table
            AND pg_catalog.age(c.xmax) > pg_catalog.age(pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::pg_catalog.xid))
          OR EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = of_table AND a.attnum > 0
            AND NOT pg_catalog.age(a.xmax) > pg_catalog.age(pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::pg_catalog.xid))) THEN
    RETURN "walwire"."walwire_observe"(of_table, root);
  END IF;
  INSERT INTO "walwire"."walwire_definition" (relid, fingerprint, schema_name, table_name, root, root_schema, root_name,
                            column_names, type_oids, typmods, type_schemas, type_names, places)
  SELECT of_table, (SELECT coalesce(pg_catalog.bit_xor(pg_catalog.hashtextextended(a.attname::text,
         (a.atttypid::bigint << 31) # (a.atttypmod::bigint << 12) # a.attnum::bigint
         # CASE WHEN a.attgenerated = 'v' THEN 2048 ELSE 0 END)), 0)
       # CASE WHEN pg_catalog.pg_partition_root(of_table) <> of_table THEN
           (pg_catalog.pg_partition_root(of_table)::pg_catalog.oid::bigint << 32)
           # coalesce((SELECT t.oid::bigint FROM pg_catalog.pg_trigger t
                       WHERE t.tgrelid = of_table AND t.tgname = '!walwire_walwire_cf74ded2'), 0)
         ELSE of_table::bigint END
       FROM pg_catalog.pg_attribute a
       WHERE a.attrelid = of_table AND a.attnum > 0 AND NOT a.attisdropped),
         own_schema.nspname, own.relname, root, top_schema.nspname, top.relname,
         col.names, col.types, col.typmods, col.type_schemas, col.type_names, col.places
  FROM pg_catalog.pg_class own
  JOIN pg_catalog.pg_namespace own_schema ON own_schema.oid = own.relnamespace
  JOIN pg_catalog.pg_class top ON top.oid = root
  JOIN pg_catalog.pg_namespace top_schema ON top_schema.oid = top.relnamespace
  CROSS JOIN LATERAL (
    SELECT coalesce(pg_catalog.array_agg(a.attname::text ORDER BY a.attnum), '{}') AS names,
           coalesce(pg_catalog.array_agg(a.atttypid ORDER BY a.attnum), '{}') AS types,
           coalesce(pg_catalog.array_agg(a.atttypmod ORDER BY a.attnum), '{}') AS typmods,
           coalesce(pg_catalog.array_agg(s.nspname::text ORDER BY a.attnum), '{}') AS type_schemas,
           coalesce(pg_catalog.array_agg(t.typname::text ORDER BY a.attnum), '{}') AS type_names,
           coalesce(pg_catalog.array_agg(CASE WHEN a.attgenerated = 'v' THEN 0 ELSE r.attnum::integer END
                                         ORDER BY a.attnum), '{}') AS places
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    JOIN pg_catalog.pg_namespace s ON s.oid = t.typnamespace
    JOIN pg_catalog.pg_attribute r ON r.attrelid = root AND r.attname = a.attname
    WHERE a.attrelid = of_table AND a.attnum > 0 AND NOT a.attisdropped) col
  WHERE own.oid = of_table
  RETURNING id INTO made;
  RETURN made;
END
$walwire$;
CREATE FUNCTION "walwire"."walwire_gather"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET "DateStyle" = 'ISO, MDY'
SET "IntervalStyle" = 'postgres'
SET "TimeZone" = 'UTC'
SET bytea_output = 'hex'
SET extra_float_digits = 3
SET lc_monetary = 'C'
SET quote_all_identifiers = off
SET lock_timeout = 0
AS $walwire$
DECLARE
  shape bigint;
  planned bigint;
  before text;
  after text;
  lines text;
  place bigint;
BEGIN
  after := pg_catalog.set_config('walwire.table', TG_RELID::text, true); -- for "walwire"."walwire_shape"
  IF TG_OP = 'INSERT' THEN
    FOR planned, after IN
      SELECT "walwire"."walwire_shape"(), pg_catalog.format('%s', walwire_row.*) FROM walwire_rows walwire_row
    LOOP
      IF shape IS NULL THEN
        shape := coalesce(planned, "walwire"."walwire_known"(TG_RELID, TG_TABLE_SCHEMA, TG_TABLE_NAME));
        EXIT WHEN shape = 0; -- it has become a partition, and the root's trigger captures
        lines := after;
      ELSIF pg_catalog.octet_length(lines) + pg_catalog.octet_length(after) <= 1800 THEN
        lines := lines || after;
      ELSE
        INSERT INTO "walwire"."walwire_outbox" (xid, definition, kind, changed_at, new_row)
        VALUES (pg_catalog.pg_current_xact_id(), shape, 'I', pg_catalog.clock_timestamp(), lines)
        RETURNING seq INTO place;
        IF place % 1024 = 0 THEN
    PERFORM "walwire"."walwire_relieve"();
  END IF;
        lines := after;
      END IF;
    END LOOP;
    IF lines IS NOT NULL THEN
      INSERT INTO "walwire"."walwire_outbox" (xid, definition, kind, changed_at, new_row)
      VALUES (pg_catalog.pg_current_xact_id(), shape, 'I', pg_catalog.clock_timestamp(), lines)
      RETURNING seq INTO place;
    END IF;
  ELSE
    before := pg_catalog.format('%s', OLD); -- what the type prints: a cast may be anybody's function
    after := CASE WHEN TG_OP = 'UPDATE' THEN pg_catalog.format('%s', NEW) END;
    WITH dependency AS (SELECT FROM walwire_rows)
    INSERT INTO "walwire"."walwire_outbox" (xid, definition, kind, changed_at, old_row, new_row)
    SELECT pg_catalog.pg_current_xact_id(), "walwire"."walwire_shape"(), TG_OP::"char", pg_catalog.clock_timestamp(), before, after
    WHERE "walwire"."walwire_shape"() > 0
    RETURNING seq INTO place;
    IF place IS NULL THEN
      IF pg_catalog.pg_partition_root(TG_RELID) IS NOT NULL THEN
        RETURN NULL; -- as above
      END IF;
      INSERT INTO "walwire"."walwire_outbox" (xid, definition, kind, changed_at, old_row, new_row)
      VALUES (pg_catalog.pg_current_xact_id(), "walwire"."walwire_known"(TG_RELID, TG_TABLE_SCHEMA, TG_TABLE_NAME), TG_OP::"char",
              pg_catalog.clock_timestamp(), before, after)
      RETURNING seq INTO place;
    END IF;
  END IF;
  IF place IS NULL THEN
    RETURN NULL;
  END IF;
  IF pg_catalog.pg_try_advisory_lock_shared(6695692295626996696) AND pg_catalog.pg_advisory_unlock_shared(6695692295626996696)
     AND pg_catalog.pg_notification_queue_usage() < 0.5 THEN
    PERFORM pg_catalog.pg_notify('walwire_cf74ded27be5b497', '');
  END IF;
  IF place % 1024 = 0 THEN
    PERFORM "walwire"."walwire_relieve"();
  END IF;
  RETURN NULL;
END
$walwire$;
CREATE FUNCTION "walwire"."walwire_known"(of_table oid, of_schema name, of_name name) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $walwire$
DECLARE
  shape bigint;
  settled boolean;
  before text;
BEGIN
  IF NOT (pg_catalog.current_setting('transaction_isolation') IN ('repeatable read', 'serializable')
     AND (NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = of_table
            AND pg_catalog.age(c.xmax) > pg_catalog.age(pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::pg_catalog.xid))
          OR EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = of_table AND a.attnum > 0
            AND NOT pg_catalog.age(a.xmax) > pg_catalog.age(pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::pg_catalog.xid)))) THEN
    SELECT d.id, (pg_catalog.age(d.xmin) > pg_catalog.age(pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::pg_catalog.xid)
     OR pg_catalog.age(d.xmin) < -1000000000) INTO shape, settled FROM "walwire"."walwire_definition" d
    WHERE d.relid = of_table AND d.fingerprint = (SELECT coalesce(pg_catalog.bit_xor(pg_catalog.hashtextextended(a.attname::text,
         (a.atttypid::bigint << 31) # (a.atttypmod::bigint << 12) # a.attnum::bigint
         # CASE WHEN a.attgenerated = 'v' THEN 2048 ELSE 0 END)), 0)
       # CASE WHEN pg_catalog.pg_partition_root(of_table) <> of_table THEN
           (pg_catalog.pg_partition_root(of_table)::pg_catalog.oid::bigint << 32)
           # coalesce((SELECT t.oid::bigint FROM pg_catalog.pg_trigger t
                       WHERE t.tgrelid = of_table AND t.tgname = '!walwire_walwire_cf74ded2'), 0)
         ELSE of_table::bigint END
       FROM pg_catalog.pg_attribute a
       WHERE a.attrelid = of_table AND a.attnum > 0 AND NOT a.attisdropped)
      AND d.table_name = of_name AND d.schema_name = of_schema
    ORDER BY 2 DESC LIMIT 1;
    IF settled AND coalesce(pg_catalog.current_setting('walwire.planned', true), '') = '' THEN
      before := pg_catalog.set_config('walwire.planned', 'again', true);
      DISCARD PLANS;
    END IF;
  END IF;
  RETURN coalesce(shape, "walwire"."walwire_define"(of_table));
END
$walwire$;
CREATE FUNCTION "walwire"."walwire_observe"(of_table oid, of_root oid) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $walwire$
DECLARE
  own text[] := (pg_catalog.pg_identify_object_as_address('pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, of_table, 0)).object_names;
  top text[] := (pg_catalog.pg_identify_object_as_address('pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, of_root, 0)).object_names;
  made bigint;
  field text;
  kind oid;
  kind_schema text;
  kind_name text;
  modifier integer;
  is_virtual boolean;
  in_root text[] := '{}';
  fields text[] := '{}';
  kinds oid[] := '{}';
  kind_schemas text[] := '{}';
  kind_names text[] := '{}';
  modifiers integer[] := '{}';
  in_place integer[] := '{}';
BEGIN
  FOR place IN 1 .. 1600 LOOP -- no table has more columns
    field := ((pg_catalog.pg_identify_object_as_address('pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, of_root, place)).object_names)[3];
    EXIT WHEN field IS NULL;
    in_root := in_root || CASE WHEN pg_catalog.has_column_privilege(of_root, place::pg_catalog.int2, 'SELECT') IS NULL THEN NULL ELSE field END;
  END LOOP;
  FOR place IN 1 .. 1600 LOOP
    field := ((pg_catalog.pg_identify_object_as_address('pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, of_table, place)).object_names)[3];
    EXIT WHEN field IS NULL;
    CONTINUE WHEN pg_catalog.has_column_privilege(of_table, place::pg_catalog.int2, 'SELECT') IS NULL;
    kind := NULL;
    BEGIN
      EXECUTE pg_catalog.format('SELECT t.oid, s.nspname, t.typname, a.atttypmod, a.attgenerated = ''v'''
          ' FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace s ON s.oid = t.typnamespace'
          ' LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = $1 AND a.attnum = $2 AND a.attname = $3'
          ' AND a.atttypid = t.oid AND pg_catalog.age(a.xmax) > pg_catalog.age(pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::pg_catalog.xid)'
          ' WHERE t.oid = pg_catalog.pg_typeof((NULL::%I.%I).%I)', own[1], own[2], field)
        INTO kind, kind_schema, kind_name, modifier, is_virtual USING of_table, place, field;
    EXCEPTION WHEN OTHERS THEN
      kind := NULL; -- the change that is being written must not fail
    END;
    IF kind IS NULL THEN
      kind := 'pg_catalog.text'::pg_catalog.regtype;
      kind_schema := 'pg_catalog';
      kind_name := 'text';
      modifier := -1;
      is_virtual := false;
    END IF;
    fields := fields || field;
    kinds := kinds || kind;
    kind_schemas := kind_schemas || kind_schema;
    kind_names := kind_names || kind_name;
    modifiers := modifiers || coalesce(modifier, -1);
    in_place := in_place || CASE WHEN is_virtual THEN 0
                            ELSE coalesce(pg_catalog.array_position(in_root, field), 0) END;
  END LOOP;
  SELECT d.id INTO made FROM "walwire"."walwire_definition" d
  WHERE d.relid = of_table AND d.fingerprint = 0 AND d.schema_name = own[1] AND d.table_name = own[2]
    AND d.root = of_root AND d.column_names = fields AND d.type_oids = kinds AND d.typmods = modifiers
    AND d.places = in_place
  LIMIT 1;
  IF made IS NULL THEN
    INSERT INTO "walwire"."walwire_definition" (relid, fingerprint, schema_name, table_name, root, root_schema, root_name,
                              column_names, type_oids, typmods, type_schemas, type_names, places)
    VALUES (of_table, 0, own[1], own[2], of_root, top[1], top[2],
            fields, kinds, modifiers, kind_schemas, kind_names, in_place)
    RETURNING id INTO made;
  END IF;
  RETURN made;
END
$walwire$;
CREATE FUNCTION "walwire"."walwire_relieve"() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $walwire$
DECLARE
  passed xid8;
BEGIN
  -- an older snapshot may not see a cursor that keeps changes
  IF pg_catalog.current_setting('transaction_isolation') <> 'read committed'
     OR EXISTS (SELECT FROM "walwire"."walwire_cursor" c WHERE c.seen > pg_catalog.clock_timestamp() - interval '1 minute') THEN
    RETURN; -- a reader removes, too
  END IF;
  -- in one statement, so that no cursor begins between the two
  passed := coalesce(
    (SELECT c.position FROM "walwire"."walwire_cursor" c
     WHERE c.seen + c.keep * 1.25 + interval '5 seconds' > pg_catalog.clock_timestamp()
     ORDER BY c.position LIMIT 1),
    pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot()));
  DELETE FROM "walwire"."walwire_outbox" WHERE ctid = ANY (ARRAY(
    SELECT o.ctid FROM "walwire"."walwire_outbox" o WHERE o.xid < passed
    ORDER BY o.xid, o.seq LIMIT 4096 FOR UPDATE SKIP LOCKED));
EXCEPTION WHEN OTHERS THEN
  NULL; -- somebody else will; the change that is being written must not fail
END
$walwire$;
CREATE FUNCTION "walwire"."walwire_shape"() RETURNS bigint
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $walwire$
DECLARE
  of_table oid := pg_catalog.current_setting('walwire.table')::oid;
BEGIN
  IF pg_catalog.pg_partition_root(of_table) IS NOT NULL THEN
    RETURN 0;
  END IF;
  IF (NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = of_table
            AND pg_catalog.age(c.xmax) > pg_catalog.age(pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::pg_catalog.xid))
          OR EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = of_table AND a.attnum > 0
            AND NOT pg_catalog.age(a.xmax) > pg_catalog.age(pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::pg_catalog.xid))) THEN
    RETURN NULL;
  END IF;
  RETURN (SELECT d.id FROM "walwire"."walwire_definition" d
          JOIN pg_catalog.pg_class c ON c.oid = d.relid AND c.relname = d.table_name
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = d.schema_name
          WHERE d.relid = of_table AND d.fingerprint = (SELECT coalesce(pg_catalog.bit_xor(pg_catalog.hashtextextended(a.attname::text,
         (a.atttypid::bigint << 31) # (a.atttypmod::bigint << 12) # a.attnum::bigint
         # CASE WHEN a.attgenerated = 'v' THEN 2048 ELSE 0 END)), 0)
       # CASE WHEN pg_catalog.pg_partition_root(of_table) <> of_table THEN
           (pg_catalog.pg_partition_root(of_table)::pg_catalog.oid::bigint << 32)
           # coalesce((SELECT t.oid::bigint FROM pg_catalog.pg_trigger t
                       WHERE t.tgrelid = of_table AND t.tgname = '!walwire_walwire_cf74ded2'), 0)
         ELSE of_table::bigint END
       FROM pg_catalog.pg_attribute a
       WHERE a.attrelid = of_table AND a.attnum > 0 AND NOT a.attisdropped) AND (pg_catalog.age(d.xmin) > pg_catalog.age(pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::pg_catalog.xid)
     OR pg_catalog.age(d.xmin) < -1000000000) LIMIT 1);
END
$walwire$;
REVOKE ALL ON FUNCTION "walwire"."walwire_capture"() FROM PUBLIC;
COMMENT ON FUNCTION "walwire"."walwire_capture"() IS 'Walwire trigger source, application walwire in schema walwire, version 5';
REVOKE ALL ON FUNCTION "walwire"."walwire_define"(oid) FROM PUBLIC;
COMMENT ON FUNCTION "walwire"."walwire_define"(oid) IS 'Walwire trigger source, application walwire in schema walwire, version 5';
REVOKE ALL ON FUNCTION "walwire"."walwire_gather"() FROM PUBLIC;
COMMENT ON FUNCTION "walwire"."walwire_gather"() IS 'Walwire trigger source, application walwire in schema walwire, version 5';
REVOKE ALL ON FUNCTION "walwire"."walwire_known"(oid, name, name) FROM PUBLIC;
COMMENT ON FUNCTION "walwire"."walwire_known"(oid, name, name) IS 'Walwire trigger source, application walwire in schema walwire, version 5';
REVOKE ALL ON FUNCTION "walwire"."walwire_observe"(oid, oid) FROM PUBLIC;
COMMENT ON FUNCTION "walwire"."walwire_observe"(oid, oid) IS 'Walwire trigger source, application walwire in schema walwire, version 5';
REVOKE ALL ON FUNCTION "walwire"."walwire_relieve"() FROM PUBLIC;
COMMENT ON FUNCTION "walwire"."walwire_relieve"() IS 'Walwire trigger source, application walwire in schema walwire, version 5';
REVOKE ALL ON FUNCTION "walwire"."walwire_shape"() FROM PUBLIC;
COMMENT ON FUNCTION "walwire"."walwire_shape"() IS 'Walwire trigger source, application walwire in schema walwire, version 5';
DO $walwire$ -- default privileges may have given others rights on what was just made
DECLARE
  given record;
  own_path text := pg_catalog.current_setting('search_path');
BEGIN
  -- on the caller's path, operators of other roles may fit the types better than PostgreSQL's own
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  FOR given IN
    SELECT 'TABLE ' || c.oid::pg_catalog.regclass AS object, a.grantee
    FROM pg_catalog.pg_class c CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) a
    WHERE a.grantee <> c.relowner
      AND (c.oid IN ('"walwire"."walwire_definition"'::pg_catalog.regclass, '"walwire"."walwire_outbox"'::pg_catalog.regclass, '"walwire"."walwire_cursor"'::pg_catalog.regclass)
           OR c.oid IN (SELECT d.objid FROM pg_catalog.pg_depend d
                        WHERE d.deptype = 'i' AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                          AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                          AND d.refobjid IN ('"walwire"."walwire_definition"'::pg_catalog.regclass, '"walwire"."walwire_outbox"'::pg_catalog.regclass, '"walwire"."walwire_cursor"'::pg_catalog.regclass)))
    UNION
    SELECT 'FUNCTION ' || p.oid::pg_catalog.regprocedure, a.grantee
    FROM pg_catalog.pg_proc p CROSS JOIN LATERAL pg_catalog.aclexplode(p.proacl) a
    WHERE a.grantee <> p.proowner AND p.oid IN ('"walwire"."walwire_capture"()'::pg_catalog.regprocedure, '"walwire"."walwire_define"(oid)'::pg_catalog.regprocedure, '"walwire"."walwire_gather"()'::pg_catalog.regprocedure, '"walwire"."walwire_known"(oid, name, name)'::pg_catalog.regprocedure, '"walwire"."walwire_observe"(oid, oid)'::pg_catalog.regprocedure, '"walwire"."walwire_relieve"()'::pg_catalog.regprocedure, '"walwire"."walwire_shape"()'::pg_catalog.regprocedure)
  LOOP
    EXECUTE pg_catalog.format('REVOKE ALL ON %s FROM %s', given.object,
      CASE WHEN given.grantee = 0 THEN 'PUBLIC'
           ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(given.grantee)) END);
  END LOOP;
  PERFORM pg_catalog.set_config('search_path', own_path, true);
END
$walwire$;

CREATE TRIGGER "!walwire_walwire_cf74ded2_i" AFTER INSERT ON "public"."users" REFERENCING NEW TABLE AS walwire_rows FOR EACH STATEMENT EXECUTE FUNCTION "walwire"."walwire_gather"();
COMMENT ON TRIGGER "!walwire_walwire_cf74ded2_i" ON "public"."users" IS 'Walwire trigger source, application walwire in schema walwire, version 5';
CREATE TRIGGER "!walwire_walwire_cf74ded2_u" AFTER UPDATE ON "public"."users" REFERENCING OLD TABLE AS walwire_rows FOR EACH ROW EXECUTE FUNCTION "walwire"."walwire_gather"();
COMMENT ON TRIGGER "!walwire_walwire_cf74ded2_u" ON "public"."users" IS 'Walwire trigger source, application walwire in schema walwire, version 5';
CREATE TRIGGER "!walwire_walwire_cf74ded2_d" AFTER DELETE ON "public"."users" REFERENCING OLD TABLE AS walwire_rows FOR EACH ROW EXECUTE FUNCTION "walwire"."walwire_gather"();
COMMENT ON TRIGGER "!walwire_walwire_cf74ded2_d" ON "public"."users" IS 'Walwire trigger source, application walwire in schema walwire, version 5';
CREATE TRIGGER "!walwire_walwire_cf74ded2_t" AFTER TRUNCATE ON "public"."users" FOR EACH STATEMENT EXECUTE FUNCTION "walwire"."walwire_capture"();
COMMENT ON TRIGGER "!walwire_walwire_cf74ded2_t" ON "public"."users" IS 'Walwire trigger source, application walwire in schema walwire, version 5';
