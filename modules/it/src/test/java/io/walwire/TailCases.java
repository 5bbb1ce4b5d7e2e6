package io.walwire;

import java.util.ArrayList;
import java.util.List;

/** Changes, and the lines that they make: the cases of docs/cases.md that show in an event, shortened to what differs. */
final class TailCases {
    /** A value that PostgreSQL stores out of line. */
    static final String BODY = "x".repeat(3_000);

    /**
     * A case.
     *
     * @param name what it is about
     * @param least the first version where it can occur
     * @param most the last one
     * @param before what is there before the slot
     * @param changes what is done
     * @param lines what is printed of it
     */
    record Case(String name, int least, int most, List<String> before, List<String> changes, List<String> lines) {}

    private static final int NEWEST = 99;
    private final List<Case> cases = new ArrayList<>();

    private TailCases() {
        identities();
        tablesThatChange();
        publications();
        transactions();
    }

    /** Those that can occur on a version. */
    static List<Case> of(int version) {
        return new TailCases()
                .cases.stream()
                        .filter(each -> each.least() <= version && version <= each.most())
                        .toList();
    }

    /** Two, since each has one answer to how partitions are named. */
    static String[] publications(int version) {
        String tables =
                "whole, small, indexed, toasted_key, altered, renamed, dropped, emptied, other, leafed, noted, \"We\"\"ird.table\"";
        String lists = version < 15 ? ", filtered" : ", listed (id, a), filtered WHERE (a > 1)";
        String with = version < 18 ? "" : " WITH (publish_generated_columns = stored)";
        return new String[] {
            "CREATE PUBLICATION events FOR TABLE " + tables + lists + ", made" + with,
            "CREATE PUBLICATION rooted FOR TABLE root WITH (publish_via_partition_root)"
        };
    }

    private void add(String name, List<String> before, List<String> changes, String... lines) {
        cases.add(new Case(name, 0, NEWEST, before, changes, List.of(lines)));
    }

    private void identities() {
        String columns = " (id int PRIMARY KEY, note text, body text)";
        add(
                "update beside an unchanged TOASTed value, DEFAULT",
                List.of("CREATE TABLE small" + columns, "ALTER TABLE small ALTER body SET STORAGE EXTERNAL"),
                List.of("INSERT INTO small VALUES (1, 'a', repeat('x', 3000))", "UPDATE small SET note = 'b'"),
                "small insert 0 key={\"id\":1} new={\"id\":1,\"note\":\"a\",\"body\":\"BODY\"} old=null changes=null unavailable=[]",
                "small update 0 key={\"id\":1} new={\"id\":1,\"note\":\"b\"} old=null changes=null unavailable=[\"body\"]");
        add(
                "key change and delete, DEFAULT",
                List.of(),
                List.of("UPDATE small SET id = 2, body = NULL", "DELETE FROM small"),
                "small update 0 key={\"id\":2} new={\"id\":2,\"note\":\"b\",\"body\":null} old=null"
                        + " changes={\"id\":{\"old_value\":1,\"new_value\":2}} unavailable=[]",
                "small delete 0 key={\"id\":2} new=null old={\"id\":2} changes=null unavailable=[]");
        add(
                "the same, FULL, and an update that changes nothing",
                List.of(
                        "CREATE TABLE whole" + columns,
                        "ALTER TABLE whole ALTER body SET STORAGE EXTERNAL",
                        "ALTER TABLE whole REPLICA IDENTITY FULL",
                        "INSERT INTO whole VALUES (1, NULL, repeat('x', 3000))"),
                List.of("UPDATE whole SET note = 'b'", "UPDATE whole SET note = 'b'", "DELETE FROM whole"),
                "whole update 0 key={\"id\":1} new={\"id\":1,\"note\":\"b\",\"body\":\"BODY\"} old=null"
                        + " changes={\"note\":{\"old_value\":null,\"new_value\":\"b\"}} unavailable=[]",
                "whole update 0 key={\"id\":1} new={\"id\":1,\"note\":\"b\",\"body\":\"BODY\"} old=null changes={} unavailable=[]",
                "whole delete 0 key={\"id\":1} new=null old={\"id\":1,\"note\":\"b\",\"body\":\"BODY\"} changes=null unavailable=[]");
        add(
                "USING INDEX on another column",
                List.of(
                        "CREATE TABLE indexed (id int PRIMARY KEY, code text NOT NULL UNIQUE)",
                        "ALTER TABLE indexed REPLICA IDENTITY USING INDEX indexed_code_key",
                        "INSERT INTO indexed VALUES (1, 'a')"),
                List.of("UPDATE indexed SET id = 2", "UPDATE indexed SET code = 'b'", "DELETE FROM indexed"),
                "indexed update 0 key={\"code\":\"a\"} new={\"id\":2,\"code\":\"a\"} old=null changes=null unavailable=[]",
                "indexed update 0 key={\"code\":\"b\"} new={\"id\":2,\"code\":\"b\"} old=null"
                        + " changes={\"code\":{\"old_value\":\"a\",\"new_value\":\"b\"}} unavailable=[]",
                "indexed delete 0 key={\"code\":\"b\"} new=null old={\"code\":\"b\"} changes=null unavailable=[]");
        add(
                "the key itself is TOASTed and unchanged",
                List.of(
                        "CREATE TABLE toasted_key (code text PRIMARY KEY, n int)",
                        "ALTER TABLE toasted_key ALTER code SET STORAGE EXTERNAL",
                        // compressed it fits into the index; as it is it would not
                        "ALTER TABLE toasted_key ALTER code SET STORAGE EXTENDED",
                        "INSERT INTO toasted_key VALUES (repeat('x', 3000), 1)"),
                List.of("UPDATE toasted_key SET n = 2"),
                "toasted_key update 0 key={\"code\":\"BODY\"} new={\"code\":\"BODY\",\"n\":2} old=null changes=null unavailable=[]");
    }

    private void tablesThatChange() {
        add(
                "columns added, retyped, renamed and dropped in one transaction",
                List.of("CREATE TABLE altered (id int PRIMARY KEY, gone int, a int)", "ALTER TABLE altered DROP gone"),
                List.of("BEGIN; INSERT INTO altered VALUES (1, 1); ALTER TABLE altered ADD b numeric(5,2) DEFAULT 1.50;"
                        + " INSERT INTO altered VALUES (2, 2); ALTER TABLE altered RENAME a TO c;"
                        + " ALTER TABLE altered DROP b; INSERT INTO altered VALUES (3, 3); COMMIT"),
                "altered insert 0 key={\"id\":1} new={\"id\":1,\"a\":1} old=null changes=null unavailable=[]",
                "altered schema null key=null new=null old=null changes=null unavailable=[]"
                        + " \"schema\":{\"before\":{\"id\":\"int4\",\"a\":\"int4\"},\"after\":{\"id\":\"int4\",\"a\":\"int4\",\"b\":\"numeric\"}}",
                "altered insert 1 key={\"id\":2} new={\"id\":2,\"a\":2,\"b\":1.50} old=null changes=null unavailable=[]",
                "altered schema null key=null new=null old=null changes=null unavailable=[]"
                        + " \"schema\":{\"before\":{\"id\":\"int4\",\"a\":\"int4\",\"b\":\"numeric\"},\"after\":{\"id\":\"int4\",\"c\":\"int4\"}}",
                "altered insert 2 key={\"id\":3} new={\"id\":3,\"c\":3} old=null changes=null unavailable=[]");
        add(
                "the identity is switched in mid-transaction",
                List.of(),
                List.of("BEGIN; UPDATE altered SET c = 4 WHERE id = 1; ALTER TABLE altered REPLICA IDENTITY FULL;"
                        + " UPDATE altered SET c = 5 WHERE id = 1; COMMIT"),
                "altered update 0 key={\"id\":1} new={\"id\":1,\"c\":4} old=null changes=null unavailable=[]",
                "altered schema null key=null new=null old=null changes=null unavailable=[]"
                        + " \"schema\":{\"before\":{\"id\":\"int4\",\"c\":\"int4\"},\"after\":{\"id\":\"int4\",\"c\":\"int4\"}}",
                "altered update 1 key={\"id\":1} new={\"id\":1,\"c\":5} old=null"
                        + " changes={\"c\":{\"old_value\":4,\"new_value\":5}} unavailable=[]");
        add(
                "renamed",
                List.of("CREATE TABLE renamed (id int PRIMARY KEY)"),
                List.of(
                        "INSERT INTO renamed VALUES (1)",
                        "ALTER TABLE renamed RENAME TO anew",
                        "INSERT INTO anew VALUES (2)"),
                "renamed insert 0 key={\"id\":1} new={\"id\":1} old=null changes=null unavailable=[]",
                "anew schema null key=null new=null old=null changes=null unavailable=[]"
                        + " \"schema\":{\"before\":{\"id\":\"int4\"},\"after\":{\"id\":\"int4\"}}",
                "anew insert 0 key={\"id\":2} new={\"id\":2} old=null changes=null unavailable=[]");
        add(
                "dropped after the change and before it is read",
                List.of("CREATE TYPE mood AS ENUM ('sad')", "CREATE TABLE dropped (id int PRIMARY KEY, m mood)"),
                List.of("INSERT INTO dropped VALUES (1, 'sad')", "DROP TABLE dropped", "DROP TYPE mood"),
                "dropped insert 0 key={\"id\":1} new={\"id\":1,\"m\":\"sad\"} old=null changes=null unavailable=[]");
        add(
                "no columns",
                List.of("CREATE TABLE emptied ()"),
                List.of("INSERT INTO emptied DEFAULT VALUES"),
                "emptied insert 0 key=null new={} old=null changes=null unavailable=[]");
    }

    private void publications() {
        cases.add(new Case(
                "a column list",
                15,
                NEWEST,
                List.of("CREATE TABLE listed (id int PRIMARY KEY, a int, b int)"),
                List.of("INSERT INTO listed VALUES (1, 2, 3)", "UPDATE listed SET b = 4"),
                List.of(
                        "listed insert 0 key={\"id\":1} new={\"id\":1,\"a\":2} old=null changes=null unavailable=[]",
                        "listed update 0 key={\"id\":1} new={\"id\":1,\"a\":2} old=null changes=null unavailable=[]")));
        add("filtered", List.of("CREATE TABLE filtered (id int, a int, PRIMARY KEY (id, a))"), List.of());
        cases.add(new Case(
                "a row filter",
                15,
                NEWEST,
                List.of(),
                List.of(
                        "INSERT INTO filtered VALUES (1, 1), (2, 2)",
                        "UPDATE filtered SET a = 5 WHERE id = 1",
                        "UPDATE filtered SET a = 0 WHERE id = 2",
                        "TRUNCATE filtered"),
                List.of(
                        "filtered insert 0 key={\"id\":2,\"a\":2} new={\"id\":2,\"a\":2} old=null changes=null unavailable=[]",
                        "filtered insert 0 key={\"id\":1,\"a\":5} new={\"id\":1,\"a\":5} old=null changes=null unavailable=[]",
                        "filtered delete 0 key={\"id\":2,\"a\":2} new=null old={\"id\":2,\"a\":2} changes=null unavailable=[]",
                        "filtered truncate 0 key=null new=null old=null changes=null unavailable=[]"
                                + " \"truncate\":{\"cascade\":false,\"restart_identity\":false}")));
        String twice = "CREATE TABLE made (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED)";
        String made = "made insert 0 key={\"id\":4} new={\"id\":4%s} old=null changes=null unavailable=[]";
        List<String> insert = List.of("INSERT INTO made VALUES (4)");
        cases.add(new Case(
                "a generated column",
                0,
                17,
                List.of(twice),
                insert,
                List.of(String.format(java.util.Locale.ROOT, made, ""))));
        cases.add(new Case(
                "a generated column",
                18,
                NEWEST,
                List.of(twice),
                insert,
                List.of(String.format(java.util.Locale.ROOT, made, ",\"twice\":8"))));
        partitions();
    }

    private void partitions() {
        add(
                "partitions by their root, in its columns' order",
                List.of(
                        "CREATE TABLE root (id int NOT NULL, a text) PARTITION BY RANGE (id)",
                        "CREATE TABLE low (a text, gone int, id int NOT NULL)",
                        "ALTER TABLE low DROP gone",
                        "ALTER TABLE root ATTACH PARTITION low FOR VALUES FROM (0) TO (10)",
                        "CREATE TABLE high PARTITION OF root FOR VALUES FROM (10) TO (20)",
                        "ALTER TABLE root ADD PRIMARY KEY (id)"),
                List.of(
                        "INSERT INTO root VALUES (1, 'a')",
                        "UPDATE root SET id = 11",
                        "TRUNCATE high",
                        "TRUNCATE root"),
                "root insert 0 key={\"id\":1} new={\"id\":1,\"a\":\"a\"} old=null changes=null unavailable=[]",
                "root delete 0 key={\"id\":1} new=null old={\"id\":1} changes=null unavailable=[]",
                "root insert 1 key={\"id\":11} new={\"id\":11,\"a\":\"a\"} old=null changes=null unavailable=[]",
                "root truncate 0 key=null new=null old=null changes=null unavailable=[]"
                        + " \"truncate\":{\"cascade\":false,\"restart_identity\":false}");
        add(
                "partitions by their own names",
                List.of(
                        "CREATE TABLE leafed (id int PRIMARY KEY) PARTITION BY LIST (id)",
                        "CREATE TABLE leaf_1 PARTITION OF leafed FOR VALUES IN (1)",
                        "CREATE TABLE leaf_2 PARTITION OF leafed FOR VALUES IN (2)"),
                List.of("INSERT INTO leafed VALUES (1)", "UPDATE leafed SET id = 2"),
                "leaf_1 insert 0 key={\"id\":1} new={\"id\":1} old=null changes=null unavailable=[]",
                "leaf_1 delete 0 key={\"id\":1} new=null old={\"id\":1} changes=null unavailable=[]",
                "leaf_2 insert 1 key={\"id\":2} new={\"id\":2} old=null changes=null unavailable=[]");
    }

    private void transactions() {
        add(
                "truncate of two, cascading, names that need quotes",
                List.of(
                        "CREATE TABLE other (id int PRIMARY KEY)",
                        "CREATE TABLE \"We\"\"ird.table\" (\"a \"\"b\" int PRIMARY KEY REFERENCES other)"),
                List.of("TRUNCATE other RESTART IDENTITY CASCADE"),
                "other truncate 0 key=null new=null old=null changes=null unavailable=[]"
                        + " \"truncate\":{\"cascade\":true,\"restart_identity\":true}",
                "We\\ird.table truncate 1 key=null new=null old=null changes=null unavailable=[]"
                        + " \"truncate\":{\"cascade\":true,\"restart_identity\":true}");
        add(
                "a savepoint that is rolled back",
                List.of("CREATE TABLE noted (id int PRIMARY KEY)"),
                List.of("BEGIN; INSERT INTO noted VALUES (1); SAVEPOINT s; INSERT INTO noted VALUES (2);"
                        + " ROLLBACK TO s; INSERT INTO noted VALUES (3); COMMIT"),
                "noted insert 0 key={\"id\":1} new={\"id\":1} old=null changes=null unavailable=[]",
                "noted insert 1 key={\"id\":3} new={\"id\":3} old=null changes=null unavailable=[]");
        String message =
                "null message null key=null new=null old=null changes=null unavailable=[] \"message\":{\"prefix\":";
        add(
                "messages, and a context",
                List.of(),
                List.of(
                        "BEGIN; SELECT pg_logical_emit_message(true, 'walwire.context', '{\"user\":7}');"
                                + " INSERT INTO noted VALUES (4); SELECT pg_logical_emit_message(true, 'note', 'é');"
                                + " INSERT INTO noted VALUES (5); COMMIT",
                        "BEGIN; SELECT pg_logical_emit_message(false, 'note', '\\xff'::bytea);"
                                + " INSERT INTO noted VALUES (6); ROLLBACK"),
                message + "\"walwire.context\",\"content\":\"{\\\"user\\\":7}\",\"encoding\":\"utf8\","
                        + "\"transactional\":true,\"lsn\":\"-\"},\"context\":{\"user\":7}",
                "noted insert 0 key={\"id\":4} new={\"id\":4} old=null changes=null unavailable=[],\"context\":{\"user\":7}",
                message + "\"note\",\"content\":\"é\",\"encoding\":\"utf8\",\"transactional\":true,\"lsn\":\"-\"},"
                        + "\"context\":{\"user\":7}",
                "noted insert 1 key={\"id\":5} new={\"id\":5} old=null changes=null unavailable=[],\"context\":{\"user\":7}",
                message
                        + "\"note\",\"content\":\"/w==\",\"encoding\":\"base64\",\"transactional\":false,\"lsn\":\"-\"}");
    }
}
