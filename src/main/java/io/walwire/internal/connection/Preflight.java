package io.walwire.internal.connection;

import io.walwire.event.Lsn;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.catalog.Inheritance;
import io.walwire.internal.connection.publication.ColumnLists;
import io.walwire.internal.connection.publication.EarlyWriter;
import io.walwire.internal.connection.publication.Hazards;
import io.walwire.internal.connection.publication.InexactColumns;
import io.walwire.internal.connection.publication.PartialIdentity;
import io.walwire.internal.connection.publication.PublicationUpkeep;
import io.walwire.internal.connection.publication.Publications;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.ServerRun;
import io.walwire.internal.connection.server.ServerSettings;
import io.walwire.internal.connection.server.WalPages;
import io.walwire.internal.connection.slot.FailoverSettings;
import io.walwire.internal.connection.slot.GapNote;
import io.walwire.internal.connection.slot.SlotRetention;
import io.walwire.internal.connection.slot.SlotState;
import io.walwire.internal.socket.ConnectAttempt;
import io.walwire.internal.text.TableName;
import io.walwire.internal.text.TablePattern;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A plain connection on which everything is checked, and made where that is asked for, before a stream begins. */
public final class Preflight implements AutoCloseable {
    private final Database database;
    private final WalwireConfig.Publication publication;
    private final Publications publications;
    private final Connection connection;
    private Predicate<TableName> added = table -> false;

    /**
     * Connects.
     *
     * @param database where
     * @param publication which publications, and what may be done to them
     * @throws SQLException if no connection can be opened
     */
    public Preflight(Database database, WalwireConfig.Publication publication) throws SQLException {
        this(database, publication, new ConnectAttempt());
    }

    /**
     * Connects, unless another thread aborts that.
     *
     * @param database where
     * @param publication which publications, and what may be done to them
     * @param attempt used once
     * @throws SQLException if no connection can be opened
     */
    public Preflight(Database database, WalwireConfig.Publication publication, ConnectAttempt attempt)
            throws SQLException {
        this.database = database;
        this.publication = publication;
        this.publications = new Publications(database, publication);
        this.connection = database.open(attempt);
    }

    /** Makes sure that the server does logical decoding. */
    public void requireLogical() throws SQLException {
        ServerSettings.requireLogical(connection, database);
    }

    /** Makes sure that the server can leave out the changes that it is not asked for. */
    public void requireOrigin(WalwireConfig.Origin origin) throws SQLException {
        if (origin == WalwireConfig.Origin.NONE) {
            ServerSettings.requireOriginOption(connection, database);
        }
    }

    /** Makes sure that the server can bring slots to its standbys, also such that decode prepared transactions. */
    public void requireFailoverSlots(boolean twoPhase) throws SQLException {
        ServerSettings.requireFailoverSlots(connection, database, twoPhase);
    }

    /** What a failover slot needs of this server. */
    public FailoverSettings failoverSettings() throws SQLException {
        return FailoverSettings.read(connection);
    }

    /** Since when the server runs, and as what. */
    public ServerRun server() throws SQLException {
        return ServerRun.read(connection, database.host());
    }

    /** Makes sure that the server speaks the protocol that is asked for. */
    public void requireProtocol(WalwireConfig.Protocol protocol) throws SQLException {
        ServerSettings.requireProtocol(connection, database, protocol);
    }

    /** Makes sure that every publication exists. */
    public void requirePublications() throws SQLException {
        publications.requireExisting(connection);
    }

    /**
     * Makes sure that every publication exists.
     *
     * @param open a plain connection
     * @param database where
     * @param publication which publications
     * @throws SQLException if the catalog cannot be read
     */
    public static void requirePublications(Connection open, Database database, WalwireConfig.Publication publication)
            throws SQLException {
        new Publications(database, publication).requireExisting(open);
    }

    /**
     * Makes sure that the publications hold what is subscribed and handled, adding what is missing where that is configured.
     *
     * @param subscriptions the subscriptions
     * @param handled tables that handlers name
     * @throws SQLException if the catalog cannot be read, or the server refuses
     */
    public void requirePublished(List<TablePattern> subscriptions, Collection<TableName> handled) throws SQLException {
        if (publication.isManaged()) {
            added = new PublicationUpkeep(database, publication).apply(connection, subscriptions, handled);
        } else {
            publications.require(connection, subscriptions, handled);
        }
    }

    /** Whether {@link #requirePublished} has added a table to a publication. */
    public boolean isAdded(TableName table) {
        return added.test(table);
    }

    /** Open transactions that wrote to one of these tables before it was published. */
    public List<EarlyWriter> earlyWriters(Predicate<TableName> tables) throws SQLException {
        return EarlyWriter.find(connection, publication.names(), tables, added);
    }

    /** The writers that have not ended. */
    public List<EarlyWriter> remaining(List<EarlyWriter> writers) throws SQLException {
        return EarlyWriter.remaining(connection, writers);
    }

    /** Makes sure that no table is published with other columns by one publication than by another. */
    public void requireAlikeColumns() throws SQLException {
        ColumnLists.requireAlike(connection, database, publication.names());
    }

    /**
     * Logs what does not keep a stream from beginning, and does harm later.
     *
     * @param subscriptions the subscriptions
     * @param handled tables that handlers name
     * @throws SQLException if the catalog cannot be read
     */
    public void warnOfHazards(List<TablePattern> subscriptions, Collection<TableName> handled) throws SQLException {
        Set<TableName> published = published();
        Hazards.warnOfUnheardChildren(Inheritance.unheard(connection, subscriptions, handled, published::contains));
        Hazards.warnOfEncoding(connection, database);
        Hazards.warnOfTablesWithoutIdentity(connection, publication.names());
    }

    /** Why a stream in binary could not be read exactly, to go on after "because"; empty if it can, by what is published now. */
    public Optional<String> inexactInBinary() throws SQLException {
        return InexactColumns.first(connection, publication.names());
    }

    /** Where everything ends that the server has written by now. */
    public Lsn current() throws SQLException {
        return WalPages.current(connection);
    }

    /** The tables of the publications. */
    public Set<TableName> published() throws SQLException {
        return publications.published(connection);
    }

    /** The tables among these whose whole old rows the server does not send. */
    public List<PartialIdentity> withoutFullIdentity(Collection<TableName> tables) throws SQLException {
        return PartialIdentity.of(connection, tables);
    }

    /** A slot, or empty if there is none of that name. */
    public Optional<SlotState> slot(String name) throws SQLException {
        return SlotState.find(connection, name);
    }

    /** The note that handlers of a slot do not know of a gap yet. */
    public Optional<GapNote> gapNote(String slot) throws SQLException {
        return GapNote.find(connection, slot);
    }

    /** Notes that handlers of a slot do not know of a gap yet. */
    public void noteGap(String slot, @Nullable Lsn from) throws SQLException {
        GapNote.write(connection, slot, from);
    }

    /** Drops a slot that nobody streams from. */
    public void dropSlot(String name) throws SQLException {
        SlotRetention.drop(connection, name);
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
