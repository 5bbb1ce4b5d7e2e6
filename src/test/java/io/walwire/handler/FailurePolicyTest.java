package io.walwire.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.handler.FailurePolicy.HandOver;
import io.walwire.handler.FailurePolicy.Retry;
import io.walwire.handler.FailurePolicy.Skip;
import io.walwire.handler.FailurePolicy.Stop;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a policy decides, and what it refuses to be. */
class FailurePolicyTest {
    private static final Duration SHORT = Duration.ofMillis(200);
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Callback<DeadLetter> KEPT = letter -> {};

    private final IOException thrown = new IOException("no mail today");

    private List<FailurePolicy.Decision> decisions(FailurePolicy policy, int attempts) {
        return IntStream.rangeClosed(1, attempts)
                .mapToObj(attempt -> policy.after(thrown, attempt))
                .toList();
    }

    private static Retry retry(long millis) {
        return new Retry(Duration.ofMillis(millis));
    }

    @Test
    void after_retry_waitsDoubleUpToTheMost_thenStops() {
        assertThat(decisions(FailurePolicy.retry(6, SHORT, Duration.ofMillis(1500)), 8))
                .containsExactly(
                        retry(200),
                        retry(400),
                        retry(800),
                        retry(1500),
                        retry(1500),
                        retry(1500),
                        new Stop(),
                        new Stop());
    }

    @Test
    void after_mostThatIsAPowerOfTheFirst_isReachedExactly() {
        assertThat(decisions(FailurePolicy.retry(4, SHORT, Duration.ofMillis(800)), 4))
                .containsExactly(retry(200), retry(400), retry(800), retry(800));
        assertThat(decisions(FailurePolicy.retry(2, SHORT, SHORT), 2)).containsExactly(retry(200), retry(200));
    }

    @Test
    void after_theLongestDuration_doesNotOverflow() {
        Duration longest = Duration.ofSeconds(Long.MAX_VALUE);
        FailurePolicy policy = FailurePolicy.retry(Integer.MAX_VALUE, Duration.ofNanos(1), longest);
        assertThat(policy.after(thrown, 1_000)).isEqualTo(new Retry(longest));
        assertThat(policy.after(thrown, Integer.MAX_VALUE)).isEqualTo(new Retry(longest));
    }

    @Test
    void after_noRetries_endsAtOnce() {
        assertThat(FailurePolicy.stop().after(thrown, 1)).isEqualTo(new Stop());
        assertThat(FailurePolicy.skip().after(thrown, 1)).isEqualTo(new Skip());
        assertThat(FailurePolicy.deadLetter(KEPT).after(thrown, 1)).isEqualTo(new HandOver(KEPT));
        assertThat(FailurePolicy.retry(0, SHORT, LONG).after(thrown, 1)).isEqualTo(new Stop());
    }

    @Test
    void after_theLastRetry_endsAsConfigured() {
        FailurePolicy policy = FailurePolicy.retry(1, SHORT, LONG);
        assertThat(policy.thenSkip().after(thrown, 2)).isEqualTo(new Skip());
        assertThat(policy.thenDeadLetter(KEPT).after(thrown, 2)).isEqualTo(new HandOver(KEPT));
        assertThat(policy.thenSkip().thenStop().after(thrown, 2)).isEqualTo(new Stop());
        assertThat(policy.after(thrown, 2)).as("a policy does not change").isEqualTo(new Stop());
    }

    @Test
    void fatal_stopsAtOnce_subclassesToo_causesNot() {
        FailurePolicy policy = FailurePolicy.retry(3, SHORT, LONG)
                .thenSkip()
                .fatal(IOException.class)
                .fatal(Error.class);
        assertThat(policy.after(thrown, 1)).isEqualTo(new Stop());
        assertThat(policy.after(new FileNotFoundException(), 1)).isEqualTo(new Stop());
        assertThat(policy.after(new StackOverflowError(), 4)).isEqualTo(new Stop());
        assertThat(policy.after(new UncheckedIOException(thrown), 1)).isEqualTo(retry(200));
        assertThat(FailurePolicy.deadLetter(KEPT).fatal(IOException.class).after(thrown, 1))
                .isEqualTo(new Stop());
    }

    @Test
    void retriable_othersEndAtOnce_fatalWins() {
        FailurePolicy policy = FailurePolicy.retry(3, SHORT, LONG)
                .thenSkip()
                .retriable(IOException.class)
                .retriable(IllegalStateException.class)
                .fatal(FileNotFoundException.class);
        assertThat(policy.after(thrown, 1)).isEqualTo(retry(200));
        assertThat(policy.after(new IllegalStateException(), 2)).isEqualTo(retry(400));
        assertThat(policy.after(new IllegalArgumentException(), 1)).isEqualTo(new Skip());
        assertThat(policy.after(new FileNotFoundException(), 1)).isEqualTo(new Stop());
    }

    @Test
    void brokenApplication_stopsAtOnce_unlessRetriableNamesIt() {
        FailurePolicy policy = FailurePolicy.retry(3, SHORT, LONG).thenSkip();
        List<Error> broken = List.of(new OutOfMemoryError(), new NoClassDefFoundError(), new NoSuchMethodError());
        for (Error error : broken) {
            assertThat(policy.after(error, 1)).isEqualTo(new Stop());
            assertThat(FailurePolicy.skip().after(error, 1)).isEqualTo(new Stop());
            assertThat(policy.retriable(IOException.class).after(error, 1)).isEqualTo(new Stop());
            assertThat(policy.retriable(error.getClass()).after(error, 1)).isEqualTo(retry(200));
            assertThat(policy.retriable(error.getClass()).after(error, 4)).isEqualTo(new Skip());
            assertThat(policy.retriable(error.getClass())
                            .fatal(error.getClass())
                            .after(error, 1))
                    .isEqualTo(new Stop());
        }
        assertThat(policy.after(new AssertionError(), 1)).as("any other").isEqualTo(retry(200));
        assertThat(policy.after(new StackOverflowError(), 4)).as("of one event").isEqualTo(new Skip());
    }

    @Test
    void after_interruptedException_isAlwaysStop() {
        InterruptedException interrupted = new InterruptedException();
        assertThat(FailurePolicy.skip().after(interrupted, 1)).isEqualTo(new Stop());
        assertThat(FailurePolicy.retry(3, SHORT, LONG)
                        .retriable(InterruptedException.class)
                        .after(interrupted, 1))
                .isEqualTo(new Stop());
    }

    @Test
    void retry_argumentsThatCannotBe_refusedWithWhatTheyAre() {
        assertThatThrownBy(() -> FailurePolicy.retry(-1, SHORT, LONG))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("times is -1");
        assertThatThrownBy(() -> FailurePolicy.retry(1, Duration.ZERO, LONG))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("first is PT0S");
        assertThatThrownBy(() -> FailurePolicy.retry(1, SHORT, Duration.ofSeconds(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("most is PT-1S");
        assertThatThrownBy(() -> FailurePolicy.retry(1, LONG, SHORT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("first is PT30S", "most is PT0.2S");
    }

    @Test
    void classes_none_refused() {
        assertThatThrownBy(() -> FailurePolicy.stop().fatal())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("No exception");
        assertThatThrownBy(() -> FailurePolicy.stop().retriable()).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void equals_sameTerms_andToStringShowsThem() {
        FailurePolicy policy = FailurePolicy.retry(5, SHORT, LONG).fatal(IOException.class);
        assertThat(policy)
                .isEqualTo(FailurePolicy.retry(5, SHORT, LONG).fatal(IOException.class))
                .hasSameHashCodeAs(FailurePolicy.retry(5, SHORT, LONG).fatal(IOException.class))
                .isNotEqualTo(policy.thenSkip())
                .hasToString("FailurePolicy[retries 5, waits PT0.2S to PT30S, then Stop, fatal java.io.IOException]");
        assertThat(FailurePolicy.skip()).isEqualTo(FailurePolicy.stop().thenSkip());
    }
}
