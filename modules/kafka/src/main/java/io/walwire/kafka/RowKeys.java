package io.walwire.kafka;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.walwire.event.Column;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keys of rows as canonical JSON: columns sorted by name, no white space, numbers without trailing zeros. Equal keys have equal
 * bytes, so that Kafka's compaction and partitioning hold them for one.
 */
final class RowKeys {
    /** Types whose JSON is canonical as it is. */
    private static final Set<String> EXACT = Set.of(
            "int2", "int4", "int8", "oid", "uuid", "text", "varchar", "bool", "date", "timestamptz", "timestamp");

    private RowKeys() {}

    /** The key of a row; null if it has none. */
    static @Nullable String of(RowEvent<?> event) {
        Row key = event.key();
        if (key == null) {
            return null;
        }
        List<Column> columns = key.columns();
        return isCanonical(columns) ? key.toJson() : ExactJson.canonical(ExactJson.read(key.toJson()));
    }

    private static boolean isCanonical(List<Column> columns) {
        String before = "";
        for (Column column : columns) {
            if (!EXACT.contains(column.type()) || before.compareTo(column.name()) > 0) {
                return false;
            }
            before = column.name();
        }
        return true;
    }

    /** The key that an update's row had before; null if the update is not known to have changed it. */
    static @Nullable String before(RowEvent<?> update) {
        Row key = update.key();
        Row old = update.beforeRow();
        if (key == null || old == null) {
            return null;
        }
        List<String> names = key.columns().stream().map(Column::name).toList();
        if (names.stream().noneMatch(update::changed) || !names.stream().allMatch(old::isKnown)) {
            return null;
        }
        Map<String, String> values = JsonFields.of(old.toJson());
        ObjectNode oldKey = ExactJson.object();
        names.forEach(name -> oldKey.set(name, ExactJson.read(Objects.requireNonNull(values.get(name), name))));
        String before = ExactJson.canonical(oldKey);
        return before.equals(of(update)) ? null : before;
    }
}
