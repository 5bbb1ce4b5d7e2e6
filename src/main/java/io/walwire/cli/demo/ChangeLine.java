package io.walwire.cli.demo;

import io.walwire.event.Change;
import io.walwire.event.Changes;
import io.walwire.event.Column;
import io.walwire.event.Event;
import io.walwire.event.Row;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One event as a person reads it: which row, and what is different. */
final class ChangeLine {
    private final Palette palette;

    ChangeLine(Palette palette) {
        this.palette = palette;
    }

    String of(Event event) {
        return "  %s %-8s %3s  %s".formatted(palette.sign(event.kind()), event.name(), key(event), what(event));
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
            case TRUNCATE, MESSAGE, SCHEMA, GAP -> "";
        };
    }

    private String changes(Event event) {
        Changes changes = event.changes();
        if (changes == null) {
            return palette.dim("now ") + values(event.newRecord(), event.key());
        }
        return changes.list().stream()
                .map(Change::column)
                .map(column -> column + " " + palette.dim(before(event.oldRecord(), column))
                        + value(event.newRecord(), column))
                .collect(Collectors.joining(", "));
    }

    private static String before(@Nullable Row old, String column) {
        return old == null || old.text(column) == null ? "" : old.text(column) + " → ";
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
                .map(name -> name + " " + row.text(name))
                .collect(Collectors.joining(", "));
    }

    private static String value(@Nullable Row row, String column) {
        return row != null && row.isKnown(column) ? String.valueOf(row.text(column)) : "?";
    }
}
