package io.walwire.internal.triggers;

import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.SqlLiterals;
import io.walwire.internal.text.TableName;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** The SQL that makes the objects of one application: its tables, its functions, and the triggers of a table. */
final class OutboxSql {
    /**
     * Of the columns of the table or partition that fired: names, types, modifiers, and which are virtual; and under whose name
     * its changes come: of a partition its root and its trigger, which are others after ATTACH and DETACH.
     */
    private static final String FINGERPRINT = """
            SELECT coalesce(pg_catalog.bit_xor(pg_catalog.hashtextextended(a.attname::text,
                     (a.atttypid::bigint << 31) # (a.atttypmod::bigint << 12) # a.attnum::bigint
                     # CASE WHEN a.attgenerated = 'v' THEN 2048 ELSE 0 END)), 0)
                   # CASE WHEN pg_catalog.pg_partition_root({relid}) <> {relid} THEN
                       (pg_catalog.pg_partition_root({relid})::pg_catalog.oid::bigint << 32)
                       # coalesce((SELECT t.oid::bigint FROM pg_catalog.pg_trigger t
                                   WHERE t.tgrelid = {relid} AND t.tgname = {row_trigger}), 0)
                     ELSE {relid}::bigint END
                   FROM pg_catalog.pg_attribute a
                   WHERE a.attrelid = {relid} AND a.attnum > 0 AND NOT a.attisdropped""";

    /** Whether a row of the catalog is still as this transaction sees it. */
    private static final String STAYED = "pg_catalog.age({row}.xmax)"
            + " > pg_catalog.age(pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::pg_catalog.xid)";

    /** Whether the table may be another than the snapshot says, because it was altered since. */
    private static final String ALTERED = """
            (NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = {relid}
                        AND {stayed c})
                      OR EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = {relid} AND a.attnum > 0
                        AND NOT {stayed a}))""";

    /** Whether that may be so for each statement of this transaction. */
    private static final String OUTDATED =
            "pg_catalog.current_setting('transaction_isolation') IN ('repeatable read', 'serializable')\n"
                    + "     AND {altered}";

    private static final String TABLES = """
            CREATE TABLE {definition} (
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
            CREATE INDEX ON {definition} (relid, fingerprint);
            CREATE TABLE {outbox} (
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
            CREATE TABLE {cursor} (
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
            """;

    private static final String DEFINE = """
            CREATE FUNCTION {define}(of_table oid) RETURNS bigint
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
                            WHERE t.tgrelid = a.relid AND t.tgname = {row_trigger} AND t.tgparentid = 0)
              ORDER BY a.distance DESC LIMIT 1;
              root := coalesce(root, pg_catalog.pg_partition_root(of_table)::pg_catalog.oid, of_table);
              IF {outdated} THEN
                RETURN {observe}(of_table, root);
              END IF;
              INSERT INTO {definition} (relid, fingerprint, schema_name, table_name, root, root_schema, root_name,
                                        column_names, type_oids, typmods, type_schemas, type_names, places)
              SELECT of_table, ({fingerprint}),
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
            """;

    /** What nobody will read any more is removed by those who write, a little now and then, while nobody reads. */
    private static final String RELIEVE = """
            CREATE FUNCTION {relieve}() RETURNS void
            LANGUAGE plpgsql
            SET search_path = pg_catalog, pg_temp
            AS $walwire$
            DECLARE
              passed xid8;
            BEGIN
              -- an older snapshot may not see a cursor that keeps changes
              IF pg_catalog.current_setting('transaction_isolation') <> 'read committed'
                 OR EXISTS (SELECT FROM {cursor} c WHERE c.seen > pg_catalog.clock_timestamp() - interval '1 minute') THEN
                RETURN; -- a reader removes, too
              END IF;
              -- in one statement, so that no cursor begins between the two
              passed := coalesce(
                (SELECT c.position FROM {cursor} c
                 WHERE c.seen + c.keep * 1.25 + interval '5 seconds' > pg_catalog.clock_timestamp()
                 ORDER BY c.position LIMIT 1),
                pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot()));
              DELETE FROM {outbox} WHERE ctid = ANY (ARRAY(
                SELECT o.ctid FROM {outbox} o WHERE o.xid < passed
                ORDER BY o.xid, o.seq LIMIT 4096 FOR UPDATE SKIP LOCKED));
            EXCEPTION WHEN OTHERS THEN
              NULL; -- somebody else will; the change that is being written must not fail
            END
            $walwire$;
            """;

    /** They make the text of a row the same in every session. */
    private static final String SETTINGS = """
            SET search_path = pg_catalog, pg_temp
            SET "DateStyle" = 'ISO, MDY'
            SET "IntervalStyle" = 'postgres'
            SET "TimeZone" = 'UTC'
            SET bytea_output = 'hex'
            SET extra_float_digits = 3
            SET lc_monetary = 'C'
            SET quote_all_identifiers = off
            SET lock_timeout = 0""";

    /** Only wakes the reader, which looks by itself, too: so a full queue must not fail the writer. */
    private static final String NOTIFIED = """
            IF {notify} THEN
                PERFORM pg_catalog.pg_notify({channel}, '');
              END IF;""";

    private static final String RELIEVED = """
            IF place % 1024 = 0 THEN
                PERFORM {relieve}();
              END IF;""";

    /** Runs in every writer's transaction. */
    private static final String CAPTURE = """
            CREATE FUNCTION {capture}() RETURNS trigger
            LANGUAGE plpgsql SECURITY DEFINER
            {settings}
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
              IF NOT ({outdated}) THEN
                shape := (SELECT d.id FROM {definition} d
                  WHERE d.relid = TG_RELID AND d.fingerprint = ({fingerprint})
                    AND d.table_name = TG_TABLE_NAME AND d.schema_name = TG_TABLE_SCHEMA LIMIT 1);
              END IF;
              shape := coalesce(shape, {define}(TG_RELID));
              IF TG_OP = 'TRUNCATE'
                 AND EXISTS (SELECT FROM {definition} d WHERE d.id = shape AND d.root <> d.relid) THEN
                RETURN NULL; -- of a partition that once had triggers of its own; its root is not empty
              END IF;
              INSERT INTO {outbox} (xid, definition, kind, changed_at, old_row, new_row)
              VALUES (pg_catalog.pg_current_xact_id(), shape, TG_OP::"char",
                      pg_catalog.clock_timestamp(), before, after)
              RETURNING seq INTO place;
              {notified}
              {relieved}
              RETURN NULL;
            END
            $walwire$;
            """;

    private static final SortedMap<String, String> TEMPLATES = new TreeMap<>(Map.of(
            "observe", ObserveSql.template(),
            "define", DEFINE,
            "relieve", RELIEVE,
            "capture", CAPTURE,
            "gather", GatherSql.gather(),
            "shape", GatherSql.shape(),
            "known", GatherSql.known()));

    private final OutboxNames names;
    private final boolean notifies;

    /**
     * The SQL for one application.
     *
     * @param names what its objects are called
     * @param notifies whether writers wake the reader
     */
    OutboxSql(OutboxNames names, boolean notifies) {
        this.names = names;
        this.notifies = notifies;
    }

    String schema() {
        return "CREATE SCHEMA " + names.quotedSchema() + ";\n";
    }

    /** The tables, which must not exist. */
    String tables() {
        return filled(TABLES)
                + comment("TABLE", names.definition())
                + comment("TABLE", names.outbox())
                + comment("TABLE", names.cursor());
    }

    /** Takes the rights away that default privileges have given others on new objects. */
    String closed() {
        return RightsSql.closed(List.of(names.definition(), names.outbox(), names.cursor()), signatures());
    }

    /** What tables of an earlier version lack. */
    String upgrade() {
        return "ALTER TABLE " + names.cursor() + " ADD COLUMN IF NOT EXISTS lost_from xid8, ADD COLUMN IF NOT EXISTS"
                + " lost_why text, ADD COLUMN IF NOT EXISTS origin text, ADD COLUMN IF NOT EXISTS run text;\n";
    }

    /**
     * The functions. Nobody but the triggers calls them.
     *
     * @param there which of them to replace; the others must not exist
     */
    String functions(Set<String> there) {
        StringBuilder sql = new StringBuilder();
        TEMPLATES.forEach((what, template) -> sql.append(
                there.contains(what)
                        ? filled(template).replaceFirst("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
                        : filled(template)));
        for (String function : signatures()) {
            sql.append("REVOKE ALL ON FUNCTION ").append(function).append(" FROM PUBLIC;\n");
            sql.append(comment("FUNCTION", function));
        }
        return sql.toString();
    }

    private List<String> signatures() {
        return TEMPLATES.keySet().stream().map(names::signature).toList();
    }

    /** Whether a function is as this version and configuration make it. */
    boolean isCurrent(ObjectAudit.Function function) {
        String what = function.what();
        return what != null && function.code().equals(code(filled(Objects.requireNonNull(TEMPLATES.get(what)))));
    }

    /** What the catalog has of a function that is made so. */
    private static ObjectAudit.Code code(String function) {
        int from = function.indexOf("$walwire$");
        Set<String> settings = new HashSet<>();
        for (String line : function.substring(0, from).lines().toList()) {
            if (line.startsWith("SET ")) {
                settings.add(line.substring("SET ".length()).replace(" = ", "=").replaceAll("[\"']", ""));
            }
        }
        return new ObjectAudit.Code(
                function.substring(from + "$walwire$".length(), function.lastIndexOf("$walwire$")),
                function.substring(0, from).contains("SECURITY DEFINER"),
                settings,
                "plpgsql");
    }

    static String quoted(TableName table) {
        return SqlIdentifiers.quote(table.schema()) + "." + SqlIdentifiers.quote(table.table());
    }

    private String comment(String what, String object) {
        return "COMMENT ON " + what + " " + object + " IS " + SqlLiterals.quote(names.versionedTag()) + ";\n";
    }

    private String filled(String template) {
        boolean captures = template.equals(CAPTURE);
        return template.replace("{settings}", SETTINGS)
                .replace("{notified}", NOTIFIED)
                .replace("{relieved}", RELIEVED)
                .replace("{fingerprint}", FINGERPRINT)
                .replace("{outdated}", OUTDATED)
                .replace("{altered}", ALTERED)
                .replace("{stayed c}", STAYED.replace("{row}", "c"))
                .replace("{stayed a}", STAYED.replace("{row}", "a"))
                .replace("{relid}", captures ? "TG_RELID" : "of_table")
                .replace("{definition}", names.definition())
                .replace("{outbox}", names.outbox())
                .replace("{cursor}", names.cursor())
                .replace("{define}", names.define())
                .replace("{observe}", names.observe())
                .replace("{relieve}", names.relieve())
                .replace("{capture}", names.capture())
                .replace("{gather}", names.gather())
                .replace("{shape}", names.shape())
                .replace("{known}", names.known())
                .replace("{row_trigger}", SqlLiterals.quote(names.rowTrigger()))
                .replace("{channel}", SqlLiterals.quote(names.channel()))
                .replace("{notify}", notifies ? heard() : "false");
    }

    /** Whether a reader may have to be woken: one that reads anyway holds the lock, for itself alone. */
    private String heard() {
        return "pg_catalog.pg_try_advisory_lock_shared({lock}) AND pg_catalog.pg_advisory_unlock_shared({lock})"
                        .replace("{lock}", Long.toString(names.awake()))
                + "\n     AND pg_catalog.pg_notification_queue_usage() < 0.5";
    }
}
