package io.walwire.internal.mapping;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.mapping.ColumnName;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Locale;

/** Which columns a record's component is read from. */
final class ColumnNames {
    private ColumnNames() {}

    /**
     * The first of them that a table has is the component's column.
     *
     * @throws WalwireException if the component's annotation has none
     */
    static List<String> of(RecordComponent component) {
        ColumnName given = component.getAnnotation(ColumnName.class);
        if (given == null) {
            return List.of(snakeCase(component.getName()));
        }
        if (given.value().length == 0) {
            throw new WalwireException(
                    ErrorCode.MAPPING,
                    "Component " + component.getName() + " of record "
                            + component.getDeclaringRecord().getName() + " has an @ColumnName without a name.",
                    "Give it the name of the column, or remove it: then the column is " + snakeCase(component.getName())
                            + ".");
        }
        return List.of(given.value());
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
