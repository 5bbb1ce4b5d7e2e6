package io.walwire.testkit;

import static io.walwire.testkit.WalwireKit.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** One kit for several tests. */
class ResetKitTest {
    private final List<Long> seen = new CopyOnWriteArrayList<>();

    private WalwireKit kit() {
        return WalwireKit.builder()
                .table("users", t -> t.column("id", "int8").primaryKey("id"))
                .handler("users", on -> on.table("users")
                        .onInsert(event -> seen.add(event.row().getLong("id"))))
                .start();
    }

    @Test
    void whatOneTestHasLeft_isNotSeenByTheNext() {
        try (WalwireKit kit = kit()) {
            kit.walwire().pause();
            kit.commit(tx -> tx.insert("users", row("id", 1)).connectionLost());
            kit.failCalls("users", 3, new IOException("no"));
            kit.loseSlot();
            kit.goOffline();
            kit.reset();
            Committed second = kit.commit(tx -> tx.insert("users", row("id", 2)));
            kit.awaitHandled();
            assertThat(seen).containsExactly(2L);
            assertThat(kit.delivered()).hasSize(1);
            assertThat(kit.isConfirmed(second)).isTrue();
            assertThat(kit.walwire().status().reconnects()).isZero();
        }
    }

    @Test
    void failure_isReportedByTheReset_once() {
        try (WalwireKit kit = kit()) {
            kit.failAfterCalls("users", 1, new IOException("no"));
            kit.commit(tx -> tx.insert("users", row("id", 1)));
            kit.walwire()
                    .completion()
                    .handle((none, failure) -> failure)
                    .toCompletableFuture()
                    .join();
            assertThatThrownBy(kit::reset).isInstanceOf(AssertionError.class).hasMessageContaining("Handler users");
            kit.commit(tx -> tx.insert("users", row("id", 2)));
            kit.awaitHandled();
            assertThat(seen).containsExactly(1L, 2L);
        }
    }

    @Test
    void handlerThatIsNotThere_isNamed() {
        try (WalwireKit kit = kit()) {
            assertThatThrownBy(() -> kit.failCalls("mails", 1, new IOException("no")))
                    .hasMessageContaining("no handler mails")
                    .hasMessageContaining("[users]");
        }
    }
}
