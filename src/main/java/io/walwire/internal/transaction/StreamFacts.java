package io.walwire.internal.transaction;

import java.util.HashMap;
import java.util.Map;

/** What is the same for every table of one stream, and the names of types that the stream itself told. */
public final class StreamFacts {
    private final String database;
    private final String version;
    private final boolean oldRecordInJson;
    private final Map<Integer, String> typeNames = new HashMap<>();

    /**
     * Facts of one stream.
     *
     * @param database the database's name
     * @param version Walwire's version
     * @param oldRecordInJson whether the JSON of an update holds the old record
     */
    public StreamFacts(String database, String version, boolean oldRecordInJson) {
        this.database = database;
        this.version = version;
        this.oldRecordInJson = oldRecordInJson;
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

    void nameType(int oid, String name) {
        typeNames.put(oid, name);
    }

    String typeName(int oid) {
        return typeNames.getOrDefault(oid, "unknown");
    }
}
