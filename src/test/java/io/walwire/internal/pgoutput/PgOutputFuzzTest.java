package io.walwire.internal.pgoutput;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.pgoutput.PgOutputMessage.Delete;
import io.walwire.internal.pgoutput.PgOutputMessage.Insert;
import io.walwire.internal.pgoutput.PgOutputMessage.Update;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Damaged and random messages: a message comes out, or the one exception, which names the message's kind and the offset, and
 * neither takes memory beyond its own size. {@code -Dwalwire.fuzz.messages} says how many, {@code -Dwalwire.fuzz.seed} which.
 */
class PgOutputFuzzTest {
    private static final int[] EXTREMES = {0, 1, 0x7F, 0x80, 0xFF, 'n', 'u', 't', 'b', 'N', 'K', 'O'};

    private static final String KINDS = "IUDBCRYOTMSEcAbPpKr";

    /** An exception with its stack trace, and what each byte of a message may become. */
    private static final long MAX_BYTES_ALLOCATED = 64 * 1024;

    private static final int MAX_BYTES_FOR_EACH = 64;
    private static final Pattern FAILURE = Pattern.compile(
            "(An empty message|A message ('.'|0x[0-9a-f]{1,2})) of pgoutput, (\\d+) bytes long, .*\\(at byte (\\d+)\\).*");

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private int messages;
    private int failures;

    @Test
    void decode_randomMutations() {
        long seed = Long.getLong("walwire.fuzz.seed", new Random().nextLong());
        int count = Integer.getInteger("walwire.fuzz.messages", 100_000);
        System.out.println("PgOutputFuzzTest: -Dwalwire.fuzz.seed=" + seed + " -Dwalwire.fuzz.messages=" + count);
        Random random = new Random(seed);
        List<byte[]> samples = List.copyOf(Samples.all().values());
        samples.forEach(sample -> decode(sample.clone(), seed)); // loads the classes, which allocates
        decode(new byte[] {'I'}, seed);
        for (int i = 0; i < count; i++) {
            if (i % 4 == 0) {
                decodeWithinBounds(random(random), seed);
                continue;
            }
            byte[] message = samples.get(random.nextInt(samples.size())).clone();
            for (int mutations = 1 + random.nextInt(3); mutations > 0; mutations--) {
                message = mutated(message, samples, random);
            }
            decodeWithinBounds(message, seed);
        }
        assertThat(messages).as("mutations that were still messages").isPositive();
        assertThat(failures).as("mutations that were none").isPositive();
    }

    /** Nothing of it is right but its kind, and not always that. */
    private static byte[] random(Random random) {
        byte[] message = new byte[random.nextInt(80)];
        random.nextBytes(message);
        if (message.length > 0 && random.nextInt(8) != 0) {
            message[0] = (byte) KINDS.charAt(random.nextInt(KINDS.length()));
        }
        return message;
    }

    private void decodeWithinBounds(byte[] message, long seed) {
        long before = threads.getCurrentThreadAllocatedBytes();
        decode(message, seed);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        if (allocated > MAX_BYTES_ALLOCATED + (long) MAX_BYTES_FOR_EACH * message.length) {
            throw new AssertionError(allocated + " bytes allocated for " + described(message, seed));
        }
    }

    private static byte[] mutated(byte[] message, List<byte[]> samples, Random random) {
        int at = random.nextInt(message.length + 1);
        byte[] other = samples.get(random.nextInt(samples.size()));
        int kind = message.length == 0 ? 0 : random.nextInt(5);
        return switch (kind) {
            case 0 -> joined(Arrays.copyOf(message, at), other, random.nextInt(other.length));
            case 1 -> Arrays.copyOf(message, at);
            case 2 -> joined(message, new byte[] {(byte) random.nextInt(256)}, 0);
            case 3 -> with(message, random.nextInt(message.length), EXTREMES[random.nextInt(EXTREMES.length)]);
            default -> with(message, random.nextInt(message.length), random.nextInt(256));
        };
    }

    private static byte[] with(byte[] message, int at, int value) {
        message[at] = (byte) value;
        return message;
    }

    private static byte[] joined(byte[] head, byte[] tail, int from) {
        byte[] whole = Arrays.copyOf(head, head.length + tail.length - from);
        System.arraycopy(tail, from, whole, head.length, tail.length - from);
        return whole;
    }

    private void decode(byte[] message, long seed) {
        try {
            PgOutputMessage decoded = PgOutput.decode(message, 0, message.length);
            messages++;
            walk(decoded);
        } catch (WalwireException e) {
            failures++;
            if (e.code() != ErrorCode.PROTOCOL || !saysWhere(String.valueOf(e.getMessage()), message)) {
                throw new AssertionError(described(message, seed), e);
            }
        } catch (RuntimeException | Error e) {
            throw new AssertionError(described(message, seed), e);
        }
    }

    /** By the kind that the message begins with, its length and an offset inside it. */
    private static boolean saysWhere(String failure, byte[] message) {
        Matcher parts = FAILURE.matcher(failure);
        return parts.matches()
                && (message.length == 0) == failure.startsWith("An empty message")
                && Integer.parseInt(parts.group(3)) == message.length
                && Integer.parseInt(parts.group(4)) <= message.length;
    }

    private static String described(byte[] message, long seed) {
        return "seed " + seed + ", message " + HexFormat.of().formatHex(message);
    }

    /** Whoever reads the rows later must not leave the message. */
    private static void walk(PgOutputMessage message) {
        if (message instanceof Insert insert) {
            walk(insert.newRow());
        } else if (message instanceof Update update) {
            walk(update.oldRow());
            walk(update.newRow());
        } else if (message instanceof Delete delete) {
            walk(delete.oldRow());
        }
    }

    private static void walk(@Nullable TupleData tuple) {
        if (tuple != null) {
            if (tuple.columnOffsets().length != tuple.columns() || tuple.end() > tuple.bytes().length) {
                throw new IllegalStateException("A tuple that leaves its message");
            }
        }
    }
}
