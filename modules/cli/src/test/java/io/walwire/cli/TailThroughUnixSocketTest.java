package io.walwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.cli.signal.Signals;
import io.walwire.testing.TestDatabase;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The command line, where the server is on the same host. */
class TailThroughUnixSocketTest {
    private static final Path FOLDER = folder();

    @RegisterExtension
    static final TestDatabase DATABASE =
            TestDatabase.onServerOfItsOwn(Map.of("unix_socket_directories", FOLDER.toString()));

    private static Path folder() {
        try {
            return Files.createTempDirectory("walwire");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterAll
    static void removeFolder() {
        // the server still has its socket in there
        FOLDER.toFile().deleteOnExit();
    }

    @Test
    void tail_urlAsLibpqWritesIt() throws Exception {
        DATABASE.sql("CREATE TABLE item (id int)", "CREATE PUBLICATION events FOR TABLE item");
        DATABASE.createSlot("tailing");
        DATABASE.sql("INSERT INTO item VALUES (41)");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();

        int code = Main.commandLine(
                        out, new PrintStream(err, true, StandardCharsets.UTF_8), Map.of(), new Signals(), verbose -> {})
                .execute(
                        "tail",
                        "--url",
                        "postgresql:///" + DATABASE.name() + "?host=" + FOLDER + "&port="
                                + DATABASE.server().port() + "&user=" + DATABASE.user(),
                        "--publication",
                        "events",
                        "--slot",
                        "tailing",
                        "--max-events",
                        "1");

        assertThat(err.toString(StandardCharsets.UTF_8)).contains("streaming from");
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("\"new_record\":{\"id\":41}");
        assertThat(code).isZero();
    }
}
