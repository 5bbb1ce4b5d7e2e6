package io.walwire.internal.backfill.run;

import io.walwire.internal.backfill.ReadableTables;
import io.walwire.internal.backfill.RowReader;
import io.walwire.internal.backfill.RunSlot;
import io.walwire.internal.backfill.Sender;
import io.walwire.internal.checkpoint.Checkpoint;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.SharedConnection;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.transaction.StreamFacts;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is the same for all runs of an instance.
 *
 * @param instance its name
 * @param database where the rows are
 * @param connection the plain connection that all parts of the instance share
 * @param publications what the stream reads
 * @param tables what can be read; null if nothing can be read beside the stream
 * @param facts what its tables share
 * @param everyOrigin whether the stream has the changes of every origin
 * @param progress in whose database the progress of runs is; null if it is in the database that is read
 * @param groups what the sink keeps of the progress with the rows; null if it keeps nothing
 * @param owner a name of this instance that no other one has
 * @param durable whether the slot outlives the instance, and with it the runs
 * @param automatic whether every table is read that was not read before
 * @param first whether these are read before the stream's first change where the instance creates the slot
 * @param readers how many connections read
 * @param chunkBytes how many bytes a chunk is to have
 * @param keyBytes how much memory the keys of a run may take
 * @param pace how fast rows may be read
 * @param held bounds of the reading for which the stream is held
 */
public record RunSettings(
        String instance,
        Database database,
        SharedConnection connection,
        List<String> publications,
        @Nullable ReadableTables tables,
        StreamFacts facts,
        boolean everyOrigin,
        @Nullable Checkpoint progress,
        @Nullable GroupProgress groups,
        String owner,
        boolean durable,
        boolean automatic,
        boolean first,
        int readers,
        long chunkBytes,
        long keyBytes,
        Pace pace,
        Held held) {
    public RunSettings {
        publications = List.copyOf(publications);
    }

    /**
     * Bounds of the reading for which the stream is held.
     *
     * @param maxBytes a larger table is not read
     * @param patience how long running transactions are waited for, once; and, also beside the stream, how long no row may come before the
     *     server is asked for the reason
     */
    public record Held(long maxBytes, Duration patience) {}

    /**
     * How large a table may be that is read while the stream is held.
     *
     * @param asNew whether it is read because it was never read
     */
    long mostHeldBytes(boolean asNew) {
        return first && asNew ? Long.MAX_VALUE : held.maxBytes();
    }

    /** What can be read, where there are runs. */
    ReadableTables readable() {
        return Objects.requireNonNull(tables, "tables");
    }

    /** As {@link ReadableTables#reader}. */
    RowReader reader(long maxBytes, Duration lockPatience) {
        return readable().reader(maxBytes, lockPatience, held.patience());
    }

    /** What sends the changes of tables in a database. */
    Sender sender() {
        return Objects.requireNonNull(readable().sender(), "sender");
    }

    /** What the progress of runs beside a stream is kept for. */
    RunSlot slotOf(StreamStart stream) {
        Sender sender = readable().sender();
        String scope = sender == null ? "" : sender.slotScope();
        return new RunSlot(stream.server().systemId() + scope, stream.slot().name());
    }

    /** A chunk may turn out to be larger than planned; then it is split. */
    long mostChunkBytes() {
        return 2 * chunkBytes;
    }
}
