package io.walwire.internal.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** {@code walwire.record}. */
class RecordKeyTest {
    @Test
    void record_namesAFile_orNone() {
        assertThat(Given.minimum().with("record", "stream.walwire").read().record())
                .isEqualTo(Path.of("stream.walwire"));
        assertThat(Given.minimum().read().record()).isNull();
        assertThatThrownBy(() -> Given.minimum().with("record", "a\0b").read()).hasMessageContaining("walwire.record");
    }
}
