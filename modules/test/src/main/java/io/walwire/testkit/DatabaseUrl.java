package io.walwire.testkit;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A URL taken apart, so that another database of the same server can be named.
 *
 * @param scheme up to the two slashes
 * @param userInfo user and password before the host, percent-encoded; empty if they stand in the query
 * @param hosts host and port
 * @param database the name; empty for the user's own
 * @param query without its question mark, empty if there is none
 */
record DatabaseUrl(String scheme, String userInfo, String hosts, String database, String query) {
    private static final Pattern FORM =
            Pattern.compile("((?:jdbc:)?postgres(?:ql)?://)(?:([^/?]*)@)?([^/?@]*)(?:/([^?]*))?(?:\\?(.*))?");

    static DatabaseUrl parse(String url) {
        Matcher form = FORM.matcher(url);
        if (!form.matches()) {
            throw new IllegalArgumentException(
                    "The URL of the server for the tests (walwire.testkit.server, or server() of"
                            + " the extension's builder) must have the form postgresql://user:password@host:port/database, or"
                            + " jdbc:postgresql://host:port/database?user=NAME&password=SECRET");
        }
        return new DatabaseUrl(form.group(1), orEmpty(form, 2), form.group(3), orEmpty(form, 4), orEmpty(form, 5));
    }

    private static String orEmpty(Matcher form, int group) {
        String text = form.group(group);
        return text == null ? "" : text;
    }

    /** The same server and user, another database, whose name needs no encoding. */
    DatabaseUrl withDatabase(String name) {
        return new DatabaseUrl(scheme, userInfo, hosts, name, query);
    }

    /** As Walwire reads it. */
    String url() {
        String user = userInfo.isEmpty() ? "" : userInfo + '@';
        return scheme + user + hosts + '/' + database + (query.isEmpty() ? "" : '?' + query);
    }

    /** As the driver reads it: user and password stand in the query. */
    String jdbcUrl() {
        StringBuilder parameters = new StringBuilder(query);
        if (!userInfo.isEmpty()) {
            String[] parts = userInfo.split(":", 2);
            append(parameters, "user", parts[0]);
            if (parts.length == 2) {
                append(parameters, "password", parts[1]);
            }
        }
        return "jdbc:postgresql://" + hosts + '/' + database + (parameters.isEmpty() ? "" : "?" + parameters);
    }

    /** In a URL's user a plus is a plus; in its query, as the driver reads it, a blank. */
    private static void append(StringBuilder parameters, String name, String encoded) {
        parameters
                .append(parameters.isEmpty() ? "" : "&")
                .append(name)
                .append('=')
                .append(encoded.replace("+", "%2B"));
    }

    /** New connections, without a pool. */
    DataSource dataSource() {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(jdbcUrl());
        source.setApplicationName("tests");
        return source;
    }

    /** The database's name as it is. */
    String databaseName() {
        return URLDecoder.decode(database.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** Without what may be a password. */
    @Override
    public String toString() {
        return scheme + hosts + '/' + database;
    }
}
