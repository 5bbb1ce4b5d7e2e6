package io.walwire.mapping;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The column that a record's component is read from, where that is not the component's name in snake_case.
 *
 * <p>A column that is renamed has two names for a while: changes that were committed before have the old one, also where they are
 * read afterwards. {@code @ColumnName({"email", "mail"})} reads either.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface ColumnName {
    /**
     * The column's raw name, unquoted; or several, of which the first is read that the table has at the time of the row.
     *
     * @return the names, at least one
     */
    String[] value();
}
