package io.walwire.internal.engine;

import io.walwire.internal.text.TablePattern;
import io.walwire.internal.transaction.Subscriptions;
import java.util.ArrayList;
import java.util.List;

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

    synchronized void add(List<TablePattern> patterns) {
        List<TablePattern> all = new ArrayList<>(current.patterns());
        for (TablePattern pattern : patterns) {
            if (!all.contains(pattern)) {
                all.add(pattern);
            }
        }
        current = new Versioned(current.version() + 1, List.copyOf(all));
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
