package io.walwire.internal.source;

import io.walwire.internal.text.TableName;
import io.walwire.internal.text.TablePattern;
import java.util.Collection;
import java.util.List;

/** The tables that an instance wants. They change while it runs. Thread-safe. */
public interface WantedTables {
    /** What is subscribed. */
    List<TablePattern> patterns();

    /** What is subscribed, and these patterns; none is repeated. */
    List<TablePattern> with(List<TablePattern> more);

    /** Whether changes of a table are delivered. */
    boolean isSubscribed(TableName table);

    /** What the handlers name. */
    HandledTables handled();

    /**
     * Makes sure that tables are subscribed.
     *
     * @param named tables that handlers name
     * @throws io.walwire.error.WalwireException if one is not
     */
    void requireSubscribed(Collection<TableName> named);
}
