package io.walwire.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.DeadLetters;
import io.walwire.Walwire;
import io.walwire.deadletter.StoredLetter;
import io.walwire.event.Row;
import io.walwire.handler.FailurePolicy;
import io.walwire.testing.TestDatabase;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/** A bean of dead letters, and what counts more than it. */
class DeadLettersTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void prepare() throws Exception {
        database.sql("CREATE TABLE users (id bigint PRIMARY KEY)", "CREATE PUBLICATION events FOR ALL TABLES");
    }

    static class Letters {
        @Bean
        DeadLetters letters(Environment environment) {
            return DeadLetters.file(Path.of(environment.getRequiredProperty("letters")));
        }
    }

    static class Fails {
        @OnChange("users")
        void onUser(Row row) {
            throw new IllegalStateException("no");
        }
    }

    static class Skips {
        @Bean
        FailurePolicy policy() {
            return FailurePolicy.skip();
        }
    }

    /** The calls that were set aside; of them the letters. */
    private List<StoredLetter> letters(Path folder, List<String> more, Class<?>... sources) throws Exception {
        Path file = folder.resolve("letters.jsonl");
        List<String> keys = Application.onUrl(
                database,
                Stream.concat(
                                Stream.of("walwire.publication=events", "walwire.failure.retries=1", "letters=" + file),
                                more.stream())
                        .toArray(String[]::new));
        try (ConfigurableApplicationContext context = Application.run(
                keys,
                Stream.concat(Stream.of(Letters.class, Fails.class), Stream.of(sources))
                        .toArray(Class<?>[]::new))) {
            database.sql("INSERT INTO users VALUES (1)");
            Walwire walwire = Application.walwire(context);
            Application.awaitCurrent(walwire);
            assertThat(walwire.status().setAside()).isEqualTo(1);
            try (Stream<StoredLetter> all = context.getBean(DeadLetters.class).list()) {
                return all.toList();
            }
        }
    }

    @Test
    void callThatStillFails_isALetter_afterTheRetries(@TempDir Path folder) throws Exception {
        assertThat(letters(folder, List.of())).singleElement().satisfies(letter -> {
            assertThat(letter.handler()).endsWith("Fails.onUser");
            assertThat(letter.attempts()).isEqualTo(2);
        });
    }

    @Test
    void keyOfTheFailure_wins(@TempDir Path folder) throws Exception {
        assertThat(letters(folder, List.of("walwire.failure=skip"))).isEmpty();
    }

    @Test
    void policyOfABean_wins(@TempDir Path folder) throws Exception {
        assertThat(letters(folder, List.of(), Skips.class)).isEmpty();
    }
}
