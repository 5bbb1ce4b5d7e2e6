package io.walwire.internal.triggers;

import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.SqlLiterals;
import io.walwire.internal.text.TableName;
import java.util.ArrayList;
import java.util.List;

/** The SQL that makes and removes the triggers of a table, each statement by itself. */
final class TriggerSql {
    private final OutboxNames names;
    private final boolean always;

    /**
     * The triggers of one application.
     *
     * @param names what its objects are called
     * @param always whether they fire in every {@code session_replication_role}
     */
    TriggerSql(OutboxNames names, boolean always) {
        this.names = names;
        this.always = always;
    }

    /** Gives a table its triggers, and takes those away first that it has. */
    List<String> repair(TableTriggers table) {
        List<String> statements = new ArrayList<>(table.has() ? drop(table.table()) : List.of());
        statements.addAll(create(table));
        return statements;
    }

    /** Gives a table that has none its triggers. */
    List<String> create(TableTriggers table) {
        List<String> statements = new ArrayList<>();
        if (table.canGather(always)) {
            for (TriggerKind kind : TriggerKind.GATHERING) {
                create(table.table(), kind, statements);
            }
        } else {
            create(table.table(), TriggerKind.EACH_ROW, statements);
        }
        create(table.table(), TriggerKind.TRUNCATE, statements);
        return statements;
    }

    private void create(TableName table, TriggerKind kind, List<String> statements) {
        String name = SqlIdentifiers.quote(names.trigger(kind));
        String on = OutboxSql.quoted(table);
        String function = kind.gathers() ? names.gather() : names.capture();
        statements.add("CREATE TRIGGER " + name + " " + kind.when(on) + " EXECUTE FUNCTION " + function + "()");
        statements.add("COMMENT ON TRIGGER " + name + " ON " + on + " IS " + SqlLiterals.quote(names.versionedTag()));
        if (always) {
            statements.add("ALTER TABLE " + on + " ENABLE ALWAYS TRIGGER " + name);
        }
    }

    /** Removes all triggers of a table that this version or an earlier one makes, where there are any. */
    List<String> drop(TableName table) {
        List<String> statements = new ArrayList<>();
        for (TriggerKind kind : TriggerKind.values()) {
            statements.add("DROP TRIGGER IF EXISTS " + SqlIdentifiers.quote(names.trigger(kind)) + " ON "
                    + OutboxSql.quoted(table));
        }
        return statements;
    }
}
