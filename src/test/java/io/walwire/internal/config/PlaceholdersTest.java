package io.walwire.internal.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlaceholdersTest {
    private final Problems problems = new Problems();
    private final Placeholders placeholders =
            new Placeholders(Map.of("A", "one", "B_2", "${A}", "EMPTY", "")::get, problems);

    @ParameterizedTest
    @CsvSource({
        "plain,plain",
        "${A},one",
        "x${A}y${A}z,xoneyonez",
        "${B_2},${A}",
        "$${A},${A}",
        "$$${A},$${A}",
        "$A $ } {,$A $ } {",
        "[${EMPTY}],[]",
        "a$${,a${"
    })
    void expand_variablesOnce(String value, String expanded) {
        assertThat(placeholders.expand("walwire.x", value)).isEqualTo(expanded);
        assertThat(problems.lines()).isEmpty();
    }

    @Test
    void expand_missingVariables() {
        assertThat(placeholders.expand("walwire.x", "${NO} ${A} ${NEITHER}")).isNull();
        assertThat(problems.lines())
                .containsExactly(
                        "walwire.x: the environment variable NO is not set; set it, or write $${ for a literal ${",
                        "walwire.x: the environment variable NEITHER is not set; set it, or write $${ for a literal ${");
    }

    @Test
    void expand_unclosed() {
        assertThat(placeholders.expand("walwire.x", "ab${A")).isNull();
        assertThat(problems.lines())
                .singleElement()
                .asString()
                .startsWith("walwire.x: the ${ at position 3 is never closed");
    }

    @Test
    void expand_notAName() {
        assertThat(placeholders.expand("walwire.x", "${}${a b}")).isNull();
        assertThat(problems.lines()).hasSize(2).allMatch(line -> line.contains("cannot be the name"));
    }

    @Test
    void config_blankVariable() {
        assertThat(Given.minimum()
                        .with("password", "${EMPTY}")
                        .environment("EMPTY", "")
                        .problems())
                .containsExactly("walwire.password is blank; give it a value or leave it out");
    }

    @Test
    void config_readsTheEnvironmentAnywhere() {
        assertThat(Given.minimum()
                        .with("slot.name", "shop_${STAGE}")
                        .environment("STAGE", "test")
                        .read()
                        .slot()
                        .name())
                .isEqualTo("shop_test");
    }
}
