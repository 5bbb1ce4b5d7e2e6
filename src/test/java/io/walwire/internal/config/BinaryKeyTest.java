package io.walwire.internal.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.internal.config.WalwireConfig.Binary;
import org.junit.jupiter.api.Test;

class BinaryKeyTest {
    @Test
    void values() {
        assertThat(Given.minimum().read().binary()).isEqualTo(Binary.AUTO);
        assertThat(Given.minimum().with("binary", "auto").read().binary()).isEqualTo(Binary.AUTO);
        assertThat(Given.minimum().with("binary", "true").read().binary()).isEqualTo(Binary.ON);
        assertThat(Given.minimum().with("binary", "false").read().binary()).isEqualTo(Binary.OFF);
        assertThat(Given.minimum().with("binary", "on").problems())
                .singleElement()
                .asString()
                .startsWith("walwire.binary is \"on\": ")
                .contains("auto", "true", "false");
    }
}
