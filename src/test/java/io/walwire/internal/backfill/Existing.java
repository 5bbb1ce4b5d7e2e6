package io.walwire.internal.backfill;

import io.walwire.config.Credentials;
import io.walwire.event.Lsn;
import io.walwire.internal.backfill.ChunkResult.Chunk;
import io.walwire.internal.config.HostPort;
import io.walwire.internal.config.Server;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.catalog.Catalog;
import io.walwire.internal.connection.publication.TableShapes;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.SharedConnection;
import io.walwire.internal.pgoutput.PgOutputMessage.Begin;
import io.walwire.internal.pgoutput.PgOutputMessage.Commit;
import io.walwire.internal.pgoutput.PgOutputMessage.Insert;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.TupleData;
import io.walwire.internal.text.TableName;
import io.walwire.internal.transaction.ReceivedRow;
import io.walwire.internal.transaction.SchemaHistory;
import io.walwire.internal.transaction.StreamFacts;
import io.walwire.internal.transaction.Subscriptions;
import io.walwire.internal.transaction.TableFacts;
import io.walwire.internal.transaction.TransactionAssembler;
import io.walwire.reliability.Proxy;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** The existing rows of a test's database, read chunk by chunk. */
public final class Existing implements AutoCloseable {
    public static final long CHUNK = 64 * 1024;

    private static final Subscriptions ALL = new Subscriptions() {
        @Override
        public boolean includes(String schema, String table) {
            return true;
        }

        @Override
        public int version() {
            return 1;
        }

        @Override
        public Subscriptions now() {
            return this;
        }
    };

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Database database;
    private final List<String> publications;
    private final SharedConnection shared;
    private final Catalog catalog;

    private Existing(Database database, String... publications) {
        this.database = database;
        this.publications = List.of(publications);
        this.shared = new SharedConnection(database);
        this.catalog = new Catalog(shared);
    }

    /** As the superuser. */
    public static Existing in(TestDatabase database, String... publications) {
        return at(database.server(), database.name(), database.user(), publications);
    }

    /** As any role, whose password is that of the superuser. */
    public static Existing at(PostgresServer server, String name, String user, String... publications) {
        Credentials credentials = new Credentials(user, server.password());
        Server where = new Server(List.of(new HostPort(server.host(), server.port())), name, credentials, Map.of());
        return new Existing(new Database(where, () -> credentials), publications);
    }

    Database database() {
        return database;
    }

    /** A database behind a proxy on this host. */
    static Database behind(Proxy proxy, TestDatabase database, Map<String, String> driver) {
        Credentials credentials = new Credentials(database.user(), database.password());
        List<HostPort> hosts = List.of(new HostPort("localhost", proxy.port()));
        return new Database(new Server(hosts, database.name(), credentials, driver), () -> credentials);
    }

    public List<TablePlan> plans(TableRequest... requests) throws SQLException {
        WalwireConfig.Publication publication =
                new WalwireConfig.Publication(publications, WalwireConfig.Manage.NEVER, Duration.ZERO);
        return new TablePlans(database, new PublicationSender(publications, new TableShapes(database, publication)))
                .of(List.of(requests));
    }

    public TablePlan plan(String table, @Nullable String where) throws SQLException {
        return plans(new TableRequest(TableName.parse(table), where)).get(0);
    }

    public TablePlan plan(String table) throws SQLException {
        return plan(table, null);
    }

    public ChunkReader reader() {
        return reader(2 * CHUNK);
    }

    ChunkReader reader(long maxBytes) {
        return new ChunkReader(
                () -> database, new PublicationSender(publications, null), maxBytes, Duration.ofMillis(200), PATIENCE);
    }

    /** All rows of a table, in as many chunks as it takes. */
    public List<Chunk> readAll(TablePlan plan, boolean byKey) throws SQLException {
        List<Chunk> chunks = new ArrayList<>();
        try (ChunkReader reader = reader()) {
            for (LeafPlan leaf : plan.leaves()) {
                chunks.addAll(read(reader, leaf, LeafRanges.all(leaf, CHUNK, byKey)));
            }
        }
        return chunks;
    }

    private static List<Chunk> read(ChunkReader reader, LeafPlan leaf, LeafRanges ranges) throws SQLException {
        return read(reader, leaf, ranges, rows -> {});
    }

    /** Says of each range that was too large how many rows were read of it. */
    static List<Chunk> read(ChunkReader reader, LeafPlan leaf, LeafRanges ranges, IntConsumer tooLargeWith)
            throws SQLException {
        List<Chunk> chunks = new ArrayList<>();
        for (ReadRange range = ranges.take(); range != null; range = ranges.take()) {
            ChunkResult result = reader.read(leaf, range, Lsn.ZERO, snapshot -> {});
            if (result instanceof Chunk chunk) {
                ranges.done(
                        ranges.read(range, chunk.size().memory(), chunk.rows().size(), chunk.lastKey()));
                chunks.add(chunk);
            } else if (result instanceof ChunkResult.TooLarge tooLarge) {
                tooLargeWith.accept(tooLarge.rows());
                ranges.tooLarge(range, tooLarge);
            } else {
                throw new IllegalStateException("Not read: " + result);
            }
        }
        return chunks;
    }

    /** The rows as inserts of the stream. */
    public synchronized List<ReceivedRow> events(Chunk chunk) throws SQLException {
        StreamFacts stream = new StreamFacts("test", "test", false, new SchemaHistory());
        TransactionAssembler assembler = new TransactionAssembler(stream, ALL, Long.MAX_VALUE);
        Relation relation = chunk.leaf().relation();
        TableFacts facts = catalog.describe(relation, (int) chunk.snapshot().xmin() - 1);
        if (facts == null) {
            throw new IllegalStateException("The catalog does not show the table");
        }
        Lsn at = chunk.horizon();
        assembler.announce(relation);
        assembler.accept(new Begin(at, Instant.EPOCH, 0));
        assembler.define(relation, facts);
        for (TupleData row : chunk.rows()) {
            assembler.accept(new Insert(relation.oid(), row));
        }
        var part = assembler.accept(new Commit(at, at, Instant.EPOCH));
        return part == null
                ? List.of()
                : part.events().stream().map(ReceivedRow.class::cast).toList();
    }

    public List<ReceivedRow> events(List<Chunk> chunks) throws SQLException {
        List<ReceivedRow> events = new ArrayList<>();
        for (Chunk chunk : chunks) {
            events.addAll(events(chunk));
        }
        return events;
    }

    @Override
    public void close() {
        shared.close();
    }
}
