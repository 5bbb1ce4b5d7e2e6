package io.walwire.internal.transaction;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.sun.management.ThreadMXBean;
import io.walwire.error.ValueException;
import io.walwire.error.WalwireException;
import io.walwire.event.Change;
import io.walwire.event.Changes;
import io.walwire.event.Column;
import io.walwire.event.Event;
import io.walwire.event.Interval;
import io.walwire.event.MessageEvent;
import io.walwire.event.ReplicaIdentity;
import io.walwire.event.Row;
import io.walwire.event.Transaction;
import io.walwire.handler.Filter;
import io.walwire.internal.codec.JsonValues;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.mapping.RecordMapper;
import io.walwire.internal.pgoutput.MessageBytes;
import io.walwire.internal.pgoutput.MessageBytes.Cell;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.RelationColumn;
import io.walwire.testing.HostileContents;
import io.walwire.testing.Typed;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Well-formed messages whose names, values and contents are hostile, in text and in binary, through everything that reads them:
 * nothing but the errors that are documented comes out, every line of JSON is one, and memory stays in proportion.
 * {@code -Dwalwire.fuzz.messages} says how many, {@code -Dwalwire.fuzz.seed} which.
 */
class ContentsFuzzTest {
    private static final int TABLE = 16384;
    private static final int COLUMNS = 5;

    /** The first messages load classes, which allocates. */
    private static final int COLD = 100;

    /**
     * A transaction and its events. In binary a numeric of ten bytes is a number of up to 147,000 digits, which takes 5 MB to be
     * compared and printed, and an update of five columns has ten values.
     */
    private static final long MAX_BYTES_ALLOCATED = 64L << 20;

    private static final long MAX_BYTES_FOR_EACH = 400;

    private static final List<Class<?>> CLASSES = List.of(
            Object.class,
            String.class,
            Boolean.class,
            int.class,
            Short.class,
            Long.class,
            BigInteger.class,
            BigDecimal.class,
            Float.class,
            Double.class,
            UUID.class,
            LocalDate.class,
            LocalTime.class,
            OffsetTime.class,
            LocalDateTime.class,
            Instant.class,
            OffsetDateTime.class,
            Interval.class,
            byte[].class,
            JsonNode.class,
            Map.class,
            List.class,
            int[].class,
            String[].class,
            String[][].class,
            BigDecimal[].class,
            JsonNode[].class,
            ReplicaIdentity.class);

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final List<String> texts = new ArrayList<>(HostileContents.texts());
    private int read;
    private int refused;

    /** Of the columns that every table has. */
    record Mapped(
            Optional<String> c0,
            @Nullable Long c1,
            List<BigDecimal> c2,
            @Nullable JsonNode c3,
            Instant c4) {}

    private final RecordMapper<Mapped> mapper = RecordMapper.of(Mapped.class);

    @Test
    void contents_hostile() throws IOException {
        long seed = Long.getLong("walwire.fuzz.seed", new Random().nextLong());
        int count = Integer.getInteger("walwire.fuzz.messages", 300);
        System.out.println("ContentsFuzzTest: -Dwalwire.fuzz.seed=" + seed + " -Dwalwire.fuzz.messages=" + count);
        Random random = new Random(seed);
        HostileContents.texts(random).limit(200).forEach(texts::add);
        for (int i = 0; i < count; i++) {
            Random own = new Random(random.nextLong());
            try {
                exercise(own, i >= COLD);
            } catch (RuntimeException | Error | IOException e) {
                throw new AssertionError("seed " + seed + ", message " + i, e);
            }
        }
        assertThat(read).as("values that were read").isPositive();
        assertThat(refused).as("values that were refused").isPositive();
    }

    private void exercise(Random random, boolean bounded) throws IOException {
        TransactionAssembler assembler = new TransactionAssembler(
                new StreamFacts(any(HostileContents.names(), random), "0", random.nextBoolean(), new SchemaHistory()),
                new Tables.Chosen(),
                Long.MAX_VALUE);
        List<PgType> types = new ArrayList<>();
        Relation relation = relation(random, types);
        Map<Integer, PgType> known = new HashMap<>();
        types.forEach(type -> known.put((int) type.oid(), type));
        List<String> key = random.nextBoolean()
                ? List.of()
                : List.of(relation.columns().get(0).name());
        assembler.define(relation, new TableFacts(known, key, random.nextInt(4) == 0, random.nextBoolean()));
        List<byte[]> messages =
                List.of(message(random).toArray(), change(random, types).toArray());
        int length = messages.stream().mapToInt(message -> message.length).sum();
        long before = threads.getCurrentThreadAllocatedBytes();
        Transaction transaction;
        try {
            transaction = Tables.transaction(
                    assembler,
                    messages.stream()
                            .map(bytes -> new MessageBytes().raw(bytes))
                            .toArray(MessageBytes[]::new));
        } catch (UnreadableInBinaryException endsBinary) {
            refused++;
            return;
        }
        for (Event event : transaction.events()) {
            requireOneLine(event.toJson());
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        if (bounded && allocated > MAX_BYTES_ALLOCATED + MAX_BYTES_FOR_EACH * length) {
            throw new AssertionError(allocated + " bytes allocated for " + length + " bytes of " + types);
        }
        for (Event event : transaction.events()) {
            requireAsByJackson(event);
            readAll(event);
        }
        requireSame(transaction, StoredTransaction.read(transaction.toBytes()));
    }

    private static Relation relation(Random random, List<PgType> types) {
        Set<String> names = new TreeSet<>();
        List<RelationColumn> columns = new ArrayList<>();
        boolean mapped = random.nextBoolean();
        for (int i = 0; i < COLUMNS; i++) {
            PgType type = any(HostileTypes.all(), random);
            types.add(type);
            String name = mapped ? "c" + i : any(HostileContents.names(), random);
            String unique = names.add(name) ? name : name + i;
            columns.add(new RelationColumn(random.nextInt(3) == 0, unique, (int) type.oid(), random.nextInt()));
        }
        return new Relation(
                TABLE,
                any(HostileContents.names(), random),
                any(HostileContents.names(), random),
                any(List.of(ReplicaIdentity.values()), random),
                columns);
    }

    private MessageBytes message(Random random) {
        byte[] content = random.nextInt(3) == 0
                ? any(HostileContents.bytes(), random)
                : any(texts, random).getBytes(UTF_8);
        return MessageBytes.kind('M')
                .int8(1)
                .int64(random.nextLong())
                .string(random.nextBoolean() ? "walwire.context" : any(HostileContents.prefixes(), random))
                .int32(content.length)
                .raw(content);
    }

    private MessageBytes change(Random random, List<PgType> types) {
        boolean binary = random.nextBoolean();
        Cell[] row = row(random, types, binary);
        char kind = random.nextBoolean() ? 'K' : 'O';
        return switch (random.nextInt(4)) {
            case 0 -> Tables.insert(TABLE, row);
            case 1 -> Tables.delete(TABLE, kind, row);
            case 2 -> Tables.update(TABLE, row);
            default -> Tables.update(TABLE, kind, row(random, types, binary), row);
        };
    }

    private Cell[] row(Random random, List<PgType> types, boolean binary) {
        return types.stream()
                .map(type -> switch (random.nextInt(10)) {
                    case 0 -> Cell.NULL;
                    case 1 -> Cell.UNCHANGED;
                    default ->
                        binary
                                ? new Cell('b', HostileTypes.binary(type, random, 0))
                                : new Cell('t', HostileTypes.text(type, random, texts));
                })
                .toArray(Cell[]::new);
    }

    private static <T> T any(List<T> of, Random random) {
        return of.get(random.nextInt(of.size()));
    }

    private void readAll(Event event) {
        read(() -> Typed.transaction(event).context());
        read(event::toString);
        if (event instanceof MessageEvent message) {
            read(() -> message.message().text());
        }
        for (Filter filter : filters(event)) {
            assertThat(filter.test(event) || filter.negate().test(event)).isTrue();
        }
        if (event instanceof ReceivedRow row) {
            readAll(row);
        }
    }

    private void readAll(ReceivedRow event) {
        read(event::unavailable);
        for (Row row : rows(event.afterRow(), event.beforeRow(), event.key())) {
            readRow(row);
        }
        read(() -> mapper.map(event, event.placedRow()));
        readChanges(event.changes());
        read(() -> RowKeys.certain(event));
        read(() -> RowKeys.possible(event));
        Row key = event.key();
        if (key != null) {
            assertThat(key)
                    .isEqualTo(Typed.row(event.detach()).key())
                    .hasSameHashCodeAs(Objects.requireNonNull(event.key()));
        }
    }

    private static List<Row> rows(@Nullable Row... rows) {
        return java.util.Arrays.stream(rows).filter(Objects::nonNull).toList();
    }

    private void readRow(Row row) {
        read(row::toMap);
        requireOneLine(row.toJson());
        for (Column column : row.columns()) {
            row.state(column.name());
            read(() -> row.get(column.name()));
            read(() -> row.text(column.name()));
            for (Class<?> type : CLASSES) {
                read(() -> row.get(column.name(), type));
            }
        }
    }

    private void readChanges(@Nullable Changes changes) {
        for (Change change : changes == null ? List.<Change>of() : changes.list()) {
            read(change::oldValue);
            read(change::newValue);
        }
    }

    private static List<Filter> filters(Event event) {
        List<Filter> filters = new ArrayList<>();
        List<Column> columns = event instanceof ReceivedRow row ? row.row().columns() : List.of();
        for (Column column : columns) {
            filters.add(Filter.changed(column.name()));
            filters.add(Filter.unwatchedFields(column.name()));
            for (Object value : List.of(1, new BigDecimal("1e1000"), "a", List.of(1L))) {
                filters.add(Filter.unwatchedRecords(Map.of(column.name(), value)));
            }
        }
        return filters;
    }

    private interface Reading {
        @Nullable
        Object read();
    }

    private void read(Reading reading) {
        try {
            reading.read();
            read++;
        } catch (ValueException refusal) {
            refused++;
            assertThat(refusal.getMessage()).doesNotContain("\0");
        } catch (WalwireException mapping) {
            assertThat(mapping.getMessage()).endsWith("[MAPPING]");
        }
    }

    private static void requireOneLine(String json) {
        assertThat(json.indexOf('\n')).isEqualTo(-1);
        // json of the database's may hold half of a surrogate pair, which is passed on as it is
        String whole = json.replaceAll("(?i)(?<!\\\\)((?:\\\\\\\\)*)\\\\u(d[89a-f][0-9a-f]{2})", "$1?");
        try (JsonParser parser = JsonValues.factory().createParser(whole)) {
            assertThat(parser.nextToken()).isEqualTo(JsonToken.START_OBJECT);
            parser.skipChildren();
            assertThat(parser.nextToken()).isNull();
        } catch (IOException e) {
            throw new AssertionError("not JSON", e);
        }
    }

    private static void requireAsByJackson(Event event) throws IOException {
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        event.writeJson(written);
        assertThat(event.toJson()).isEqualTo(JacksonEventJson.of(event)).isEqualTo(written.toString(UTF_8));
        assertThat(written.toByteArray()).isEqualTo(event.toJson().getBytes(UTF_8));
    }

    private static void requireSame(Transaction one, Transaction other) {
        assertThat(other.events().stream().map(Event::toJson).toList())
                .isEqualTo(one.events().stream().map(Event::toJson).toList());
    }
}
