package io.walwire.internal.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.walwire.error.ConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code walwire.async.limit}. */
class AsyncLimitTest {
    private static int read(String limit) {
        return Given.minimum().with("async.limit", limit).read().asyncLimit();
    }

    @Test
    void limit_defaultAndRange() {
        assertThat(Given.minimum().read().asyncLimit()).isEqualTo(256);
        assertThat(read("1")).isEqualTo(1);
        assertThat(read("65536")).isEqualTo(65_536);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "65537", "many"})
    void limit_wrong_isRefused(String limit) {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> read(limit))
                .withMessageContaining("walwire.async.limit")
                .withMessageContaining("it must be a whole number from 1 to 65536");
    }
}
