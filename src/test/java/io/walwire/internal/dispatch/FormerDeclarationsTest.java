package io.walwire.internal.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FormerDeclarationsTest {
    @ParameterizedTest
    @CsvSource({
        "table 2 on-insert public.item, table 2 onInsert public.item",
        "table 2 on-any public.item, table 2 onChange public.item",
        "table 1 insert *, table 1 onInserts *",
        "table 1 any public.item, table 1 onChanges public.item",
        "table 1 truncate public.item, table 1 onTruncate public.item",
        "table 1 on-schema public.item, table 1 onSchema public.item",
        "table 1 batch-any public.item, table 1 batch public.item",
        "table 3 each-any public.item, table 3 parallel public.item",
        "table 3 each-delete public.my item, table 3 parallel public.my item",
        "table 3 each-truncate public.item, table 3 onTruncate public.item",
        "table 2 onInsert public.item, table 2 onInsert public.item",
        "table 2 onInserts public.insert any, table 2 onInserts public.insert any",
        "message 1, message 1",
        "transaction 2, transaction 2"
    })
    void today_hasTheVerbOfToday(String former, String today) {
        assertThat(FormerDeclarations.today(former)).isEqualTo(today);
    }
}
