package io.walwire.internal.triggers;

/**
 * The functions that capture changes of a table that stands alone: no partition, no child, and with no trigger of others whose
 * changes would come between. The look at the catalog is part of PostgreSQL's plan, which is dropped whenever the table is altered.
 */
final class GatherSql {
    /** What the triggers call the rows of a statement. */
    static final String ROWS = "walwire_rows";

    /** How many bytes of rows one row of the outbox holds at most, unless one row has more: PostgreSQL keeps it in one piece. */
    private static final int MOST_BYTES = 1_800;

    /**
     * Only {gather} calls it, and only the planner runs it: it is declared IMMUTABLE and has no arguments, so that its result becomes
     * a constant of the plan. The plan depends on the table, because it reads the statement's rows, which have the table's type.
     * Null where a later transaction might not find the definition, or where this one sees an old catalog. It looks at the outer
     * statement's snapshot, and COPY, EXECUTE and the actions of foreign keys take theirs before they wait for the table's lock:
     * so an alteration is looked for at every isolation level.
     */
    private static final String SHAPE = """
            CREATE FUNCTION {shape}() RETURNS bigint
            LANGUAGE plpgsql IMMUTABLE
            SET search_path = pg_catalog, pg_temp
            AS $walwire$
            DECLARE
              of_table oid := pg_catalog.current_setting('walwire.table')::oid;
            BEGIN
              IF pg_catalog.pg_partition_root(of_table) IS NOT NULL THEN
                RETURN 0;
              END IF;
              IF {altered} THEN
                RETURN NULL;
              END IF;
              RETURN (SELECT d.id FROM {definition} d
                      JOIN pg_catalog.pg_class c ON c.oid = d.relid AND c.relname = d.table_name
                      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = d.schema_name
                      WHERE d.relid = of_table AND d.fingerprint = ({fingerprint}) AND {settled} LIMIT 1);
            END
            $walwire$;
            """;

    /** Written by a transaction that has committed: a plan outlives a transaction that is rolled back. */
    private static final String SETTLED = """
            (pg_catalog.age(d.xmin) > pg_catalog.age(pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::pg_catalog.xid)
                 OR pg_catalog.age(d.xmin) < -1000000000)""";

    /** Rows that were inserted come once for a statement, several in one text; each updated or deleted one comes by itself. */
    private static final String GATHER = """
            CREATE FUNCTION {gather}() RETURNS trigger
            LANGUAGE plpgsql SECURITY DEFINER
            {settings}
            AS $walwire$
            DECLARE
              shape bigint;
              planned bigint;
              before text;
              after text;
              lines text;
              place bigint;
            BEGIN
              after := pg_catalog.set_config('walwire.table', TG_RELID::text, true); -- for {shape}
              IF TG_OP = 'INSERT' THEN
                FOR planned, after IN
                  SELECT {shape}(), pg_catalog.format('%s', walwire_row.*) FROM {rows} walwire_row
                LOOP
                  IF shape IS NULL THEN
                    shape := coalesce(planned, {known}(TG_RELID, TG_TABLE_SCHEMA, TG_TABLE_NAME));
                    EXIT WHEN shape = 0; -- it has become a partition, and the root's trigger captures
                    lines := after;
                  ELSIF pg_catalog.octet_length(lines) + pg_catalog.octet_length(after) <= {most} THEN
                    lines := lines || after;
                  ELSE
                    INSERT INTO {outbox} (xid, definition, kind, changed_at, new_row)
                    VALUES (pg_catalog.pg_current_xact_id(), shape, 'I', pg_catalog.clock_timestamp(), lines)
                    RETURNING seq INTO place;
                    {relieved}
                    lines := after;
                  END IF;
                END LOOP;
                IF lines IS NOT NULL THEN
                  INSERT INTO {outbox} (xid, definition, kind, changed_at, new_row)
                  VALUES (pg_catalog.pg_current_xact_id(), shape, 'I', pg_catalog.clock_timestamp(), lines)
                  RETURNING seq INTO place;
                END IF;
              ELSE
                before := pg_catalog.format('%s', OLD); -- what the type prints: a cast may be anybody's function
                after := CASE WHEN TG_OP = 'UPDATE' THEN pg_catalog.format('%s', NEW) END;
                WITH dependency AS (SELECT FROM {rows})
                INSERT INTO {outbox} (xid, definition, kind, changed_at, old_row, new_row)
                SELECT pg_catalog.pg_current_xact_id(), {shape}(), TG_OP::"char", pg_catalog.clock_timestamp(), before, after
                WHERE {shape}() > 0
                RETURNING seq INTO place;
                IF place IS NULL THEN
                  IF pg_catalog.pg_partition_root(TG_RELID) IS NOT NULL THEN
                    RETURN NULL; -- as above
                  END IF;
                  INSERT INTO {outbox} (xid, definition, kind, changed_at, old_row, new_row)
                  VALUES (pg_catalog.pg_current_xact_id(), {known}(TG_RELID, TG_TABLE_SCHEMA, TG_TABLE_NAME), TG_OP::"char",
                          pg_catalog.clock_timestamp(), before, after)
                  RETURNING seq INTO place;
                END IF;
              END IF;
              IF place IS NULL THEN
                RETURN NULL;
              END IF;
              {notified}
              {relieved}
              RETURN NULL;
            END
            $walwire$;
            """;

    /**
     * The look at the catalog where no plan has it. A plan that could have it by now is made again: once in a transaction, since the
     * planner looks as of the beginning of the statement, and may not see yet what this sees.
     */
    private static final String KNOWN = """
            CREATE FUNCTION {known}(of_table oid, of_schema name, of_name name) RETURNS bigint
            LANGUAGE plpgsql
            SET search_path = pg_catalog, pg_temp
            AS $walwire$
            DECLARE
              shape bigint;
              settled boolean;
              before text;
            BEGIN
              IF NOT ({outdated}) THEN
                SELECT d.id, {settled} INTO shape, settled FROM {definition} d
                WHERE d.relid = of_table AND d.fingerprint = ({fingerprint})
                  AND d.table_name = of_name AND d.schema_name = of_schema
                ORDER BY 2 DESC LIMIT 1;
                IF settled AND coalesce(pg_catalog.current_setting('walwire.planned', true), '') = '' THEN
                  before := pg_catalog.set_config('walwire.planned', 'again', true);
                  DISCARD PLANS;
                END IF;
              END IF;
              RETURN coalesce(shape, {define}(of_table));
            END
            $walwire$;
            """;

    private GatherSql() {}

    /** The trigger function, with placeholders for the names of the application's objects. */
    static String gather() {
        return GATHER.replace("{rows}", ROWS).replace("{most}", Integer.toString(MOST_BYTES));
    }

    /** What the planner runs. */
    static String shape() {
        return SHAPE.replace("{settled}", SETTLED);
    }

    /** What runs while no plan knows the table's columns. */
    static String known() {
        return KNOWN.replace("{settled}", SETTLED);
    }
}
