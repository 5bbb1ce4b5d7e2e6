package io.walwire.cli.pretty;

import io.walwire.event.BackfilledEvent;
import io.walwire.event.Change;
import io.walwire.event.ChangeEvent;
import io.walwire.event.Changes;
import io.walwire.event.Column;
import io.walwire.event.Event;
import io.walwire.event.Gap;
import io.walwire.event.GapEvent;
import io.walwire.event.LogicalMessage;
import io.walwire.event.MessageEvent;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.event.SchemaEvent;
import io.walwire.event.TableSchema;
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
        String name = VisibleText.of(event.source().table());
        return "  %s %-8s %3s  %s".formatted(palette.sign(event.kind()), name, key(event), what(event));
    }

    private static String key(Event event) {
        Row key = event instanceof ChangeEvent<?> change ? change.key() : null;
        return key == null
                ? ""
                : key.columns().stream()
                        .map(column -> value(key, column.name()))
                        .collect(Collectors.joining(","));
    }

    private String what(Event event) {
        if (event instanceof RowEvent<?> row) {
            return row(row);
        } else if (event instanceof MessageEvent message) {
            return message(message.message());
        } else if (event instanceof SchemaEvent schema) {
            return schema(schema.after());
        } else if (event instanceof GapEvent gap) {
            return gap(gap.gap());
        } else if (event instanceof BackfilledEvent) {
            return palette.dim("all existing rows are read");
        }
        return palette.dim("truncated");
    }

    private String row(RowEvent<?> event) {
        return switch (event.kind()) {
            case UPDATE -> changes(event);
            case DELETE -> palette.dim(values(event.beforeRow(), event.key()));
            default -> values(event.afterRow(), event.key());
        };
    }

    private static String message(LogicalMessage message) {
        String text = message.text();
        return VisibleText.of(message.prefix()) + ": "
                + (text == null ? message.content().length + " bytes" : VisibleText.of(text));
    }

    private static String schema(TableSchema now) {
        return "is now " + VisibleText.of(now.name()) + " ("
                + now.columns().stream()
                        .map(column -> VisibleText.of(column.name()) + " " + VisibleText.of(column.type()))
                        .collect(Collectors.joining(", "))
                + ")";
    }

    private static String gap(Gap gap) {
        return "changes may be missing from " + (gap.from() == null ? "?" : gap.from()) + " to "
                + (gap.to() == null ? "?" : gap.to()) + ": " + VisibleText.of(gap.reason());
    }

    private String changes(RowEvent<?> event) {
        Changes changes = event.changes();
        if (changes == null) {
            return palette.dim("now ") + values(event.afterRow(), event.key());
        }
        return changes.list().stream()
                .map(Change::column)
                .map(column -> VisibleText.of(column) + " " + palette.dim(before(event.beforeRow(), column))
                        + value(event.afterRow(), column))
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
