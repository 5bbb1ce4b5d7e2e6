package io.walwire.internal.triggers;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.text.SqlIdentifiers;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who owns the objects that have one application's names. A comment marks an object as Walwire's, but anybody can write that
 * comment on an object of their own. So a comment never shows who made an object; its owner does.
 */
final class ObjectAudit {
    /** The functions, with their arguments. */
    static final Map<String, String> SIGNATURES = Map.of(
            "capture",
            "",
            "relieve",
            "",
            "define",
            "oid",
            "observe",
            "oid, oid",
            "gather",
            "",
            "shape",
            "",
            "known",
            "oid, name, name");

    /** The rights with which a role can attach code to a table. */
    static final String ATTACHING = "REFERENCES, TRIGGER";

    private static final List<String> TABLES = List.of("definition", "outbox", "cursor");

    private final OutboxNames names;

    /** Who can trust an object's owner. */
    enum Trust {
        /** Nobody: what the owner makes of the object runs with the rights of the current role. */
        NONE,
        /** A reader: the owner is the database's, or a role that the reader is a member of. */
        READER,
        /** Everybody: the owner is the current role or a superuser. */
        INSTALLER
    }

    /**
     * A schema, or nothing.
     *
     * @param creators who else may create objects in it, quoted
     */
    record Schema(String object, String owner, Trust trust, List<String> creators) {}

    /**
     * A relation or a type with the name of a table.
     *
     * @param object its name, quoted
     * @param isTable whether it is a plain table
     * @param oddity what a table of Walwire's does not have; null if it is as it should be
     */
    record Relation(
            String object,
            String owner,
            Trust trust,
            @Nullable String comment,
            boolean isTable,
            @Nullable String oddity) {}

    /**
     * A function with the name of one of the application's.
     *
     * @param object its name and arguments, quoted
     * @param what which one; null if another function has the name, with other arguments
     */
    record Function(
            String object,
            @Nullable String what,
            String owner,
            Trust trust,
            @Nullable String comment,
            Code code) {}

    /**
     * What a function does.
     *
     * @param body its text
     * @param definer whether it runs with its owner's rights
     * @param settings its settings, {@code name=value}
     * @param language its language
     */
    record Code(String body, boolean definer, Set<String> settings, String language) {}

    ObjectAudit(OutboxNames names) {
        this.names = names;
    }

    Optional<Schema> schema(Connection connection) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(AuditSql.SCHEMA)) {
            query.setString(1, names.schema());
            try (ResultSet row = query.executeQuery()) {
                if (!row.next()) {
                    return Optional.empty();
                }
                return Optional.of(new Schema(
                        row.getString("object"), row.getString("owner"), trust(row), strings(row, "creators")));
            }
        }
    }

    List<Relation> relations(Connection connection) throws SQLException {
        List<Relation> relations = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement(AuditSql.RELATIONS)) {
            int i = 1;
            for (int part = 0; part < 2; part++) {
                query.setString(i++, names.schema());
                for (String table : TABLES) {
                    query.setString(i++, names.plain(table));
                }
            }
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    relations.add(new Relation(
                            row.getString("object"),
                            row.getString("owner"),
                            trust(row),
                            row.getString("comment"),
                            row.getBoolean("is_table"),
                            row.getString("oddity")));
                }
            }
        }
        return relations;
    }

    List<Function> functions(Connection connection) throws SQLException {
        List<Function> functions = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement(AuditSql.FUNCTIONS)) {
            int i = 1;
            query.setString(i++, names.schema());
            for (String function : SIGNATURES.keySet()) {
                query.setString(i++, names.plain(function));
            }
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    functions.add(function(row));
                }
            }
        }
        return functions;
    }

    private Function function(ResultSet row) throws SQLException {
        String name = row.getString("name");
        String arguments = row.getString("arguments");
        String what = SIGNATURES.entrySet().stream()
                .filter(each -> names.plain(each.getKey()).equals(name)
                        && each.getValue().equals(arguments))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(null);
        Code code = new Code(
                row.getString("body"),
                row.getBoolean("definer"),
                Set.copyOf(strings(row, "settings")),
                row.getString("language"));
        return new Function(
                row.getString("object"), what, row.getString("owner"), trust(row), row.getString("comment"), code);
    }

    private static Trust trust(ResultSet row) throws SQLException {
        return Trust.valueOf(row.getString("trust"));
    }

    private static List<String> strings(ResultSet row, String column) throws SQLException {
        Array array = row.getArray(column);
        return List.of((String[]) array.getArray());
    }

    /**
     * What is wrong with making or replacing objects here: everything must be this role's or a superuser's, and nobody else may
     * create objects in the schema. One sentence each, with the object, its owner and what to do.
     */
    List<String> problemsOfInstaller(Connection connection) throws SQLException {
        List<String> problems = new ArrayList<>();
        schema(connection).ifPresent(schema -> {
            if (schema.trust() != Trust.INSTALLER) {
                problems.add(owned("Schema " + schema.object(), schema.owner())
                        + " Its owner could replace everything in it. Set walwire.triggers.schema to another schema");
            }
            for (String creator : schema.creators()) {
                problems.add((creator.equals("PUBLIC") ? "Every role" : "Role " + creator)
                        + " may create objects in schema " + schema.object() + " (owner " + quoted(schema.owner())
                        + "), and so could prepare them for the role that installs. Run: REVOKE CREATE ON SCHEMA "
                        + schema.object() + " FROM " + creator + ";");
            }
        });
        for (Relation each : relations(connection)) {
            if (each.trust() != Trust.INSTALLER) {
                problems.add(owned("Relation " + each.object(), each.owner())
                        + " It may be forged. Drop it, or set walwire.triggers.schema to another schema");
            } else if (each.oddity() != null) {
                problems.add(odd(each));
            }
        }
        for (Function each : functions(connection)) {
            if (each.trust() != Trust.INSTALLER) {
                problems.add(owned("Function " + each.object(), each.owner())
                        + " It may be forged. Drop it, or set walwire.triggers.schema to another schema");
            }
        }
        return problems;
    }

    private static String owned(String object, String owner) {
        return object + " belongs to role " + quoted(owner)
                + ", which is neither the role that installs nor a superuser. If it is the role that has installed Walwire,"
                + " connect as that role.";
    }

    private static String odd(Relation each) {
        return "Relation " + each.object() + " of role " + quoted(each.owner()) + " " + each.oddity()
                + "; Walwire's own tables have none. Remove it, or set walwire.triggers.schema to another schema";
    }

    private static String quoted(String role) {
        return SqlIdentifiers.quote(role);
    }

    /**
     * What is wrong with reading: the owners of the schema and the tables could run code with the reader's rights.
     *
     * @param consented whether a table that the user names has triggers that call the capturing function, so that a role that may
     *     do that to it has chosen these objects
     */
    List<String> problemsOfReader(Connection connection, boolean consented) throws SQLException {
        Map<String, List<String>> untrusted = new LinkedHashMap<>();
        List<String> problems = new ArrayList<>();
        String consent = consented && !isSuperuser(connection)
                ? functions(connection).stream()
                        .filter(each -> "capture".equals(each.what()))
                        .map(Function::owner)
                        .findFirst()
                        .orElse(null)
                : null;
        schema(connection).ifPresent(schema -> {
            if (schema.trust() == Trust.NONE && !schema.owner().equals(consent)) {
                untrusted
                        .computeIfAbsent(schema.owner(), owner -> new ArrayList<>())
                        .add("schema " + schema.object());
            }
        });
        for (Relation each : relations(connection)) {
            if (each.trust() == Trust.NONE && !each.owner().equals(consent)) {
                untrusted
                        .computeIfAbsent(each.owner(), owner -> new ArrayList<>())
                        .add("table " + each.object());
            } else if (each.oddity() != null) {
                problems.add(odd(each));
            }
        }
        untrusted.forEach((owner, objects) -> problems.add(untrusted(owner, objects)));
        return problems;
    }

    private static boolean isSuperuser(Connection connection) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(
                        "SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER");
                ResultSet row = query.executeQuery()) {
            return row.next() && row.getBoolean(1);
        }
    }

    private static String untrusted(String owner, List<String> objects) {
        return "Role " + quoted(owner) + " owns what is to be read, and could run code as the reader: "
                + String.join(", ", objects)
                + ". Name a table that has the triggers in walwire.subscriptions, and read as a"
                + " role that is no superuser. Or let a superuser or the database's owner make the objects";
    }

    /**
     * Refuses to go on.
     *
     * @throws WalwireException if there are problems
     */
    static void refuse(List<String> problems) {
        if (!problems.isEmpty()) {
            String joined = String.join(
                    " ", problems.stream().map(ObjectAudit::sentence).toList());
            throw new WalwireException(ErrorCode.CONFIGURATION, joined);
        }
    }

    static String sentence(String problem) {
        return problem.endsWith(";") || problem.endsWith(".") ? problem : problem + ".";
    }

    /**
     * What a role that is not the owner may do with an object.
     *
     * @param object its name, quoted, with a function's arguments
     * @param role {@code PUBLIC} for every role
     * @param rights the privileges, with commas
     * @param kind {@code TABLE} or {@code FUNCTION}
     * @param trust who can trust the role
     */
    record Right(String object, String role, String rights, String kind, Trust trust) {
        boolean isEverybodys() {
            return role.equals("PUBLIC");
        }

        /** Whether the role is not trusted, and could have its own code run by those who write to the table. */
        boolean attachesCode() {
            return trust == Trust.NONE
                    && kind.equals("TABLE")
                    && (rights.contains("TRIGGER") || rights.contains("REFERENCES"));
        }

        /** A sentence. */
        String danger() {
            return (isEverybodys() ? "Every role" : "Role " + quoted(role)) + " has the rights " + rights + " on "
                    + object
                    + ". By REFERENCES or TRIGGER it can attach code of its own to the table, which would run as"
                    + " the reader, so no reader reads it.";
        }

        /** The statement that takes some of the rights away. */
        String revoke(String some) {
            return "REVOKE " + some + " ON " + kind + " " + object + " FROM "
                    + (isEverybodys() ? "PUBLIC" : quoted(role)) + ";";
        }
    }

    /** Roles that could attach code to the tables while they are read; one sentence or more each, with what to do. */
    List<String> problemsOfRights(Connection connection) throws SQLException {
        return rights(connection).stream()
                .filter(Right::attachesCode)
                .map(each -> each.danger() + " Run: " + each.revoke(ATTACHING))
                .toList();
    }

    /** The same as before as long as nobody has got a right on the tables, and none has got a trigger. */
    String state(Connection connection) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(AuditSql.STATE)) {
            int i = 1;
            query.setString(i++, names.schema());
            for (String table : TABLES) {
                query.setString(i++, names.plain(table));
            }
            try (ResultSet row = query.executeQuery()) {
                row.next();
                return String.valueOf(row.getString(1));
            }
        }
    }

    /** Rights that others have on the objects. */
    List<Right> rights(Connection connection) throws SQLException {
        List<Right> rights = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement(AuditSql.RIGHTS)) {
            int i = 1;
            for (String table : TABLES) {
                query.setString(i++, names.plain(table));
            }
            for (String function : SIGNATURES.keySet()) {
                query.setString(i++, names.plain(function));
            }
            query.setString(i, names.schema());
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    rights.add(new Right(
                            row.getString("object"),
                            row.getString("role"),
                            row.getString("rights"),
                            row.getString("kind"),
                            trust(row)));
                }
            }
        }
        return rights;
    }
}
