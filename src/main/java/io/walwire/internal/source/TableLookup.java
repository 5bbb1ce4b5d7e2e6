package io.walwire.internal.source;

import io.walwire.internal.codec.PgType;
import io.walwire.internal.concurrent.Backoff;
import io.walwire.internal.connection.catalog.Catalog;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.SharedConnection;
import io.walwire.internal.log.Logs;
import io.walwire.internal.pgoutput.PgOutputMessage;
import io.walwire.internal.pgoutput.PgOutputMessage.Begin;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.transaction.TableFacts;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Reads the tables of a stream from the catalog, on a connection beside the stream. Used only by the reader thread. */
public final class TableLookup implements AutoCloseable {
    private static final Logger LOG = Logs.of(TableLookup.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(1);
    private static final Duration MAX_PAUSE = Duration.ofMillis(100);
    private static final long WARN_AFTER_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Database database;
    private final Catalog catalog;
    private final BackgroundQueries queries;

    /** The transaction that began last. */
    private int xid;

    /**
     * For one stream.
     *
     * @param database the database, named in messages
     * @param connection to that database
     * @param queries waits for the answers; closed with this
     */
    public TableLookup(Database database, SharedConnection connection, BackgroundQueries queries) {
        this.database = database;
        this.catalog = new Catalog(connection);
        this.queries = queries;
    }

    /** Looks at a message before it is processed. */
    public void hear(PgOutputMessage message) {
        if (message instanceof Begin begin) {
            xid = begin.xid();
        } else if (message instanceof PgOutputMessage.Type type) {
            catalog.hear(type); // a name that may be new
        }
    }

    /** The facts for a change of the current transaction; null if the instance has to end first. */
    public @Nullable TableFacts facts(Relation relation) throws SQLException, InterruptedException {
        return facts(relation, List::of);
    }

    /** The column types that other sessions see before the transaction commits; null if the instance has to end first. */
    public @Nullable Map<Integer, PgType> visibleTypes(Relation relation) throws SQLException, InterruptedException {
        return queries.ask(
                "asking the catalog about the types of " + relation.schema() + "." + relation.name(),
                () -> catalog.visibleTypes(relation));
    }

    /**
     * As {@link #facts(Relation)}, with one look for several tables.
     *
     * @param relation the table of the change
     * @param following says which tables were received after it, of the same transaction; asked only before a look. If the
     *     transaction is visible, the look answers for them, too
     * @return null if the instance has to end first
     */
    public @Nullable TableFacts facts(Relation relation, Supplier<List<Relation>> following)
            throws SQLException, InterruptedException {
        TableFacts known = catalog.known(relation, xid);
        return known != null ? known : asked(relation, following.get());
    }

    private @Nullable TableFacts asked(Relation relation, List<Relation> following)
            throws SQLException, InterruptedException {
        String doing = "asking the catalog about " + relation.schema() + "." + relation.name();
        int of = xid;
        long began = System.nanoTime();
        boolean logged = false;
        Backoff pauses = new Backoff(FIRST_PAUSE, MAX_PAUSE);
        while (true) {
            Optional<TableFacts> answer =
                    queries.ask(doing, () -> Optional.ofNullable(catalog.describe(relation, following, of)));
            if (answer == null || answer.isPresent()) {
                return answer == null ? null : answer.get();
            }
            if (!logged && System.nanoTime() - began > WARN_AFTER_NANOS) {
                logged = true;
                warnOfInvisible(relation);
            }
            if (!queries.pause(pauses.next())) {
                return null;
            }
        }
    }

    private void warnOfInvisible(Relation relation) {
        LOG.warn(
                "Transaction {} defines table {}.{} and is in the log of {}, but other sessions do not see it yet, so its"
                        + " column types cannot be read. The stream waits for it. Does its commit wait for a synchronous standby"
                        + " (synchronous_standby_names)?",
                Integer.toUnsignedString(xid),
                relation.schema(),
                relation.name(),
                database.display());
    }

    @Override
    public void close() {
        queries.close();
    }
}
