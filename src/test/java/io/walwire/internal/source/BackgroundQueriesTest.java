package io.walwire.internal.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.config.Credentials;
import io.walwire.internal.config.HostPort;
import io.walwire.internal.config.Server;
import io.walwire.internal.connection.server.Database;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What is asked beside a stream ends it only if the server is gone from both. */
class BackgroundQueriesTest {
    private static final Credentials NOBODY = new Credentials("app", null);
    private static final Database DATABASE =
            new Database(new Server(List.of(new HostPort("localhost", 5432)), "shop", NOBODY, Map.of()), () -> NOBODY);

    private final AtomicInteger beats = new AtomicInteger();

    /** Of an instance that nobody ends. */
    private static final class Running implements SourceLifecycle {
        @Override
        public boolean isStopping() {
            return false;
        }

        @Override
        public boolean wantsMore() {
            return true;
        }

        @Override
        public boolean pause(Duration atMost) throws InterruptedException {
            return new CountDownLatch(1).await(atMost.toNanos(), TimeUnit.NANOSECONDS);
        }

        @Override
        public void standBy(String why) {}

        @Override
        public void note(String problem) {}

        @Override
        public void noteCause(String cause) {}
    }

    private BackgroundQueries queries(boolean inDoubt) {
        return new BackgroundQueries(DATABASE, new Running(), new BackgroundQueries.Stream() {
            @Override
            public void stayAlive() {
                beats.incrementAndGet();
            }

            @Override
            public boolean isInDoubt() {
                return inDoubt;
            }
        });
    }

    private int failing(String state) throws SQLException {
        if (beats.get() < 3) {
            throw new SQLException("not now", state);
        }
        return beats.get();
    }

    @Test
    void ask_silentAndUnreachable_isTheEndOfTheStream() {
        try (BackgroundQueries queries = queries(true)) {
            assertThatThrownBy(() -> queries.ask("asking", () -> failing("08001")))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("08006"));
        }
    }

    @Test
    void ask_silentButRefused_goesOn() throws Exception {
        try (BackgroundQueries queries = queries(true)) {
            assertThat(queries.ask("asking", () -> failing("53300"))).isNotNull();
        }
    }

    @Test
    void ask_unreachableButTheStreamBringsInput_goesOn() throws Exception {
        try (BackgroundQueries queries = queries(false)) {
            assertThat(queries.ask("asking", () -> failing("08001"))).isNotNull();
        }
    }

    /** As of all tables of one TRUNCATE. */
    @Test
    void ask_manyShortQuestions_keepTheStreamAlive() throws Exception {
        try (BackgroundQueries queries = queries(false)) {
            long began = System.nanoTime();
            while (beats.get() < 2 && System.nanoTime() - began < TimeUnit.SECONDS.toNanos(10)) {
                assertThat(queries.ask("asking", () -> 1)).isEqualTo(1);
            }
            assertThat(beats.get()).isEqualTo(2);
        }
    }
}
