package io.walwire.testkit;

import io.walwire.internal.connection.catalog.TableShape;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.text.TableName;
import io.walwire.internal.transaction.TableFacts;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** The tables of a kit, as they are now and as they were. */
final class KitTables {
    private static final int FIRST_OID = 100_000;

    private final KitTypes types = new KitTypes();
    private final Map<TableName, KitTable> now = new LinkedHashMap<>();
    private final Map<Relation, TableFacts> ever = new LinkedHashMap<>();

    /** Declares a table, or what it has become. */
    synchronized void define(String name, Consumer<TableDefinition> definition) {
        TableDefinition defined = new TableDefinition(name);
        definition.accept(defined);
        KitTable known = now.get(TableName.parse(name));
        learn(defined.toTable(
                known == null ? FIRST_OID + now.size() : known.relation().oid(), types));
    }

    synchronized void learn(KitTable table) {
        now.put(table.name(), table);
        ever.put(table.relation(), table.facts());
    }

    KitTable get(String name) {
        return get(TableName.parse(name));
    }

    synchronized KitTable get(TableName name) {
        KitTable table = now.get(name);
        if (table == null) {
            throw new IllegalArgumentException("The kit has no table " + name + ": declare it by table(\"" + name
                    + "\", t -> t.column(...)); it has " + now.keySet());
        }
        return table;
    }

    synchronized Set<TableName> names() {
        return Set.copyOf(now.keySet());
    }

    synchronized TableFacts facts(Relation relation) {
        TableFacts facts = ever.get(relation);
        return facts == null ? new TableFacts(Map.of(), List.of(), false, true) : facts;
    }

    synchronized TableShape shape(TableName name) {
        KitTable table = now.get(name);
        if (table != null) {
            return table.shape();
        }
        List<String> names = now.keySet().stream().map(TableName::toString).toList();
        return new TableShape(
                false, false, List.of("the test kit"), names, Map.of(), Set.of(), List.of(), Set.of(), false);
    }
}
