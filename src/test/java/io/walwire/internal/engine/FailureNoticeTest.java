package io.walwire.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FailureNoticeTest {
    private static final String THREAD = "walwire-noticed-failure";

    /** Else a main that returns as soon as it knows of the end would end the JVM before the callback. */
    @Test
    void call_beforeTheEndIsKnown_keepsTheJvm_andWaitsForThat() throws Exception {
        CompletableFuture<Void> known = new CompletableFuture<>();
        CompletableFuture<Boolean> wasKnown = new CompletableFuture<>();
        FailureNotice notice = new FailureNotice("noticed", failure -> wasKnown.complete(known.isDone()), () -> "");
        WalwireException failure = new WalwireException(ErrorCode.HANDLER, "failed");
        notice.call(failure, known);
        assertThat(Thread.getAllStackTraces().keySet())
                .anyMatch(thread -> thread.getName().equals(THREAD) && !thread.isDaemon());
        known.completeExceptionally(failure);
        assertThat(wasKnown.get(180, TimeUnit.SECONDS)).isTrue();
    }
}
