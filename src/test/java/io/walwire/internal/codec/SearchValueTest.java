package io.walwire.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.testing.HostileContents;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One text for all forms of a value, in time that grows with the text alone. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class SearchValueTest {
    private static final SearchValue JSON = new SearchValue(PgType.scalar(0, "json", TypeKind.JSON));
    private static final SearchValue JSONB = new SearchValue(PgType.scalar(0, "jsonb", TypeKind.JSON));
    private static final SearchValue NUMERIC = new SearchValue(PgType.scalar(0, "numeric", TypeKind.NUMERIC));

    @Test
    void array_elementsAreChecked() {
        SearchValue ints = new SearchValue(PgType.array(0, PgType.scalar(0, "int4", TypeKind.INT4)));
        ints.check(Arrays.asList(1L, null, List.of(2)));
        assertThatThrownBy(() -> ints.check(List.of(1, "x")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("int4 cannot hold");
    }

    @Test
    void numeric_ofAHugeExponent_isNotWrittenOut() {
        assertThat(NUMERIC.ofUser(new BigDecimal("1e999999999"))).isEqualTo("1e999999999");
    }

    @Test
    void json_withoutWhiteSpace_toAnyDepth() {
        String deep = HostileContents.nestedObjects(200_000);
        assertThat(JsonForm.ofPrinted(deep)).isEqualTo(deep);
        assertThat(JSON.ofUser(deep)).isEqualTo(deep);
        assertThat(JSONB.ofUser(deep)).isEqualTo(deep);
        assertThat(JSON.ofUser(" {\"a b\" :\n [1 , \" \\\" x \"] } ")).isEqualTo("{\"a b\":[1,\" \\\" x \"]}");
    }

    @Test
    void jsonb_inTheOrderAndSpellingOfPostgres() {
        assertThat(JSONB.ofUser("{\"bb\": 1e2, \"a\": \"\\u0041\\u001F\\/\", \"a\": [true, null, 1.50, -0.0, {}, []]}"))
                .isEqualTo("{\"a\":[true,null,1.50,0.0,{},[]],\"bb\":100}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{} {}", "01", "nix"})
    void json_thatIsNone_isRefused(String text) {
        assertThatThrownBy(() -> JSON.ofUser(text)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> JSONB.ofUser(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e99999999999", "[1e-2147483647]", "1e200000"})
    void jsonb_thatPostgresCannotHold_isRefused(String text) {
        assertThatThrownBy(() -> JSONB.ofUser(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
