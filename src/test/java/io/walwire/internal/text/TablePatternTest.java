package io.walwire.internal.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TablePatternTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "user | public | user",
                "User | public | User",
                "billing.invoice | billing | invoice",
                "billing . invoice | billing | invoice",
                "billing.\"Weird, name\" | billing | Weird, name",
                "\"a.b\" | public | a.b",
                "\"a.b\".\"c\"\"d\" | a.b | c\"d",
                "\"*\" | public | *",
                "naïve-name$1 | public | naïve-name$1"
            })
    void parse_oneTable(String text, String schema, String table) {
        assertThat(TablePattern.parse(text)).isEqualTo(TablePattern.of(new TableName(schema, table)));
        assertThat(TableName.parse(text)).isEqualTo(new TableName(schema, table));
    }

    @Test
    void parse_wildcards() {
        assertThat(TablePattern.parse(" * ")).isEqualTo(TablePattern.ALL);
        assertThat(TablePattern.parse("billing.*")).isEqualTo(new TablePattern("billing", null));
        assertThat(TablePattern.parse("\"my schema\".*")).isEqualTo(new TablePattern("my schema", null));
    }

    @Test
    void parseList_commasInsideQuotesAreNames() {
        assertThat(TablePattern.parseList("user, billing.\"Weird, name\" ,*"))
                .containsExactly(
                        TablePattern.of(new TableName("public", "user")),
                        TablePattern.of(new TableName("billing", "Weird, name")),
                        TablePattern.ALL);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`` | empty at position 1",
                "a, ,b | empty at position 3",
                "a, | empty at position 3",
                "a. | a name is empty at position 3",
                ".a | a name is empty at position 1",
                "\"\" | a name is empty at position 1",
                "a, \"b | the quote at position 4 is never closed",
                "a.b.c | 3 parts",
                "x, a.b.c | at position 4",
                "\"a\"b | unexpected b at position 4, after a quoted name",
                "a\"b\" | unexpected \" at position 2",
                "my table | unexpected t at position 4",
                "user_* | * at position 6 is part of a name",
                "*.user | * cannot stand for a schema",
                "a, b, public.a | public.a is repeated at position 7",
                "*, * | * is repeated at position 4"
            })
    void parseList_faultsNameTheirPosition(String text, String fault) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TablePattern.parseList(text))
                .withMessageContaining(fault);
    }

    @Test
    void parseList_reportsEveryFault() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TablePattern.parseList("a b, c.d.e, , \"f\"g, \"h"))
                .withMessageContainingAll(
                        "position 3", "3 parts", "empty at position 12", "after a quoted name", "never closed");
    }

    @Test
    void parse_refusesLists() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TablePattern.parse("a, b"))
                .withMessage("one name is expected, not a list of 2");
        assertThatIllegalArgumentException().isThrownBy(() -> TableName.parse("*"));
        assertThatIllegalArgumentException().isThrownBy(() -> TableName.parse("billing.*"));
    }

    @Test
    void matches_isLiteral() {
        TablePattern user = TablePattern.parse("user");
        assertThat(user.matches("public", "user")).isTrue();
        assertThat(user.matches("public", "User")).isFalse();
        assertThat(user.matches("other", "user")).isFalse();
        assertThat(TablePattern.parse("billing.*").matches("billing", "any")).isTrue();
        assertThat(TablePattern.parse("billing.*").matches("public", "any")).isFalse();
        assertThat(TablePattern.ALL.matches("billing", "any")).isTrue();
        assertThat(TablePattern.ALL.matches("public", "walwire_dead_letter")).isFalse();
        assertThat(TablePattern.parse("billing.*").matches("billing", "walwire_checkpoint"))
                .isFalse();
        assertThat(TablePattern.parse("walwire_checkpoint").matches("public", "walwire_checkpoint"))
                .isTrue();
        assertThat(TablePattern.parse("\"*\"").matches("public", "any")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*",
                "billing.*",
                "public.user",
                "public.\"Weird, name\"",
                "\"a.b\".\"c\"\"d\"",
                "public.\"*\"",
                "\"a b\".*",
                "public.Mixed-Case"
            })
    void toString_roundTripsWithQuotesOnlyWhereNeeded(String text) {
        assertThat(TablePattern.parse(text)).hasToString(text);
        TablePattern.parse(text).tableName().ifPresent(name -> assertThat(name).hasToString(text));
    }

    @Test
    void constructor_tableWithoutSchema() {
        assertThatIllegalArgumentException().isThrownBy(() -> new TablePattern(null, "user"));
    }
}
