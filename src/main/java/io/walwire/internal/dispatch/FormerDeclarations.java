package io.walwire.internal.dispatch;

import java.util.Map;

/**
 * The names of declarations as versions before 0.1 wrote them into dead letters. Those are kept for as long as nobody replays
 * them, so they have to find today's declaration.
 */
final class FormerDeclarations {
    private static final Map<String, String> VERBS = Map.ofEntries(
            Map.entry("on-insert", "onInsert"),
            Map.entry("on-update", "onUpdate"),
            Map.entry("on-delete", "onDelete"),
            Map.entry("on-truncate", "onTruncate"),
            Map.entry("on-schema", "onSchema"),
            Map.entry("on-any", "onChange"),
            Map.entry("insert", "onInserts"),
            Map.entry("update", "onUpdates"),
            Map.entry("delete", "onDeletes"),
            Map.entry("any", "onChanges"),
            Map.entry("truncate", "onTruncate"),
            Map.entry("schema", "onSchema"),
            Map.entry("batch-any", "batch"),
            Map.entry("each-any", "parallel"),
            Map.entry("each-insert", "parallel"),
            Map.entry("each-update", "parallel"),
            Map.entry("each-delete", "parallel"),
            Map.entry("each-truncate", "onTruncate"),
            Map.entry("each-schema", "onSchema"));

    private FormerDeclarations() {}

    /**
     * Today's name of a declaration.
     *
     * @param declaration as a dead letter has it: {@code table 2 on-insert public.item}
     * @return {@code table 2 onInsert public.item}; the same text where it is today's name or none that is known
     */
    static String today(String declaration) {
        String[] parts = declaration.split(" ", 4); // a table's name may have blanks
        if (parts.length < 4 || !parts[0].equals("table")) {
            return declaration;
        }
        return String.join(" ", parts[0], parts[1], VERBS.getOrDefault(parts[2], parts[2]), parts[3]);
    }
}
