package io.walwire.internal.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestTest {
    private static final List<String> KEYS = List.of("walwire.publication", "walwire.password", "walwire.url", "id");

    @ParameterizedTest
    @CsvSource({
        "walwire.publicaton,walwire.publication",
        "walwire.pubilcation,walwire.publication",
        "WALWIRE.PASSWORD,walwire.password",
        "walwire.ulr,walwire.url",
        "walwire.password,walwire.password",
        "di,id",
        "i,id",
    })
    void of_slip(String given, String meant) {
        assertThat(Nearest.of(given, KEYS)).contains(meant);
    }

    @Test
    void of_nothingNear() {
        assertThat(Nearest.of("shopping", KEYS)).isEmpty();
        assertThat(Nearest.of("xy", KEYS)).isEmpty();
        assertThat(Nearest.of("walwire.url", List.of())).isEmpty();
    }

    @Test
    void of_firstOfEquals() {
        assertThat(Nearest.of("nam", List.of("name", "nama"))).contains("name");
        assertThat(Nearest.of("nama", List.of("name", "nama"))).contains("nama");
    }
}
