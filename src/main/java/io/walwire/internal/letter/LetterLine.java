package io.walwire.internal.letter;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.walwire.deadletter.StoredLetter;
import io.walwire.event.Lsn;
import io.walwire.internal.codec.JsonValues;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A letter, or the removal of one, as a line of JSON. */
public final class LetterLine {
    private static final String REMOVED = "removed";
    private static final String PAYLOAD = "payload";
    private static final String EVENTS = "events";

    private static final List<String> BEGINNINGS = List.of("{\"id\":\"", "{\"" + REMOVED + "\":\"");

    /** How many characters show whether a line can be a letter. */
    static final int LONGEST_BEGINNING = 12;

    private LetterLine() {}

    /** Whether a line that begins like this, or that was cut short there, can be one of ours. */
    static boolean canBegin(String text) {
        return BEGINNINGS.stream().anyMatch(each -> text.startsWith(each) || each.startsWith(text));
    }

    /**
     * A letter for people and programs, without what it is replayed from.
     *
     * @param letter the letter
     * @return JSON on one line
     */
    public static String of(StoredLetter letter) {
        return of(letter, null);
    }

    static String of(NewLetter letter) {
        return of(
                new LetterFields(
                        letter.identity(),
                        letter.instance(),
                        letter.handler(),
                        letter.declaration(),
                        letter.kind(),
                        letter.table(),
                        letter.commitLsn(),
                        letter.firstIndex(),
                        letter.eventCount(),
                        letter.attempts(),
                        letter.errorClass(),
                        letter.errorMessage(),
                        letter.setAsideAt(),
                        letter.eventsJson()),
                letter.payload());
    }

    static String ofRemoval(String id) {
        return print(out -> out.writeStringField(REMOVED, id));
    }

    private static String of(StoredLetter letter, byte @Nullable [] payload) {
        return print(out -> {
            out.writeStringField("id", letter.id());
            out.writeStringField("instance", letter.instance());
            out.writeStringField("handler", letter.handler());
            out.writeStringField("declaration", letter.declaration());
            out.writeStringField("kind", letter.kind());
            out.writeStringField("table", letter.table());
            out.writeStringField(
                    "commit_lsn",
                    letter.commitLsn() == null ? null : letter.commitLsn().toString());
            out.writeFieldName("first_index");
            if (letter.firstIndex() == null) {
                out.writeNull();
            } else {
                out.writeNumber(letter.firstIndex());
            }
            out.writeNumberField("event_count", letter.eventCount());
            out.writeNumberField("attempts", letter.attempts());
            out.writeStringField("error_class", letter.errorClass());
            out.writeStringField("error_message", letter.errorMessage());
            out.writeStringField("set_aside_at", letter.setAsideAt().toString());
            if (payload != null) {
                out.writeStringField(PAYLOAD, Base64.getEncoder().encodeToString(payload));
            }
            out.writeFieldName(EVENTS);
            out.writeRawValue(letter.events());
        });
    }

    static String string(String text) {
        return '"' + String.valueOf(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
    }

    private interface Fields {
        void write(JsonGenerator out) throws IOException;
    }

    private static String print(Fields fields) {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = JsonValues.factory().createGenerator(text)) {
            out.writeStartObject();
            fields.write(out);
            out.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("A text does not fail", e);
        }
        return text.toString();
    }

    /**
     * The id of a letter, or of one that is removed, without reading what follows it.
     *
     * @return the id, and whether it is removed
     * @throws IllegalArgumentException if the line does not begin as one of ours
     */
    static Map.Entry<String, Boolean> id(String line) {
        try (JsonParser in = JsonValues.factory().createParser(line)) {
            String field = in.nextToken() == JsonToken.START_OBJECT ? in.nextFieldName() : null;
            String id = in.nextTextValue();
            if (id == null || field == null || !(field.equals("id") || field.equals(REMOVED))) {
                throw new IllegalArgumentException("it is not a dead letter");
            }
            return Map.entry(id, field.equals(REMOVED));
        } catch (IOException e) {
            throw new IllegalArgumentException("it is not JSON", e);
        }
    }

    /**
     * Reads a letter.
     *
     * @throws IllegalArgumentException if the line is not a letter, or not whole
     */
    static LetterStore.Stored read(String line) {
        Map<String, @Nullable String> fields = new HashMap<>();
        String events = "";
        try (JsonParser in = JsonValues.factory().createParser(line)) {
            if (in.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException("it is not a JSON object");
            }
            for (String field = in.nextFieldName(); field != null; field = in.nextFieldName()) {
                JsonToken value = in.nextToken();
                if (value == JsonToken.START_ARRAY) {
                    events = lastArray(line, (int) in.currentTokenLocation().getCharOffset());
                    break;
                }
                fields.put(field, value == JsonToken.VALUE_NULL ? null : in.getText());
            }
            if (events.isEmpty() && in.currentToken() != JsonToken.END_OBJECT) {
                throw new IllegalArgumentException("it is not a whole JSON object");
            }
        } catch (IOException e) {
            throw new IllegalArgumentException("it is not JSON", e);
        }
        return letter(fields, events);
    }

    /**
     * The array that is the last field of a line, unread: it holds documents of a json column, whose names may have halves of
     * surrogate pairs, which PostgreSQL takes and the parser does not.
     */
    private static String lastArray(String line, int from) {
        int depth = 0;
        boolean quoted = false;
        for (int i = from; i < line.length(); i++) {
            char c = line.charAt(i);
            if (quoted) {
                i += c == '\\' ? 1 : 0;
                quoted = c != '"';
            } else if (c == '"') {
                quoted = true;
            } else if (c == '[' || c == '{') {
                depth++;
            } else if ((c == ']' || c == '}') && --depth == 0) {
                if (line.substring(i + 1).strip().equals("}")) {
                    return line.substring(from, i + 1);
                }
                break;
            }
        }
        throw new IllegalArgumentException("it is not a whole JSON object");
    }

    private static LetterStore.Stored letter(Map<String, @Nullable String> fields, String events) {
        String commit = fields.get("commit_lsn");
        String index = fields.get("first_index");
        byte[] payload = Base64.getDecoder().decode(required(fields, PAYLOAD));
        try {
            StoredLetter letter = new LetterFields(
                    required(fields, "id"),
                    required(fields, "instance"),
                    required(fields, "handler"),
                    required(fields, "declaration"),
                    required(fields, "kind"),
                    fields.get("table"),
                    commit == null ? null : Lsn.parse(commit),
                    index == null ? null : Long.valueOf(index),
                    Integer.parseInt(required(fields, "event_count")),
                    Integer.parseInt(required(fields, "attempts")),
                    required(fields, "error_class"),
                    fields.get("error_message"),
                    Instant.parse(required(fields, "set_aside_at")),
                    events);
            return new LetterStore.Stored(letter, () -> payload);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("its time cannot be read", e);
        }
    }

    private static String required(Map<String, @Nullable String> fields, String name) {
        String value = fields.get(name);
        if (value == null) {
            throw new IllegalArgumentException("it has no " + name);
        }
        return value;
    }
}
