package io.walwire.internal.connection.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.internal.codec.PgType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Composite types that contain others several times: a few rows of the catalog, and a tree of any size. */
class CatalogTypesTest {
    private static final long INT4 = 23;
    private static final int FIRST = 20_000;

    private static CatalogType composite(int level, int fields) {
        long part = level == 0 ? INT4 : FIRST + level - 1;
        return new CatalogType(
                FIRST + level, "t" + level, "c", 0, true, false, 0, ',', null, Collections.nCopies(fields, part));
    }

    @ParameterizedTest
    @CsvSource({"60, 2", "4, 1600"})
    @Timeout(300)
    void nestedTypes_areBounded_andNotReadInBinary(int levels, int fields) {
        List<CatalogType> types = new ArrayList<>();
        types.add(new CatalogType(INT4, "int4", "b", 0, true, false, 0, ',', null, List.of()));
        for (int level = 0; level < levels; level++) {
            types.add(composite(level, fields));
        }

        PgType top = Objects.requireNonNull(new CatalogTypes(types).resolved(FIRST + levels - 1L));

        assertThat(top.isExactInBinary()).isFalse();
        assertThat(top.parts()).hasSize(fields);
    }

    @ParameterizedTest
    @CsvSource({"5, 3", "1, 1600"})
    void typesOfAnApplication_areWhole(int levels, int fields) {
        List<CatalogType> types = new ArrayList<>();
        types.add(new CatalogType(INT4, "int4", "b", 0, true, false, 0, ',', null, List.of()));
        for (int level = 0; level < levels; level++) {
            types.add(composite(level, fields));
        }

        assertThat(Objects.requireNonNull(new CatalogTypes(types).resolved(FIRST + levels - 1L))
                        .isExactInBinary())
                .isTrue();
    }
}
