package io.walwire.internal.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class IdentifiersTest {
    @Test
    void parseList_keepsOrderAndCase() {
        assertThat(Identifiers.parseList("events, Billing,\"my pub\", \"a.b\"\"c\""))
                .containsExactly("events", "Billing", "my pub", "a.b\"c");
    }

    @Test
    void parseList_faults() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Identifiers.parseList("a.b, *, x, x, \"x\""))
                .withMessageContainingAll(
                        "a dot is written in double quotes: it stands at position 1",
                        "* is not a name at position 6",
                        "x is repeated at position 12",
                        "x is repeated at position 15");
    }

    @Test
    void display_roundTrips() {
        for (String name : new String[] {"events", "my pub", "a.b\"c", "*", "a,b"}) {
            assertThat(Identifiers.parseList(Identifiers.display(name))).containsExactly(name);
        }
        assertThat(Identifiers.display("events")).isEqualTo("events");
    }
}
