package io.walwire.internal.mapping;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ColumnNamesTest {
    @ParameterizedTest
    @CsvSource({
        "id,id",
        "insertedAt,inserted_at",
        "URLPath,url_path",
        "pathURL,path_url",
        "aURLPath,a_url_path",
        "address2,address2",
        "line2Text,line2_text",
        "x,x",
        "ID,id",
        "aB,a_b",
        "already_snake,already_snake",
        "mixed_Case,mixed_case",
        "_lead,_lead",
        "größeInCm,größe_in_cm",
    })
    void snakeCase(String component, String column) {
        assertThat(ColumnNames.snakeCase(component)).isEqualTo(column);
    }
}
