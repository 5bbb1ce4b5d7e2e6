package io.walwire.internal.watch;

import io.walwire.event.Condition;
import io.walwire.event.Kind;
import io.walwire.internal.codec.SearchValue;
import io.walwire.internal.connection.catalog.TableShape;
import io.walwire.internal.connection.catalog.TableShape.ShapeColumn;
import io.walwire.internal.text.Nearest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Compares a watch with its table: finds everything that is wrong with it, or makes what matches its changes. */
final class WatchCheck {
    private static final String CODE = " [CONFIGURATION]";

    private final WatchSpec spec;
    private final TableShape shape;
    private final List<String> problems = new ArrayList<>();
    private final Map<String, Object> values = new LinkedHashMap<>();
    private final List<Matcher.Step> steps = new ArrayList<>();

    private WatchCheck(WatchSpec spec, TableShape shape) {
        this.spec = spec;
        this.shape = shape;
    }

    /** Checks a watch against what the catalog says of its table. */
    static WatchCheck of(WatchSpec spec, TableShape shape, Watches.Tables tables) {
        WatchCheck check = new WatchCheck(spec, shape);
        check.run(tables);
        return check;
    }

    private void run(Watches.Tables tables) {
        if (!shape.exists()) {
            problem("There is no such table"
                    + Nearest.of(spec.table.toString(), shape.published())
                            .map(near -> "; did you mean " + near + "?")
                            .orElse("."));
            return;
        }
        checkReachable(tables);
        checkKinds();
        spec.columns.forEach(this::column);
        checkSelected();
        checkValues();
        spec.transitions.forEach(this::checkStep);
        spec.conditions.forEach(this::checkCondition);
    }

    private void problem(String what) {
        problems.add(spec.display() + ": " + what + CODE);
    }

    private void checkReachable(Watches.Tables tables) {
        if (!tables.isSubscribed(spec.table)) {
            problem("The table is not subscribed. Add it to walwire.subscriptions, or call addTables(\"" + spec.table
                    + "\") first.");
        }
        if (!shape.isPublished() && shape.publications().isEmpty()) {
            problem("The table has no triggers of Walwire's. Run: bin/walwire triggers install, or set"
                    + " walwire.triggers.manage=true and call addTables(\"" + spec.table + "\").");
        } else if (!shape.isPublished()) {
            problem("The table is not in publication " + String.join(", ", shape.publications()) + "."
                    + tables.howToPublish(spec.table));
        }
    }

    private void checkKinds() {
        List<Kind> kinds = spec.kinds;
        boolean ofUpdates = !spec.columns.isEmpty() || !spec.transitions.isEmpty();
        if (ofUpdates && !kinds.isEmpty() && !kinds.contains(Kind.UPDATE)) {
            problem(
                    "columns() and changed() are about updates, which the kinds that are named leave out; add updated().");
        }
    }

    private void checkSelected() {
        Set<String> carried = spec.carried;
        if (carried != null) {
            carried.forEach(this::column);
            if (carried.isEmpty() && !spec.keysOnly) {
                problem("select() names no column; use keysOnly().");
            }
        }
        if (spec.keysOnly && shape.key().isEmpty()) {
            problem("keysOnly() needs a key, and the table has none.");
        }
        if (spec.overflow == WatchSpec.Overflow.LATEST_PER_KEY && shape.key().isEmpty()) {
            problem("conflate() needs a key, and the table has none.");
        }
    }

    private void checkValues() {
        Set<String> key = spec.values.key();
        boolean keyIsGood = key == null || checkKey(key);
        spec.values.byColumn().forEach((name, value) -> {
            String column = name;
            if (key != null && key.contains(name)) {
                if (!keyIsGood) {
                    return;
                }
                column = name.equals(WatchSpec.ONLY_KEY) ? shape.key().get(0) : name;
            }
            Object searched = searchValue(column, value);
            if (searched != null) {
                Object before = values.put(column, searched);
                if (before != null && !before.equals(searched)) {
                    problem("Column " + column + " is asked for with two values.");
                }
            }
        });
    }

    private boolean checkKey(Set<String> given) {
        List<String> key = shape.key();
        String columns = String.join(", ", key);
        if (key.isEmpty()) {
            problem(
                    "key() needs a key, and the table has neither a primary key nor a replica identity with columns; use"
                            + " where() on the columns that distinguish its rows.");
        } else if (given.equals(Set.of(WatchSpec.ONLY_KEY))) {
            if (key.size() == 1) {
                return true;
            }
            problem("The table's key has the columns " + columns + "; give them all, as key(Map.of(...)).");
        } else if (given.equals(Set.copyOf(key))) {
            return true;
        } else {
            problem("The columns " + String.join(", ", new TreeSet<>(given)) + " are not the table's key, which is "
                    + columns + "; for other columns use where().");
        }
        return false;
    }

    private void checkStep(WatchSpec.Step step) {
        Object from = searchValue(step.column(), step.from());
        Object to = searchValue(step.column(), step.to());
        if (step.from() == null && step.to() == null) {
            column(step.column());
        }
        steps.add(new Matcher.Step(step.column(), from, to));
    }

    private void checkCondition(Condition condition) {
        condition.columns().forEach(this::column);
        condition.comparisons().forEach(compared -> {
            ShapeColumn column = shape.columns().get(compared.column());
            Object value = compared.value();
            boolean isCollection = value instanceof Collection<?> || value instanceof Map<?, ?>; // compared by the row
            if (column != null && value != null && !isCollection) {
                searchValue(compared.column(), value);
            }
        });
    }

    private @Nullable Object searchValue(String name, WatchSpec.@Nullable Given given) {
        return given == null ? null : searchValue(name, given.value());
    }

    /** A value as rows will have it; null if there is a problem with it. */
    private @Nullable Object searchValue(String name, @Nullable Object value) {
        ShapeColumn column = column(name);
        if (column == null) {
            return null;
        }
        if (value == null) {
            return SearchValue.Absence.NULL;
        }
        try {
            return SearchValue.ofColumn(column.type(), column.baseType()).ofUser(value);
        } catch (IllegalArgumentException e) {
            problem("For column " + name + " " + e.getMessage() + ".");
            return null;
        }
    }

    private @Nullable ShapeColumn column(String name) {
        ShapeColumn column = shape.columns().get(name);
        if (column == null) {
            String problem = shape.unpublished().contains(name)
                    ? "Column " + name + " is not published, so that PostgreSQL never sends it."
                    : "The table has no column " + name
                            + Nearest.of(name, shape.columns().keySet())
                                    .map(near -> "; did you mean " + near + "?")
                                    .orElse("; it has "
                                            + String.join(", ", shape.columns().keySet()) + ".");
            if (!problems.contains(spec.display() + ": " + problem + CODE)) {
                problem(problem);
            }
        }
        return column;
    }

    /** Everything that is wrong, a line each. */
    List<String> problems() {
        return List.copyOf(problems);
    }

    /** Only where there are no problems. */
    Matcher matcher() {
        return new Matcher(spec, columns(), values, steps);
    }

    /** The columns of the values, sorted: mostly the key's one, for which very many watches share the table's own list. */
    private List<String> columns() {
        List<String> key = shape.key();
        return key.size() == 1 && values.keySet().equals(Set.copyOf(key))
                ? key
                : List.copyOf(new TreeSet<>(values.keySet()));
    }

    /** Whether the watch compares old values that PostgreSQL does not send of this table. */
    boolean readsUnsentValues() {
        if (shape.sendsWholeOldRows()) {
            return false;
        }
        Set<String> sent = shape.identity();
        return spec.comparesRows()
                || !sent.containsAll(spec.columns)
                || !sent.containsAll(values.keySet())
                || spec.transitions.stream().anyMatch(step -> !sent.contains(step.column()))
                || spec.conditions.stream()
                        .anyMatch(condition -> condition.readsOldValues() && !sent.containsAll(condition.columns()));
    }
}
