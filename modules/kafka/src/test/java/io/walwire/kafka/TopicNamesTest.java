package io.walwire.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.sink.SinkContext;
import io.walwire.sink.SinkTable;
import io.walwire.testing.HostileContents;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which topic a table's name leads to. */
class TopicNamesTest {
    private static final String POSITIONS = "walwire-positions";

    private static final SinkContext CONTEXT = new SinkContext() {
        @Override
        public String instance() {
            return "shop";
        }

        @Override
        public String database() {
            return "{schema}";
        }

        @Override
        public String slot() {
            return "slot";
        }

        @Override
        public String systemId() {
            return "1";
        }

        @Override
        public int timeline() {
            return 1;
        }
    };

    private static String topic(String template, String schema, String table) {
        return String.valueOf(Topics.of(template).topic(new SinkTable(schema, table), CONTEXT));
    }

    private static String writable(String wanted) {
        return TopicNames.writable(wanted, Set.of(POSITIONS));
    }

    @ParameterizedTest
    @ValueSource(strings = {"shop.public.item", "a", "_", "-", "...", "A_b-C.9", "__item", "walwire-positions2"})
    void nameThatKafkaAllows_stays(String name) {
        assertThat(writable(name)).isEqualTo(name);
        assertThat(writable("x".repeat(249))).isEqualTo("x".repeat(249));
    }

    /** As {@code printf 'shop.public.two words' | sha256sum} prints it. */
    @Test
    void otherName_endsWithItsHash() {
        assertThat(writable("shop.public.two words"))
                .isEqualTo("shop.public.two_words-ee9757fe4e8e0516017e3f3c89067b8383943484b2e3a68aa960de245c50b01f");
        assertThat(writable("shop.public.größe😀"))
                .startsWith("shop.public.gr__e_-")
                .hasSize("shop.public.gr__e_-".length() + 64);
    }

    @Test
    void longName_isCut() {
        String longName = "x".repeat(250);
        assertThat(writable(longName)).startsWith("x".repeat(184) + "-").hasSize(249);
        assertThat(writable(longName)).isNotEqualTo(writable(longName + "x"));
    }

    /** Who may create a table must not write what is read as a position, nor end the instance by a name of the brokers' own. */
    @ParameterizedTest
    @ValueSource(strings = {POSITIONS, "__consumer_offsets", "__transaction_state", ".", ".."})
    void nameOfAnotherTopic_isNotATables(String name) {
        assertThat(writable(name)).startsWith(name + "-").hasSize(name.length() + 65);
    }

    @Test
    void hostileNames_haveTopicsOfTheirOwn() {
        Set<String> topics = new HashSet<>();
        List<String> names = HostileContents.names();
        for (String table : names) {
            topics.add(writable(topic("{name}.{schema}.{table}", "public", table)));
            topics.add(writable(topic("{name}.{schema}.{table}", table, "item")));
        }
        assertThat(topics).hasSize(2 * names.size()).allMatch(TopicNames::isValid);
    }

    @Test
    void nameThatLooksLikeAField_isAName() {
        assertThat(topic("{schema}.{table}", "{table}", "item")).isEqualTo("{table}.item");
        assertThat(topic("{name}.{database}.{table}", "public", "$1")).isEqualTo("shop.{schema}.$1");
    }
}
