package io.walwire.internal.triggers;

import java.util.List;

/** The triggers that a table may have of one application. */
enum TriggerKind {
    /** Every change, row by row: for a partitioned table and its partitions, and where other triggers change rows, too. */
    EACH_ROW("", 29, "AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW", ""),
    /** What a statement inserted, at once. */
    INSERT("_i", 4, "AFTER INSERT ON {table} REFERENCING NEW TABLE AS {rows} FOR EACH STATEMENT", "new"),
    /** Row by row: a statement that updates a parent has its children's rows among its own, and fires no such trigger of theirs. */
    UPDATE("_u", 17, "AFTER UPDATE ON {table} REFERENCING OLD TABLE AS {rows} FOR EACH ROW", "old"),
    DELETE("_d", 9, "AFTER DELETE ON {table} REFERENCING OLD TABLE AS {rows} FOR EACH ROW", "old"),
    TRUNCATE("_t", 32, "AFTER TRUNCATE ON {table} FOR EACH STATEMENT", "");

    /** Together they capture what {@link #EACH_ROW} does. */
    static final List<TriggerKind> GATHERING = List.of(INSERT, UPDATE, DELETE);

    private final String suffix;
    private final int type;
    private final String when;
    private final String rows;

    TriggerKind(String suffix, int type, String when, String rows) {
        this.suffix = suffix;
        this.type = type;
        this.when = when;
        this.rows = rows;
    }

    /** What follows the name that all of them begin with. */
    String suffix() {
        return suffix;
    }

    /** The catalog's {@code tgtype}. */
    int type() {
        return type;
    }

    /** What stands between the trigger's name and its function. */
    String when(String table) {
        return when.replace("{table}", table).replace("{rows}", GatherSql.ROWS);
    }

    /** Whether its function reads the rows of a statement. */
    boolean gathers() {
        return !rows.isEmpty();
    }

    /** Which transition table it has, as the catalog says it: its kind and its name; both empty for none. */
    String transition() {
        return rows.isEmpty() ? "" : rows + " " + GatherSql.ROWS;
    }
}
