package io.walwire.internal.mapping;

import io.walwire.mapping.ColumnName;
import java.lang.reflect.RecordComponent;
import java.util.Locale;

/** Which column a record's component is read from. */
final class ColumnNames {
    private ColumnNames() {}

    static String of(RecordComponent component) {
        ColumnName given = component.getAnnotation(ColumnName.class);
        return given == null ? snakeCase(component.getName()) : given.value();
    }

    /** {@code insertedAt} is inserted_at, {@code URLPath} url_path, {@code address2} address2. */
    static String snakeCase(String name) {
        StringBuilder snake = new StringBuilder(name.length() + 4);
        for (int i = 0; i < name.length(); i++) {
            if (beginsWord(name, i)) {
                snake.append('_');
            }
            snake.append(name.charAt(i));
        }
        return snake.toString().toLowerCase(Locale.ROOT);
    }

    private static boolean beginsWord(String name, int at) {
        if (at == 0 || !Character.isUpperCase(name.charAt(at)) || name.charAt(at - 1) == '_') {
            return false;
        }
        boolean afterAbbreviation = at + 1 < name.length() && Character.isLowerCase(name.charAt(at + 1));
        return !Character.isUpperCase(name.charAt(at - 1)) || afterAbbreviation;
    }
}
