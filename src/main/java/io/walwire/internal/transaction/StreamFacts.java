package io.walwire.internal.transaction;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** What is the same for every table of one stream, and the names of types that the stream itself sent. */
public final class StreamFacts {
    private static final int MAX_TYPES = 8_192;

    private final String database;
    private final String version;
    private final boolean oldRecordInJson;
    private final SchemaHistory schemas;
    private final PositionKind positions;
    private final Charset encoding;

    /** Bounded: a name is needed only for a type that the catalog has no more when a table is defined. */
    private final Map<Integer, String> typeNames = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, String> eldest) {
            return size() > MAX_TYPES;
        }
    };

    /**
     * Facts of one stream of PostgreSQL's log.
     *
     * @param database the database's name
     * @param version Walwire's version
     * @param oldRecordInJson whether the JSON of an update holds the old record
     * @param schemas what tables were at their last changes, which a new stream may go on with
     */
    public StreamFacts(String database, String version, boolean oldRecordInJson, SchemaHistory schemas) {
        this(database, version, oldRecordInJson, schemas, PositionKind.LOG, StandardCharsets.UTF_8);
    }

    /**
     * Facts of one stream.
     *
     * @param database the database's name
     * @param version Walwire's version
     * @param oldRecordInJson whether the JSON of an update holds the old record
     * @param schemas what tables were at their last changes, which a new stream may go on with
     * @param positions which positions users see
     * @param encoding the server's, in which the content of logical messages comes
     */
    public StreamFacts(
            String database,
            String version,
            boolean oldRecordInJson,
            SchemaHistory schemas,
            PositionKind positions,
            Charset encoding) {
        this.database = database;
        this.version = version;
        this.oldRecordInJson = oldRecordInJson;
        this.schemas = schemas;
        this.positions = positions;
        this.encoding = encoding;
    }

    String database() {
        return database;
    }

    String version() {
        return version;
    }

    boolean oldRecordInJson() {
        return oldRecordInJson;
    }

    Charset encoding() {
        return encoding;
    }

    PositionKind positions() {
        return positions;
    }

    SchemaHistory schemas() {
        return schemas;
    }

    void nameType(int oid, String name) {
        typeNames.put(oid, name);
    }

    String typeName(int oid) {
        return typeNames.getOrDefault(oid, "unknown");
    }
}
