package io.walwire;

import io.walwire.deadletter.StoredLetter;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.postgresql.ds.PGSimpleDataSource;

/** Where the tests keep dead letters: the same is promised of both. */
enum LetterBox {
    TABLE {
        @Override
        DeadLetters open(TestDatabase database, Path folder) {
            return DeadLetters.table(source(database));
        }
    },
    FILE {
        @Override
        DeadLetters open(TestDatabase database, Path folder) {
            return DeadLetters.file(file(folder));
        }
    };

    abstract DeadLetters open(TestDatabase database, Path folder);

    static Path file(Path folder) {
        return folder.resolve("letters.jsonl");
    }

    static PGSimpleDataSource source(TestDatabase database) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl("jdbc:postgresql://" + database.server().host() + ":"
                + database.server().port() + "/" + database.name());
        source.setUser(database.user());
        source.setPassword(database.password());
        return source;
    }

    /** The DDL of {@code sql/}, without what only psql understands. */
    static void createTable(TestDatabase database) throws SQLException, IOException {
        database.sql(ddl("dead-letters.sql"));
    }

    static String ddl(String file) throws IOException {
        String sql = Files.readString(Path.of("sql", file));
        return sql.substring(sql.indexOf("CREATE TABLE"), sql.indexOf("\n);") + 2);
    }

    static List<StoredLetter> all(DeadLetters letters) {
        try (Stream<StoredLetter> all = letters.list()) {
            return all.toList();
        }
    }
}
