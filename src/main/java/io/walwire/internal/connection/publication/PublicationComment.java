package io.walwire.internal.connection.publication;

import io.walwire.internal.log.Logs;
import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.SqlLiterals;
import io.walwire.internal.text.TableName;
import io.walwire.internal.text.TablePattern;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;

/**
 * The comment of a publication, in which Walwire remembers which tables it added. Lines of people are kept, and so is a line
 * that looks like Walwire's and cannot be read.
 */
final class PublicationComment {
    private static final Logger LOG = Logs.of(PublicationComment.class);
    private static final String ADDED = "tables added by walwire: ";

    /** The comment of a publication for all tables. Each start adds the missing tables to it. */
    private static final String EVERY_TABLE = "created by walwire for every table that can be published without harm";

    private final String publication;
    private final List<String> others = new ArrayList<>();
    private final Set<TableName> added = new LinkedHashSet<>();

    private PublicationComment(String publication) {
        this.publication = publication;
    }

    /**
     * Reads a comment.
     *
     * @param connection a plain connection
     * @param publication raw name
     * @return empty if there is none
     * @throws SQLException if the catalog cannot be read
     */
    static PublicationComment read(Connection connection, String publication) throws SQLException {
        PublicationComment read = new PublicationComment(publication);
        try (PreparedStatement query = connection.prepareStatement(
                "SELECT pg_catalog.obj_description(oid, 'pg_publication') FROM pg_catalog.pg_publication WHERE pubname = ?")) {
            query.setString(1, publication);
            try (ResultSet row = query.executeQuery()) {
                String comment = row.next() ? row.getString(1) : null;
                if (comment != null) {
                    comment.lines().forEach(read::line);
                }
            }
        }
        return read;
    }

    private void line(String line) {
        if (!line.startsWith(ADDED)) {
            others.add(line);
            return;
        }
        try {
            TablePattern.parseList(unescaped(line.substring(ADDED.length()))).stream()
                    .flatMap(pattern -> pattern.tableName().stream())
                    .forEach(added::add);
        } catch (IllegalArgumentException e) {
            others.add(line);
            LOG.warn(
                    "A line of the comment of publication {} cannot be read, and is left alone: {} The tables in it count as"
                            + " added by people. Correct the line or remove it: COMMENT ON PUBLICATION {} IS '...';",
                    publication,
                    e.getMessage(),
                    SqlIdentifiers.quote(publication));
        }
    }

    /** The tables that Walwire added, as far as the comment says so. */
    Set<TableName> added() {
        return new LinkedHashSet<>(added);
    }

    /** Whether the publication gets every table that it can have. */
    boolean isOfEveryTable() {
        return others.contains(EVERY_TABLE);
    }

    /** Marks a new publication as one that gets every table. */
    void markEveryTable() {
        others.add(EVERY_TABLE);
    }

    /**
     * Writes the comment with another list of tables.
     *
     * @param statement of a plain connection
     * @param tables all that Walwire added
     * @throws SQLException if the server refuses
     */
    void write(Statement statement, Collection<TableName> tables) throws SQLException {
        List<String> lines = new ArrayList<>(others);
        if (!tables.isEmpty()) {
            lines.add(ADDED + escaped(tables.stream().map(TableName::toString).collect(Collectors.joining(", "))));
        }
        statement.execute("COMMENT ON PUBLICATION " + SqlIdentifiers.quote(publication) + " IS "
                + SqlLiterals.quote(String.join("\n", lines)));
    }

    /** A name with a line break would end the line, and what follows it could pass for a line of its own. */
    private static String escaped(String names) {
        return names.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
    }

    private static String unescaped(String names) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < names.length(); i++) {
            char next = names.charAt(i);
            if (next == '\\' && i + 1 < names.length()) {
                char escape = names.charAt(++i);
                text.append(escape == 'n' ? '\n' : escape == 'r' ? '\r' : escape);
            } else {
                text.append(next);
            }
        }
        return text.toString();
    }
}
