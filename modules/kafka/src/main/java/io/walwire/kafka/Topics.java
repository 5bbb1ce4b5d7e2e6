package io.walwire.kafka;

import io.walwire.event.Event;
import io.walwire.event.Source;
import io.walwire.sink.SinkContext;
import io.walwire.sink.SinkTable;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which topic an event goes to. */
@FunctionalInterface
interface Topics {
    /** What Kafka allows, as its own message about a topic has it. */
    Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,249}");

    Pattern FIELD = Pattern.compile("\\{([^{}]*)}");

    /** The topic of an event of a table; not checked. */
    String topic(Event event, SinkContext context);

    /** The topic of a table; not checked. Null if only a table's events show it. */
    default @Nullable String topic(SinkTable table, SinkContext context) {
        return null;
    }

    /** The topic of all events of a source; not checked. Null if each event shows its own. */
    default @Nullable String topic(Source source, SinkContext context) {
        return null;
    }

    /**
     * Of a template.
     *
     * @param text with known fields
     */
    record Template(String text) implements Topics {
        @Override
        public String topic(Event event, SinkContext context) {
            return topic(event.source(), context);
        }

        @Override
        public String topic(Source source, SinkContext context) {
            return topic(source.schema(), source.table(), context);
        }

        @Override
        public String topic(SinkTable table, SinkContext context) {
            return topic(table.schema(), table.name(), context);
        }

        private String topic(String schema, String table, SinkContext context) {
            return ofInstance(text, context).replace("{schema}", schema).replace("{table}", table);
        }
    }

    static Topics of(Function<Event, String> function) {
        Objects.requireNonNull(function, "function");
        return (event, context) -> Objects.requireNonNull(function.apply(event), "the topic function returned null");
    }

    /** Topics by a template. */
    static Topics of(String template) {
        requireFields(template, List.of("name", "database", "schema", "table"));
        return new Template(template);
    }

    /** Checks a template without a table. */
    static void ofInstance(String template) {
        requireFields(template, List.of("name", "database"));
    }

    /** A topic without a table. */
    static String ofInstance(String template, SinkContext context) {
        return template.replace("{name}", context.instance()).replace("{database}", context.database());
    }

    private static void requireFields(String template, List<String> known) {
        Matcher fields = FIELD.matcher(template);
        while (fields.find()) {
            if (!known.contains(fields.group(1))) {
                throw new IllegalArgumentException("the template " + template + " has the unknown field "
                        + fields.group() + "; there are {" + String.join("}, {", known) + "}");
            }
        }
        require(fields.replaceAll("x"));
    }

    static boolean isName(String topic) {
        return NAME.matcher(topic).matches() && !topic.equals(".") && !topic.equals("..");
    }

    /** The topic, if Kafka allows its name. */
    static String require(String topic) {
        if (!isName(topic)) {
            throw new IllegalArgumentException(
                    topic
                            + " is not a valid name of a Kafka topic; a name has 1 to 249 letters (a-z, A-Z), digits, dots, underscores or hyphens");
        }
        return topic;
    }
}
