package io.walwire.internal.recording;

import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.walwire.event.Lsn;
import io.walwire.internal.codec.BinaryForm;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.TypeKind;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.TupleData;
import io.walwire.internal.replication.SlotRequest;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.transaction.ReadBy;
import io.walwire.internal.transaction.ReadRows;
import io.walwire.internal.transaction.TableFacts;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is recorded, as JSON: an object on one line, which says in "is" what it is. */
final class RecordingLine {
    /** What was written is read, however long. */
    private static final ObjectMapper MAPPER = new ObjectMapper(new JsonFactoryBuilder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build());

    private static final int MAX_NESTED_TYPES = 100;

    private RecordingLine() {}

    /** Of everything but a frame, which {@link FrameLine} writes. */
    static String of(Recorded recorded) {
        ObjectNode line = MAPPER.createObjectNode();
        if (recorded instanceof Recorded.Position position) {
            line.put("is", "position").put("at", position.received().toString());
        } else if (recorded instanceof Recorded.Table table) {
            line.put("is", "table").put("oid", Integer.toUnsignedLong(table.oid()));
            if (table.relation() != null) {
                RelationFields.write(line.putObject("described"), table.relation());
            }
            write(line, table.facts());
        } else if (recorded instanceof Recorded.Rows rows) {
            line.put("is", "rows");
            write(line, rows.rows());
        } else if (recorded instanceof Recorded.Stream stream) {
            line.put("is", "stream").put("database", stream.database());
            write(line, stream.start());
        }
        return line.toString();
    }

    private static void write(ObjectNode line, TableFacts facts) {
        line.put("partial", facts.fullOfPartialRows());
        line.put("partitioned", facts.mayBePartitioned());
        ArrayNode key = line.putArray("key");
        facts.primaryKey().forEach(key::add);
        ArrayNode types = line.putArray("types");
        facts.types().values().forEach(type -> write(types.addObject(), type));
    }

    private static void write(ObjectNode line, ReadRows read) {
        write(line, read.by());
        line.put("before", read.before().toString()).put("at", read.at().toString());
        line.put("oid", Integer.toUnsignedLong(read.relation().oid()));
        RelationFields.write(line.putObject("described"), read.relation());
        write(line, read.facts());
        if (read.first() > 0) {
            line.put("first", read.first());
        }
        if (read.rows() != null) {
            ArrayNode rows = line.putArray("rows");
            for (TupleData row : read.rows()) {
                rows.add(Arrays.copyOfRange(row.bytes(), row.offset(), row.end()));
            }
        }
    }

    private static void write(ObjectNode line, ReadBy by) {
        line.put("run", by.run());
        if (!by.reading().isEmpty()) {
            line.put("reading", by.reading());
        }
        if (by.handlers() != null) {
            ArrayNode handlers = line.putArray("handlers");
            by.handlers().forEach(handlers::add);
        }
    }

    private static void write(ObjectNode line, StreamStart start) {
        line.put("position", start.position().toString());
        line.put("encoding", start.encoding().name());
        ObjectNode server = line.putObject("server");
        server.put("system", start.server().systemId());
        server.put("timeline", start.server().timeline());
        server.put("end", start.server().end().toString());
        server.put("ancestry", start.server().ancestry());
        ObjectNode slot = line.putObject("slot");
        slot.put("name", start.slot().name());
        slot.put("temporary", start.slot().temporary());
        slot.put("create", start.slot().create());
        slot.put("confirmed", start.slot().confirmed().toString());
        SlotRequest.Loss loss = start.slot().loss();
        if (loss != null) {
            slot.put("lost", loss.reason());
            slot.put("lost_from", loss.from() == null ? null : loss.from().toString());
        }
    }

    private static void write(ObjectNode line, PgType type) {
        line.put("oid", type.oid())
                .put("name", type.name())
                .put("kind", type.kind().name());
        line.put("delimiter", Character.toString(type.delimiter()));
        line.put("form", type.form().name());
        if (type.element() != null) {
            write(line.putObject("element"), type.element());
        }
        ArrayNode parts = line.putArray("parts");
        type.parts().forEach(part -> write(parts.addObject(), part));
    }

    /**
     * Reads a line.
     *
     * @throws IllegalArgumentException if it is none
     */
    static Recorded parse(String json) {
        JsonNode line;
        try {
            line = MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("it is not JSON", e);
        }
        String is = text(line, "is");
        return switch (is) {
            case "frame" -> new Recorded.Frame(Base64.getDecoder().decode(text(line, "bytes")), lsn(line, "at"));
            case "position" -> new Recorded.Position(lsn(line, "at"));
            case "table" -> table(line);
            case "rows" -> new Recorded.Rows(rows(line));
            case "stream" -> new Recorded.Stream(text(line, "database"), start(line));
            default -> throw new IllegalArgumentException("it is a \"" + is + "\", which this version does not know");
        };
    }

    private static Recorded.Table table(JsonNode line) {
        int oid = (int) field(line, "oid").asLong();
        JsonNode described = line.get("described");
        return new Recorded.Table(oid, described == null ? null : RelationFields.read(oid, described), facts(line));
    }

    private static ReadRows rows(JsonNode line) {
        Relation relation = RelationFields.read((int) field(line, "oid").asLong(), field(line, "described"));
        return new ReadRows(
                new ReadBy(
                        text(line, "run"),
                        line.path("reading").asText(),
                        line.has("handlers") ? texts(field(line, "handlers")) : null),
                lsn(line, "before"),
                Instant.parse(text(line, "at")),
                relation,
                facts(line),
                line.has("rows")
                        ? tuples(field(line, "rows"), relation.columns().size())
                        : null,
                line.path("first").asLong());
    }

    private static List<TupleData> tuples(JsonNode rows, int columns) {
        List<TupleData> tuples = new ArrayList<>();
        for (String row : texts(rows)) {
            TupleData tuple = new TupleData(Base64.getDecoder().decode(row), 0, columns);
            if (!tuple.fillsItsBytes()) {
                throw new IllegalArgumentException("it has a row that is none of its table");
            }
            tuples.add(tuple);
        }
        return tuples;
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(each -> texts.add(each.asText()));
        return texts;
    }

    private static TableFacts facts(JsonNode line) {
        Map<Integer, PgType> types = new HashMap<>();
        field(line, "types").forEach(node -> {
            PgType type = type(node, 0);
            types.put((int) type.oid(), type);
        });
        List<String> key = texts(field(line, "key"));
        // older builds did not ask whether it is partitioned
        boolean mayBePartitioned = line.path("partitioned").asBoolean(true);
        return new TableFacts(types, key, field(line, "partial").asBoolean(), mayBePartitioned);
    }

    private static PgType type(JsonNode node, int depth) {
        if (depth > MAX_NESTED_TYPES) {
            throw new IllegalArgumentException("its types are nested without end");
        }
        JsonNode element = node.get("element");
        List<PgType> parts = new ArrayList<>();
        field(node, "parts").forEach(part -> parts.add(type(part, depth + 1)));
        return new PgType(
                field(node, "oid").asLong(),
                text(node, "name"),
                TypeKind.valueOf(text(node, "kind")),
                element == null ? null : type(element, depth + 1),
                text(node, "delimiter").charAt(0),
                BinaryForm.valueOf(text(node, "form")),
                parts);
    }

    private static StreamStart start(JsonNode line) {
        JsonNode server = field(line, "server");
        JsonNode slot = field(line, "slot");
        String lost = optional(slot, "lost");
        String lostFrom = optional(slot, "lost_from");
        return new StreamStart(
                new SlotRequest(
                        text(slot, "name"),
                        field(slot, "temporary").asBoolean(),
                        field(slot, "create").asBoolean(),
                        lsn(slot, "confirmed"),
                        false,
                        lost == null ? null : new SlotRequest.Loss(lostFrom == null ? null : Lsn.parse(lostFrom), lost),
                        null),
                new StreamStart.History(
                        text(server, "system"),
                        field(server, "timeline").asInt(),
                        lsn(server, "end"),
                        optional(server, "ancestry")),
                lsn(line, "position"),
                encoding(line));
    }

    /** Recordings of older versions name none; these are read as they were then. */
    private static Charset encoding(JsonNode line) {
        String name = optional(line, "encoding");
        return name == null ? StandardCharsets.UTF_8 : Charset.forName(name);
    }

    static JsonNode field(JsonNode node, String name) {
        JsonNode field = node.get(name);
        if (field == null || field.isNull()) {
            throw new IllegalArgumentException("it has no \"" + name + '"');
        }
        return field;
    }

    static String text(JsonNode node, String name) {
        return field(node, name).asText();
    }

    private static Lsn lsn(JsonNode node, String name) {
        return Lsn.parse(text(node, name));
    }

    private static @Nullable String optional(JsonNode node, String name) {
        JsonNode field = node.get(name);
        return field == null || field.isNull() ? null : field.asText();
    }
}
