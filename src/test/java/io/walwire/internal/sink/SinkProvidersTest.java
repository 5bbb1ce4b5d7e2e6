package io.walwire.internal.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.internal.config.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A sink whose module is missing; those of modules are tested where they are. */
class SinkProvidersTest {
    @Test
    void missingModule_isAProblem_thatNamesTheDependency() {
        List<String> problems = new ArrayList<>();
        assertThat(SinkProviders.sink("absent", Map.of("url", "x"), problems::add))
                .isNull();
        assertThat(problems)
                .containsExactly(
                        "walwire.absent.url is set, and its module is not on the class path. Add the dependency"
                                + " io.walwire:walwire-absent:" + Version.current() + ".");
    }
}
