package io.walwire.kafka;

import io.walwire.event.Event;
import io.walwire.event.Source;
import io.walwire.sink.SinkContext;
import io.walwire.sink.SinkTable;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which topic an event goes to. */
@FunctionalInterface
interface Topics {
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
            return filled(
                    text,
                    Map.of(
                            "name",
                            context.instance(),
                            "database",
                            context.database(),
                            "schema",
                            schema,
                            "table",
                            table));
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
        return filled(template, Map.of("name", context.instance(), "database", context.database()));
    }

    /** All at once: a name may look like a field. */
    private static String filled(String template, Map<String, String> fields) {
        return FIELD.matcher(template)
                .replaceAll(field -> Matcher.quoteReplacement(Objects.requireNonNull(fields.get(field.group(1)))));
    }

    private static void requireFields(String template, List<String> known) {
        Matcher fields = FIELD.matcher(template);
        while (fields.find()) {
            if (!known.contains(fields.group(1))) {
                throw new IllegalArgumentException("the template " + template + " has the unknown field "
                        + fields.group() + "; there are {" + String.join("}, {", known) + "}");
            }
        }
        TopicNames.require(fields.replaceAll("x"));
    }
}
