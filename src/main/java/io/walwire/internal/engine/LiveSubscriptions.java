package io.walwire.internal.engine;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.text.TableName;
import io.walwire.internal.text.TablePattern;
import io.walwire.internal.transaction.Subscriptions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/** The subscriptions of a running instance. */
final class LiveSubscriptions implements Subscriptions {
    private volatile Versioned current;

    private record Versioned(int version, List<TablePattern> patterns) implements Subscriptions {
        @Override
        public boolean includes(String schema, String table) {
            for (TablePattern pattern : patterns) {
                if (pattern.matches(schema, table)) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public Subscriptions now() {
            return this;
        }
    }

    LiveSubscriptions(List<TablePattern> patterns) {
        this.current = new Versioned(0, List.copyOf(patterns));
    }

    List<TablePattern> patterns() {
        return current.patterns();
    }

    /** Makes sure that what a handler names is subscribed. */
    void require(Collection<TableName> handled) {
        for (TableName table : handled) {
            if (!includes(table.schema(), table.table())) {
                throw new WalwireException(
                        ErrorCode.CONFIGURATION,
                        "A handler listens to table " + table + ", which is not subscribed.",
                        "Add it to walwire.subscriptions (" + patterns() + ").");
            }
        }
    }

    /** What is subscribed, and these patterns. */
    List<TablePattern> with(List<TablePattern> patterns) {
        return Stream.concat(current.patterns().stream(), patterns.stream())
                .distinct()
                .toList();
    }

    synchronized void add(List<TablePattern> patterns) {
        current = new Versioned(current.version() + 1, with(patterns));
    }

    synchronized void remove(List<TablePattern> patterns) {
        List<TablePattern> all = new ArrayList<>(current.patterns());
        for (TablePattern pattern : patterns) {
            if (!all.remove(pattern)) {
                throw new IllegalArgumentException(
                        "Not subscribed: " + pattern + "; subscribed are " + current.patterns());
            }
        }
        current = new Versioned(current.version() + 1, List.copyOf(all));
    }

    @Override
    public boolean includes(String schema, String table) {
        return current.includes(schema, table);
    }

    @Override
    public int version() {
        return current.version();
    }

    @Override
    public Subscriptions now() {
        return current;
    }
}
