package io.walwire.internal.backfill.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.event.Lsn;
import io.walwire.internal.backfill.ChunkReader;
import io.walwire.internal.backfill.DeliveredTransaction;
import io.walwire.internal.backfill.Existing;
import io.walwire.internal.backfill.UnseenTransactions;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.connection.server.Snapshot;
import io.walwire.internal.replication.SlotRequest;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.replication.StreamStart.History;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What was learned of a server, when the next stream begins. */
class StreamReachTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final StreamReach reach = new StreamReach();
    private final UnseenTransactions unseen = new UnseenTransactions();

    private static StreamStart on(int timeline) {
        return new StreamStart(SlotRequest.temporary("test", null), new History("7", timeline, Lsn.ZERO, ""), Lsn.ZERO);
    }

    private Snapshot snapshot() throws SQLException {
        try (Existing existing = Existing.in(database);
                ChunkReader looker = existing.reader()) {
            return looker.snapshot();
        }
    }

    /** The new server may have given the same id to another transaction. */
    @Test
    void snapshotOfTheServerBefore_isNotUsed() throws Exception {
        StreamStart first = on(1);
        reach.begins(first, unseen::clear);
        Snapshot before = snapshot();
        reach.begins(on(2), unseen::clear);
        DeliveredTransaction delivered = new DeliveredTransaction((int) before.xmin() - 1, Lsn.ZERO);
        unseen.delivered(delivered);
        assertThatThrownBy(() -> reach.applyDuring(first, () -> unseen.sees(before)))
                .isInstanceOfSatisfying(SQLException.class, e -> assertThat(ServerErrors.heals(e))
                        .isTrue());
        assertThat(unseen.awaited().areSeenBy(Snapshot.parse("3:3:")))
                .as("it is waited for")
                .isFalse();
        reach.applyDuring(reach.stream(), () -> unseen.sees(before));
        assertThat(unseen.awaited().areSeenBy(Snapshot.parse("3:3:"))).isTrue();
    }

    /** What the stream then forgets must not come back. */
    @Test
    void nextStream_beginsWhenASnapshotIsAppliedAsAWhole() throws Exception {
        StreamStart first = on(1);
        reach.begins(first, unseen::clear);
        CountDownLatch applying = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        FutureTask<Boolean> applied = new FutureTask<>(() -> {
            reach.applyDuring(first, () -> {
                applying.countDown();
                await(go);
            });
            return true;
        });
        new Thread(applied, "keeper").start();
        await(applying);
        FutureTask<Boolean> begun = new FutureTask<>(() -> {
            reach.begins(on(2), unseen::clear);
            return true;
        });
        Thread reader = new Thread(begun, "reader");
        reader.start();
        Eventually.until(LONG, () -> reader.getState() == Thread.State.BLOCKED);
        assertThat(reach.stream()).isSameAs(first);
        go.countDown();
        begun.get(LONG.toSeconds(), TimeUnit.SECONDS);
        applied.get(LONG.toSeconds(), TimeUnit.SECONDS);
        assertThat(reach.stream()).isNotSameAs(first);
    }

    /** A run may be prepared as soon as the next stream is known: what it has to wait for is not to be forgotten with the rest. */
    @Test
    void whatARunWaitsFor_isNotForgotten_whenItIsPreparedWhileTheStreamBegins() throws Exception {
        StreamStart next = on(2);
        Snapshot running = Snapshot.parse("3:5:3");
        FutureTask<Boolean> prepared = new FutureTask<>(() -> {
            Eventually.until(LONG, () -> next.equals(reach.stream()));
            reach.applyDuring(next, () -> unseen.startsAt(running));
            return true;
        });
        Thread keeper = new Thread(prepared, "keeper");
        keeper.start();
        reach.begins(next, () -> {
            assertThat(reach.stream()).as("nothing of it is applied yet").isNull();
            unseen.clear();
        });
        prepared.get(LONG.toSeconds(), TimeUnit.SECONDS);
        assertThat(unseen.awaited().areSeenBy(Snapshot.parse("3:5:3"))).isFalse();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
