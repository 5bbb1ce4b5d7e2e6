package io.walwire.spring;

import org.jspecify.annotations.Nullable;
import org.springframework.data.annotation.Id;
import org.springframework.data.relational.core.mapping.Table;

/**
 * A row of Spring Data JDBC.
 *
 * @param id null until it is written
 * @param item what it is a copy of
 */
@Table("copied")
record Copied(@Id @Nullable Integer id, int item) {
    static Copied of(int item) {
        return new Copied(null, item);
    }
}
