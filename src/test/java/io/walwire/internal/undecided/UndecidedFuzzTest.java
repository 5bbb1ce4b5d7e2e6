package io.walwire.internal.undecided;

import static io.walwire.internal.undecided.StreamFrames.TABLE;
import static io.walwire.internal.undecided.StreamFrames.abort;
import static io.walwire.internal.undecided.StreamFrames.beginPrepare;
import static io.walwire.internal.undecided.StreamFrames.commit;
import static io.walwire.internal.undecided.StreamFrames.commitPrepared;
import static io.walwire.internal.undecided.StreamFrames.insert;
import static io.walwire.internal.undecided.StreamFrames.message;
import static io.walwire.internal.undecided.StreamFrames.prepare;
import static io.walwire.internal.undecided.StreamFrames.relation;
import static io.walwire.internal.undecided.StreamFrames.relationIn;
import static io.walwire.internal.undecided.StreamFrames.rollbackPrepared;
import static io.walwire.internal.undecided.StreamFrames.start;
import static io.walwire.internal.undecided.StreamFrames.stop;
import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.pgoutput.MessageBytes;
import io.walwire.internal.pgoutput.PgOutputMessage;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged frames in a stream of undecided transactions: messages come out, or the one exception. */
class UndecidedFuzzTest {
    /** {@code -Dwalwire.fuzz.messages} says how many, {@code -Dwalwire.fuzz.seed} which. */
    @Test
    void accept_damagedFrames_oneKindOfException(@TempDir Path folder) {
        Undecided undecided = new Undecided(1 << 20, folder);
        long seed = Long.getLong("walwire.fuzz.seed", new Random().nextLong());
        int count = Integer.getInteger("walwire.fuzz.messages", 300_000) / 3;
        System.out.println("UndecidedFuzzTest: -Dwalwire.fuzz.seed=" + seed + " -Dwalwire.fuzz.messages=" + 3 * count);
        Random random = new Random(seed);
        List<MessageBytes> frames = script();
        int failures = 0;
        int messages = 0;
        for (int i = 0; i < count; i++) {
            byte[] frame = frames.get(i % frames.size()).toArray();
            if (random.nextInt(8) == 0) {
                frame = damaged(frame, random);
            }
            try {
                for (PgOutputMessage message = undecided.accept(ByteBuffer.wrap(frame));
                        message != null;
                        message = undecided.replayed()) {
                    messages++;
                }
            } catch (WalwireException e) {
                failures++;
                assertThat(e.code()).as("seed %d", seed).isEqualTo(ErrorCode.PROTOCOL);
                undecided.close();
                undecided = new Undecided(1 << 20, folder);
            } catch (RuntimeException e) {
                throw new AssertionError(
                        "seed " + seed + ", frame " + HexFormat.of().formatHex(frame), e);
            }
        }
        undecided.close();
        assertThat(failures).isPositive();
        assertThat(messages).isGreaterThan(failures);
    }

    private static byte[] damaged(byte[] frame, Random random) {
        if (random.nextBoolean()) {
            return Arrays.copyOf(frame, random.nextInt(frame.length));
        }
        frame[random.nextInt(frame.length)] = (byte) random.nextInt(256);
        return frame;
    }

    private static List<MessageBytes> script() {
        return List.of(
                relation(1),
                start(5, true),
                relationIn(5, 1),
                insert(5, "a"),
                insert(6, "b"),
                message(5, "m"),
                stop(),
                abort(5, 6),
                relation(2),
                commit(5, 20),
                beginPrepare(7),
                insert("c"),
                MessageBytes.kind('T').int32(1).int8(0).int32(TABLE),
                prepare('P', 7),
                start(8, true),
                relationIn(8, 3),
                stop(),
                prepare('p', 8),
                commitPrepared(7, 30),
                rollbackPrepared(8));
    }
}
