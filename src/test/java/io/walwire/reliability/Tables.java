package io.walwire.reliability;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The tables of a history, each of id, version and a body first, and their publications. */
final class Tables {
    /** The table whose row ends a history. */
    static final String FENCE = "fence";

    /** Those that are compared with the database at the end. */
    static final List<String> ALL = List.of(
            "account",
            "whole",
            "document",
            "reading_0",
            "reading_1",
            "reading_2",
            "scratch",
            "tally",
            "wide",
            "shelf_0",
            FENCE);

    /** Those that are updated by key; partitioned ones by their root. */
    static final List<String> UPDATED = List.of("account", "whole", "document", "reading", "shelf");

    /** Those whose changes are not all published, or not with their key, so that the events do not say what they hold. */
    static final Set<String> IN_PART = Set.of("shelf_1", "shifting", "partial", "measure");

    /** From this version on a publication can have a filter. */
    private static final int FILTERS = 15;

    /** A query that takes as long as the decoding of one unit of {@link #crawl}. */
    static final String CRAWL_UNIT = "SELECT md5(repeat('crawling', 250000))";

    private static final int UNSENT_ROWS = 1_500;
    private static final String COLUMNS = " (id int PRIMARY KEY, version int NOT NULL, body text";
    private static final String LEAVES = "reading";

    private Tables() {}

    /** What an instance reads, comma-separated. */
    static String publications(int version) {
        return "events,rooted,optional" + (version < FILTERS ? "" : ",tedious");
    }

    /** The same for the second reading, without the filter: it leaves nothing out, and only takes time. */
    static String witnessed(int version) {
        return "events,rooted,optional" + (version < FILTERS ? "" : ",unfiltered");
    }

    /** Statements that create all of it. */
    static String[] schema(int version) {
        List<String> sql = new ArrayList<>();
        for (String table :
                List.of("account", "whole", "document", "scratch", "tally", "wide", "shifting", "partial", FENCE)) {
            sql.add("CREATE TABLE " + table + COLUMNS + ")");
        }
        sql.add("ALTER TABLE whole REPLICA IDENTITY FULL");
        // bodies of which an update that leaves them alone sends nothing
        sql.add("ALTER TABLE document ALTER body SET STORAGE EXTERNAL");
        sql.add("CREATE TABLE hostile" + COLUMNS + ", doc json, number numeric)");
        sql.add("CREATE TABLE format" + COLUMNS + ", at timestamptz, raw bytea, span interval, ratio float8)");
        sql.add("CREATE SEQUENCE tallied");
        sql.add("CREATE TABLE reading" + COLUMNS + ") PARTITION BY HASH (id)");
        for (int i = 0; i < 3; i++) {
            sql.add("CREATE TABLE reading_" + i + " PARTITION OF " + LEAVES + " FOR VALUES WITH (MODULUS 3, REMAINDER "
                    + i + ")");
        }
        sql.add("CREATE TABLE shelf" + COLUMNS + ") PARTITION BY RANGE (id)");
        sql.add("CREATE TABLE shelf_0 PARTITION OF shelf FOR VALUES FROM (MINVALUE) TO (30)");
        sql.add("CREATE TABLE shelf_1 PARTITION OF shelf FOR VALUES FROM (30) TO (MAXVALUE)");
        sql.add("CREATE PUBLICATION events FOR TABLE account, whole, document, reading, scratch, tally, wide, hostile,"
                + " format, shelf, shifting, " + FENCE);
        sql.add("CREATE PUBLICATION optional FOR TABLE partial");
        sql.addAll(rooted());
        sql.addAll(tedious(version));
        return sql.toArray(String[]::new);
    }

    /** Published as the root, whose replica identity is none of its partitions' but one. */
    private static List<String> rooted() {
        return List.of(
                "CREATE TABLE measure (id int PRIMARY KEY, version int NOT NULL, body text NOT NULL) PARTITION BY HASH (id)",
                "CREATE TABLE measure_0 PARTITION OF measure FOR VALUES WITH (MODULUS 3, REMAINDER 0)",
                "CREATE TABLE measure_1 PARTITION OF measure FOR VALUES WITH (MODULUS 3, REMAINDER 1)",
                "CREATE TABLE measure_2 PARTITION OF measure FOR VALUES WITH (MODULUS 3, REMAINDER 2)",
                "ALTER TABLE measure_1 REPLICA IDENTITY FULL",
                "CREATE UNIQUE INDEX measured ON measure_2 (body)",
                "ALTER TABLE measure_2 REPLICA IDENTITY USING INDEX measured",
                "CREATE PUBLICATION rooted FOR TABLE measure WITH (publish_via_partition_root = true)");
    }

    /** A table whose rows take the server long to decode: by a filter that is expensive, or for they are many and not sent. */
    private static List<String> tedious(int version) {
        return version < FILTERS
                ? List.of("CREATE TABLE crawl" + COLUMNS + ")")
                : List.of(
                        "CREATE TABLE crawl" + COLUMNS + ")",
                        "CREATE PUBLICATION unfiltered FOR TABLE crawl WITH (publish = 'insert')",
                        "CREATE PUBLICATION tedious FOR TABLE crawl WHERE (md5(repeat(body, 250000)) <> '')"
                                + " WITH (publish = 'insert')");
    }

    /**
     * Inserts that take the server a while to decode.
     *
     * @param units how long; what one costs is what {@link #CRAWL_UNIT} costs here and now
     */
    static String crawl(int version, int units) {
        return "INSERT INTO crawl SELECT nextval('tallied'), 1, 'crawling' FROM generate_series(1, "
                + (version < FILTERS ? units * UNSENT_ROWS : units) + ")";
    }
}
