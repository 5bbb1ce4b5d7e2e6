package io.walwire.internal.triggers;

import io.walwire.internal.text.SqlIdentifiers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What the objects of one application are called. A table may carry the triggers of several applications, and two of one name
 * in different schemas, so a trigger's name ends with a hash of both; it never holds the table's, so that PostgreSQL cuts none.
 *
 * @param schema where the objects are
 * @param application {@code walwire.name}, at most 40 ASCII characters
 */
public record OutboxNames(String schema, String application) {
    /** Begins every comment that marks an object as one of the trigger source's. */
    static final String TAG = "Walwire trigger source";

    /** The version of the objects. A greater version replaces the functions; a smaller one leaves them. */
    static final int VERSION = 5;

    /** Triggers fire in the order of their names: before those that write more, and before those of foreign keys. */
    private static final String FIRST = "!";

    String outbox() {
        return object("outbox");
    }

    String cursor() {
        return object("cursor");
    }

    String definition() {
        return object("definition");
    }

    String capture() {
        return object("capture");
    }

    String define() {
        return object("define");
    }

    String observe() {
        return object("observe");
    }

    String relieve() {
        return object("relieve");
    }

    String gather() {
        return object("gather");
    }

    String shape() {
        return object("shape");
    }

    String known() {
        return object("known");
    }

    /** A function's name in SQL, with its arguments. */
    String signature(String function) {
        return object(function) + "(" + ObjectAudit.SIGNATURES.get(function) + ")";
    }

    /** An object's name in SQL. */
    private String object(String what) {
        return quotedSchema() + "." + SqlIdentifiers.quote(plain(what));
    }

    /** An object's name as the catalog has it. */
    String plain(String what) {
        return application + "_" + what;
    }

    String quotedSchema() {
        return SqlIdentifiers.quote(schema);
    }

    /** The trigger for every change of a row, as the catalog has it; the names of the others begin with it. */
    public String rowTrigger() {
        return FIRST + "walwire_" + application + "_" + hash(8);
    }

    /** A trigger, as the catalog has it. */
    String trigger(TriggerKind kind) {
        return rowTrigger() + kind.suffix();
    }

    /** What writers notify, and the reader listens to. */
    String channel() {
        return "walwire_" + hash(16);
    }

    /** The comment of every object of this application, without the version. */
    String tag() {
        return TAG + ", application " + application + " in schema " + schema;
    }

    /** The comment of every object of this application. */
    String versionedTag() {
        return tag() + ", version " + VERSION;
    }

    /** An advisory lock's key. */
    long lock(String of) {
        return Long.parseUnsignedLong(
                digest(schema + "\0" + application + "\0" + of).substring(0, 16), 16);
    }

    /** The key of the lock that a reader has for itself while it looks often, and shares while it waits to be woken. */
    long awake() {
        return lock("awake");
    }

    private String hash(int digits) {
        return digest(schema + "\0" + application).substring(0, digits);
    }

    private static String digest(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }
}
