package io.walwire.internal.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.internal.codec.JsonForm;
import io.walwire.internal.codec.NumberForm;
import io.walwire.internal.codec.TypeKind;
import io.walwire.testing.HostileContents;
import java.math.BigDecimal;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One text for all forms of a value, in time that grows with the text alone. */
@Timeout(value = 30, unit = TimeUnit.SECONDS)
class SearchValueTest {
    private static final SearchValue JSON = new SearchValue(TypeKind.JSON, "json");
    private static final SearchValue JSONB = new SearchValue(TypeKind.JSON, "jsonb");
    private static final SearchValue NUMERIC = new SearchValue(TypeKind.NUMERIC, "numeric");

    @ParameterizedTest
    @CsvSource({
        "0,0",
        "-0.00,0",
        "0e5,0",
        "007,7",
        "7,7",
        "1.50,15e-1",
        "-1.5,-15e-1",
        "100,100",
        "1e2,100",
        "+1E+2,100",
        "1e-2,1e-2",
        "0.01,1e-2",
        "NaN,NaN",
        "-Infinity,-Infinity",
        "1e2147483647,1e2147483647",
        "1e99999999999,1e99999999999",
        "e,e"
    })
    void number_itsDigitsAndWhereThePointIs(String text, String form) {
        assertThat(NumberForm.of(text).replace("0e0", "0")).isEqualTo(form);
    }

    @Test
    void number_ofManyDigits_takesNoTime() {
        for (int i = 0; i < 200; i++) {
            assertThat(NumberForm.of("1" + "0".repeat(131_071) + "." + "0".repeat(16_383)))
                    .isEqualTo("1e131071");
            assertThat(NumberForm.of(HostileContents.digits(131_072))).hasSize(131_072);
        }
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
