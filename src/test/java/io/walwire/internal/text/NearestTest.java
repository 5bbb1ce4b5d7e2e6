package io.walwire.internal.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NearestTest {
    private static final List<String> CHOICES = List.of("publication", "subscriptions", "wait", "fail", "url");

    @ParameterizedTest
    @CsvSource({
        "publicaton,publication",
        "PUBLICATION,publication",
        "wiat,wait",
        "fial,fail",
        "subscription,subscriptions"
    })
    void of_typingMistakes(String given, String meant) {
        assertThat(Nearest.of(given, CHOICES)).contains(meant);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "database", "yes"})
    void of_nothingNear(String given) {
        assertThat(Nearest.of(given, CHOICES)).isEmpty();
    }
}
