package io.walwire.cli.pretty;

import io.walwire.event.Change;
import io.walwire.event.Changes;
import io.walwire.event.Column;
import io.walwire.event.Event;
import io.walwire.event.Gap;
import io.walwire.event.LogicalMessage;
import io.walwire.event.Row;
import io.walwire.event.SchemaChange;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One event as a person reads it: which row, and what is different. */
public final class ChangeLine {
    private final Palette palette;

    /**
     * Makes lines.
     *
     * @param palette the colours
     */
    public ChangeLine(Palette palette) {
        this.palette = palette;
    }

    /**
     * An event as one line. No value can break the line or reach the terminal as a control sequence.
     *
     * @param event any event
     * @return the line, without its end
     */
    public String of(Event event) {
        String name = event.name() == null ? "" : VisibleText.of(event.name());
        return "  %s %-8s %3s  %s".formatted(palette.sign(event.kind()), name, key(event), what(event));
    }

    private static String key(Event event) {
        Row key = event.key();
        return key == null
                ? ""
                : key.columns().stream()
                        .map(column -> value(key, column.name()))
                        .collect(Collectors.joining(","));
    }

    private String what(Event event) {
        return switch (event.kind()) {
            case INSERT -> values(event.newRecord(), event.key());
            case UPDATE -> changes(event);
            case DELETE -> palette.dim(values(event.oldRecord(), event.key()));
            case TRUNCATE -> palette.dim("truncated");
            case MESSAGE -> message(event.message());
            case SCHEMA -> schema(event.schemaChange());
            case GAP -> gap(event.gap());
        };
    }

    private static String message(@Nullable LogicalMessage message) {
        if (message == null) {
            return "";
        }
        String text = message.text();
        return VisibleText.of(message.prefix()) + ": "
                + (text == null ? message.content().length + " bytes" : VisibleText.of(text));
    }

    private static String schema(@Nullable SchemaChange change) {
        return change == null
                ? ""
                : "is now " + VisibleText.of(change.after().name()) + " ("
                        + change.after().columns().stream()
                                .map(column -> VisibleText.of(column.name()) + " " + VisibleText.of(column.type()))
                                .collect(Collectors.joining(", "))
                        + ")";
    }

    private static String gap(@Nullable Gap gap) {
        return gap == null
                ? ""
                : "changes may be missing from " + (gap.from() == null ? "?" : gap.from()) + " to "
                        + (gap.to() == null ? "?" : gap.to()) + ": " + VisibleText.of(gap.reason());
    }

    private String changes(Event event) {
        Changes changes = event.changes();
        if (changes == null) {
            return palette.dim("now ") + values(event.newRecord(), event.key());
        }
        return changes.list().stream()
                .map(Change::column)
                .map(column -> VisibleText.of(column) + " " + palette.dim(before(event.oldRecord(), column))
                        + value(event.newRecord(), column))
                .collect(Collectors.joining(", "));
    }

    private static String before(@Nullable Row old, String column) {
        String text = old == null ? null : old.text(column);
        return text == null ? "" : VisibleText.of(text) + " → ";
    }

    /** What is known of the row beside its key; NULLs are left out. */
    private static String values(@Nullable Row row, @Nullable Row key) {
        if (row == null) {
            return "";
        }
        List<String> names = key == null
                ? List.of()
                : key.columns().stream().map(Column::name).toList();
        return row.columns().stream()
                .map(Column::name)
                .filter(name -> !names.contains(name) && row.isKnown(name) && row.text(name) != null)
                .map(name -> VisibleText.of(name) + " " + value(row, name))
                .collect(Collectors.joining(", "));
    }

    private static String value(@Nullable Row row, String column) {
        return row != null && row.isKnown(column) ? VisibleText.of(String.valueOf(row.text(column))) : "?";
    }
}
