package io.walwire.internal.triggers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.walwire.error.WalwireException;
import io.walwire.internal.pgoutput.PgOutputMessage;
import io.walwire.internal.pgoutput.PgOutputMessage.Begin;
import io.walwire.internal.pgoutput.PgOutputMessage.Commit;
import io.walwire.internal.pgoutput.PgOutputMessage.Insert;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.triggers.Definition.Field;
import io.walwire.testing.HostileContents;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class OutboxMessagesTest {
    private static final Definition ITEM =
            Definition.of(7, "public", "item", List.of(new Field("id", 23, -1, "pg_catalog", "int4", 1)));

    private final OutboxMessages messages = new OutboxMessages();
    private final List<Class<?>> polled = new ArrayList<>();

    private static OutboxRow inserted(long xid, String rows) {
        return new OutboxRow(xid, 1, 1, 'I', Instant.EPOCH, null, rows.getBytes(StandardCharsets.UTF_8));
    }

    private void pollAll() {
        for (@Nullable PgOutputMessage next = messages.poll(); next != null; next = messages.poll()) {
            polled.add(next.getClass());
        }
    }

    @Test
    void rows_areTakenApartOneAtATime() {
        messages.add(inserted(5, "(1)(2)"), ITEM);
        messages.add(inserted(5, "(3"), ITEM);
        assertThatThrownBy(this::pollAll).isInstanceOf(WalwireException.class);
        assertThat(polled).containsExactly(Begin.class, Relation.class, Insert.class, Insert.class);
    }

    @Test
    void transactions_endWhereTheNextBegins_andWhereNothingMoreComes() {
        messages.add(inserted(5, "(1)"), ITEM);
        pollAll();
        messages.add(inserted(5, "(2)"), ITEM);
        messages.add(inserted(6, "(3)"), ITEM);
        pollAll();
        assertThat(polled)
                .containsExactly(
                        Begin.class,
                        Relation.class,
                        Insert.class,
                        Insert.class,
                        Commit.class,
                        Begin.class,
                        Insert.class);
        messages.end();
        pollAll();
        pollAll();
        assertThat(polled).hasSize(8).endsWith(Commit.class);
    }

    /** Text that is no row says which row of the outbox it is, and shows nothing of it. */
    @Test
    void hostileText_isRows_orIsRefused() {
        List<String> texts = new ArrayList<>(HostileContents.texts());
        HostileContents.valuesByType().values().forEach(texts::addAll);
        for (String text : texts) {
            for (String row : List.of(text, "(" + text, "(" + text + ")", "(1)" + text)) {
                OutboxMessages hostile = new OutboxMessages();
                hostile.add(inserted(5, row), ITEM);
                Throwable refused = catchThrowable(() -> {
                    while (hostile.poll() != null) {}
                });
                if (refused != null) {
                    assertThat(refused)
                            .isInstanceOf(WalwireException.class)
                            .hasMessageStartingWith(
                                    "The outbox's row 1 of transaction 5 is not a change of public.item");
                }
            }
        }
    }
}
