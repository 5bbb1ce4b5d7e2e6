package io.walwire.testkit;

import static io.walwire.testkit.WalwireKit.row;
import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.testing.Recorder;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Callbacks that complete later, without a database. */
class AsyncKitTest {
    private final Recorder<CompletableFuture<Void>> stages = new Recorder<>();
    private final EventHandler mails = on -> on.table("users").onInsertAsync(event -> {
        CompletableFuture<Void> stage = new CompletableFuture<>();
        stages.add(stage);
        return stage;
    });

    @Test
    void stage_isWaitedFor_andFailsWhereTheTestWantsIt() throws InterruptedException {
        FailurePolicy often = FailurePolicy.retry(2, Duration.ofMillis(1), Duration.ofMillis(1));
        try (WalwireKit kit = WalwireKit.builder()
                .table("users", t -> t.column("id", "int8").primaryKey("id"))
                .handler(mails, often)
                .start()) {
            kit.failCalls(mails, 1, new IOException("away"));
            kit.failAfterCalls(mails, 1, new IOException("no answer"));
            Committed first = kit.commit(tx -> tx.insert("users", row("id", 1)));
            CompletableFuture<Void> unanswered = stages.await(1).get(0);
            assertThat(kit.isConfirmed(first)).isFalse();
            unanswered.complete(null);
            CompletableFuture<Void> again = stages.await(2).get(1);
            assertThat(kit.delivered()).isEmpty();
            again.complete(null);
            kit.awaitHandled();
            assertThat(kit.isConfirmed(first)).isTrue();
            assertThat(kit.delivered()).hasSize(1);
            assertThat(kit.walwire().status().retries()).isEqualTo(2);
        }
    }
}
