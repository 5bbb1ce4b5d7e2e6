package io.walwire.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PositionTest {
    @Test
    void compareTo_ofOneKind_unsigned() {
        assertThat(new TransactionId(-1)).isGreaterThan(new TransactionId(7));
        assertThat(new TransactionId(7).isBefore(new TransactionId(8))).isTrue();
        assertThat(new TransactionId(8).isBefore(new TransactionId(8))).isFalse();
    }

    @Test
    void compareTo_ofTwoKinds_saysWhich() {
        assertThatThrownBy(() -> new TransactionId(753).isBefore(Lsn.parse("0/2F2")))
                .isInstanceOf(ClassCastException.class)
                .hasMessage(
                        "The positions 0/2F1 (TransactionId) and 0/2F2 (Lsn) are of two kinds and cannot be compared");
    }

    @Test
    void toString_sameForBothKinds() {
        assertThat(new TransactionId(0x7_0000_02F1L)).hasToString("7/2F1");
        assertThat(new Lsn(0x7_0000_02F1L)).hasToString("7/2F1");
    }

    @Test
    void isNone_zeroAlone() {
        assertThat(Stream.of(Lsn.ZERO, new TransactionId(0))).allMatch(Position::isNone);
        assertThat(Stream.of(new Lsn(1), new TransactionId(1))).noneMatch(Position::isNone);
    }

    @Test
    void ids_readsComeFirst_underBothKinds() {
        EventId read = EventId.ofRead("run/public.item/1");
        assertThat(Stream.of(new EventId(new TransactionId(3), 0), read, EventId.ofRead("a"))
                        .sorted())
                .containsExactly(EventId.ofRead("a"), read, new EventId(new TransactionId(3), 0));
        assertThat(Stream.of(new EventId(new Lsn(3), 0), read).sorted())
                .containsExactly(read, new EventId(new Lsn(3), 0));
    }
}
