package io.walwire.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.HostileContents;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which values of a type are one value, and where that is not known. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ValueEqualityTest {
    private static final int OF_A_USER = 16_400;

    private static PgType type(TypeKind kind) {
        return PgType.scalar(0, "type", kind);
    }

    @ParameterizedTest
    @CsvSource({
        "NUMERIC, 0, 1.0, 1.00, true",
        "NUMERIC, 0, 100, 1e2, true",
        "NUMERIC, 0, 1, 10, false",
        "FLOAT8, 0, -0, 0, true",
        "FLOAT4, 0, NaN, NaN, true",
        "TEXT, 1042, 'a', 'a  ', true",
        "TEXT, 25, 'a', 'a ', false",
        "TEXT, 16400, 'a', 'a ', false",
        "INT4, 0, 1, 2, false",
        "JSON, 0, '[1, 2]', '[1,2]', true",
        "JSON, 0, '\"a b\"', '\"ab\"', false",
    })
    void form_isOneForWhatIsEqual(TypeKind kind, long oid, String one, String other, boolean equal) {
        PgType type = PgType.scalar(oid, "type", kind);
        assertThat(ValueEquality.form(type, one).equals(ValueEquality.form(type, other)))
                .isEqualTo(equal);
    }

    @Test
    void isExact_onlyWhereTextsThatDifferAreDifferentValues() {
        for (TypeKind exact : new TypeKind[] {TypeKind.INT4, TypeKind.NUMERIC, TypeKind.UUID, TypeKind.TIMESTAMPTZ}) {
            assertThat(ValueEquality.isExact(type(exact))).as("%s", exact).isTrue();
        }
        for (TypeKind other : new TypeKind[] {TypeKind.INTERVAL, TypeKind.JSON, TypeKind.HSTORE}) {
            assertThat(ValueEquality.isExact(type(other))).as("%s", other).isFalse();
        }
        assertThat(ValueEquality.isExact(PgType.text(25, "text"))).isTrue();
        assertThat(ValueEquality.isExact(PgType.array(1009, PgType.text(25, "text"))))
                .isFalse();
        // a user's own type may be called as a built-in one, and be citext
        assertThat(ValueEquality.isExact(PgType.text(OF_A_USER, "text"))).isFalse();
        assertThat(ValueEquality.isExact(PgType.text(OF_A_USER, "citext"))).isFalse();
    }

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
    }
}
