package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ConfigurationException;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.handler.FailurePolicy;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The table among the tables that are read, the file after a crash, and the properties that choose between them. */
class LetterPlacesTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @TempDir
    Path folder = Path.of("");

    private final Trail trail = new Trail();
    private final Flaky flaky = new Flaky(trail, Flaky.ALWAYS).at("item+");

    @BeforeEach
    void tables() throws SQLException {
        Instances.prepare(database, "CREATE TABLE item (id int PRIMARY KEY, name text)");
    }

    private void fail(WalwireBuilder builder, int... ids) throws Exception {
        try (Walwire walwire = builder.handler("one", on -> on.table("item").onInsert(flaky.events("one")))
                .handler(trail.marker(), FailurePolicy.stop())
                .start()) {
            for (int id : ids) {
                database.sql("INSERT INTO item VALUES (" + id + ", 'secret')");
            }
            trail.upToMark(database);
            assertThat(walwire.status().setAside()).isEqualTo(ids.length);
        }
    }

    @Test
    void table_isNotAmongAllTables_unlessNamed() throws Exception {
        LetterBox.createTable(database);
        Recorder<String> names = new Recorder<>();
        Recorder<String> named = new Recorder<>();
        try (Walwire other = Instances.temporary(database)
                .subscriptions("walwire_dead_letter")
                .handler(on -> on.allTables()
                        .onChange(event -> named.add(event.source().table())))
                .start()) {
            fail(
                    Instances.durable(database)
                            .set("walwire.failure", "dead-letter")
                            .set("walwire.failure.retries", "0")
                            .set("walwire.dead-letters", "table")
                            .handler("all", on -> on.allTables()
                                    .onChange(event -> names.add(event.source().table()))),
                    2);
            assertThat(named.await(1)).containsExactly("walwire_dead_letter");
            assertThat(other.state().isFinal()).isFalse();
        }
        assertThat(names.all()).containsExactlyInAnyOrder("item", "mark");
        assertThat(database.queryLong("SELECT count(*) FROM walwire_dead_letter"))
                .isEqualTo(1);
        assertThat(database.queryString("SELECT events -> 0 -> 'new_record' ->> 'name' FROM walwire_dead_letter"))
                .isEqualTo("secret");
    }

    @Test
    void table_missing_isSaidAtTheStart() {
        assertThatThrownBy(() -> Instances.durable(database)
                        .set("walwire.failure", "dead-letter")
                        .set("walwire.dead-letters", "table")
                        .start())
                .isInstanceOfSatisfying(
                        WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DEAD_LETTER))
                .hasMessageContainingAll("walwire_dead_letter", "sql/dead-letters.sql");
    }

    @Test
    void file_withoutAFolder_isSaidAtTheStart() {
        assertThatThrownBy(() -> Instances.durable(database)
                        .set("walwire.failure", "dead-letter")
                        .set(
                                "walwire.dead-letters",
                                folder.resolve("none/letters").toString())
                        .start())
                .hasMessageContaining("there is no folder " + folder.resolve("none"));
    }

    @Test
    void configuration_wrong_isSaid() {
        assertThatThrownBy(() -> Instances.durable(database)
                        .set("walwire.failure", "dead-letter")
                        .set("walwire.failure.retries", "-1")
                        .start())
                .isInstanceOfSatisfying(ConfigurationException.class, e -> assertThat(e.problems())
                        .satisfiesExactlyInAnyOrder(
                                problem -> assertThat(problem).contains("walwire.dead-letters is missing"),
                                problem -> assertThat(problem)
                                        .contains("walwire.failure.retries is \"-1\"", "a whole number")));
        assertThatThrownBy(() -> Instances.durable(database)
                        .set("walwire.failure", "ignore")
                        .start())
                .hasMessageContainingAll("walwire.failure", "stop, skip or dead-letter");
        assertThatThrownBy(() -> Instances.durable(database).deadLetters())
                .hasMessageContaining("walwire.dead-letters is missing");
    }

    @Test
    void skip_ofTheProperties_goesOn() throws Exception {
        fail(Instances.durable(database).set("walwire.failure", "skip").set("walwire.failure.retries", "0"), 2, 3);
    }

    private WalwireBuilder intoFile() {
        return Instances.durable(database)
                .set("walwire.failure", "dead-letter")
                .set("walwire.failure.retries", "0")
                .set("walwire.dead-letters", LetterBox.file(folder).toString());
    }

    private List<String> lines() throws IOException {
        return Files.readAllLines(LetterBox.file(folder));
    }

    @Test
    void file_isItsOwnersAlone_andEveryLineIsALetter() throws Exception {
        fail(intoFile(), 2, 3);
        assertThat(lines()).hasSize(2).allSatisfy(line -> assertThat(line)
                .startsWith("{\"id\":\"")
                .contains("\"payload\":\"", "\"events\":[{"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(LetterBox.file(folder))))
                .isEqualTo("rw-------");
    }

    @Test
    void file_lineCutShort_isNoLetter_andDoesNotSpoilTheNext() throws Exception {
        fail(intoFile(), 2, 3);
        byte[] whole = Files.readAllBytes(LetterBox.file(folder));
        String second = lines().get(1);
        for (int cut : new int[] {1, 2, 5, second.length() / 2, second.length()}) {
            Files.write(LetterBox.file(folder), java.util.Arrays.copyOf(whole, whole.length - cut));
            DeadLetters letters = DeadLetters.file(LetterBox.file(folder));
            assertThat(LetterBox.all(letters)).as("cut by %d", cut).hasSize(1);
        }
        fail(intoFile(), 4);
        assertThat(lines()).hasSize(2);
        assertThat(LetterBox.all(DeadLetters.file(LetterBox.file(folder))))
                .extracting(letter -> letter.events().contains("\"id\":4"))
                .containsExactly(false, true);
    }

    @Test
    void file_unreadableLine_isNamed() throws Exception {
        fail(intoFile(), 2);
        Files.writeString(LetterBox.file(folder), "not a letter\n" + lines().get(0) + "\n", StandardCharsets.UTF_8);
        DeadLetters letters = DeadLetters.file(LetterBox.file(folder));
        assertThatThrownBy(() -> LetterBox.all(letters))
                .isInstanceOf(WalwireException.class)
                .hasMessageContainingAll("Line 1 of " + LetterBox.file(folder), "not JSON");
    }

    @Test
    void file_afterReplay_hasNoRowLeft() throws Exception {
        fail(intoFile(), 2);
        DeadLetters letters = DeadLetters.file(LetterBox.file(folder));
        assertThat(letters.remove(LetterBox.all(letters).get(0).id())).isEqualTo(1);
        assertThat(Files.readString(LetterBox.file(folder))).isEmpty();
    }

    @Test
    void lockFile_isItsOwnersAlone_andIsWhenItWasNot() throws Exception {
        Path lock = folder.resolve("letters.jsonl.lock");
        Files.createFile(lock);
        Files.setPosixFilePermissions(lock, PosixFilePermissions.fromString("rw-r--r--"));
        fail(intoFile(), 2);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(lock)))
                .isEqualTo("rw-------");
    }

    @ParameterizedTest
    @ValueSource(strings = {"letters.jsonl", "letters.jsonl.lock"})
    void linkInPlaceOfAFile_isRefusedAtTheStart_andIsNotFollowed(String name) throws IOException {
        Path target = folder.resolve("target");
        Files.createSymbolicLink(folder.resolve(name), target);
        assertThatThrownBy(() -> intoFile().start())
                .isInstanceOfSatisfying(
                        WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DEAD_LETTER))
                .hasMessageContainingAll(folder.resolve(name).toString(), "symbolic link");
        assertThat(target).doesNotExist();
    }

    @Test
    void linkThatComesLater_isNotFollowed() throws Exception {
        fail(intoFile(), 2);
        Path file = LetterBox.file(folder);
        Path target = Files.move(file, folder.resolve("target"));
        byte[] before = Files.readAllBytes(target);
        Files.createSymbolicLink(file, target);
        DeadLetters letters = DeadLetters.file(file);
        assertThatThrownBy(() -> LetterBox.all(letters)).hasMessageContaining("symbolic link");
        assertThatThrownBy(() -> letters.remove("x")).hasMessageContaining("symbolic link");
        assertThat(target).hasBinaryContent(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "my only notes, without a line break",
                "my only notes\n",
                "[1]",
                "{\"id\": 7}\n",
                "{\"id\":\"a\"}\nforeign\n{\"id\":\"b\"}\n",
                "{\"id\":\"a\"}\nforeign"
            })
    void foreignFile_isRefusedAtTheStart_andStaysAsItIs(String content) throws Exception {
        Path file = Files.writeString(LetterBox.file(folder), content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> intoFile().start())
                .isInstanceOfSatisfying(
                        WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DEAD_LETTER))
                .hasMessageContaining(file.toString());
        assertThat(file).hasContent(content);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-r--r--");
    }

    @ParameterizedTest
    @ValueSource(strings = {"my only notes, without a line break", "notes\n"})
    void foreignFile_thatComesLater_isNotChangedByALetter(String content) throws Exception {
        try (Walwire walwire = intoFile()
                .handler("notes", on -> on.table("item").onInsert(event -> {
                    Files.writeString(LetterBox.file(folder), content);
                    throw new IllegalStateException("no mail");
                }))
                .start()) {
            database.sql("INSERT INTO item VALUES (2, 'secret')");
            assertThatThrownBy(() -> walwire.awaitTermination(Items.LONG))
                    .hasMessageContaining(LetterBox.file(folder).toString());
        }
        assertThat(LetterBox.file(folder)).hasContent(content);
    }

    @ParameterizedTest
    @ValueSource(strings = {"letters.jsonl.lock", "letters.jsonl.new"})
    void foreignFileBeside_isRefusedAtTheStart_andStaysAsItIs(String name) throws Exception {
        Path beside = Files.writeString(folder.resolve(name), "notes");
        assertThatThrownBy(() -> intoFile().start()).hasMessageContaining(beside.toString());
        assertThat(beside).hasContent("notes");
    }

    private WalwireBuilder intoTable(String role) {
        return Instances.durable(database)
                .user(role)
                .password("secret")
                .set("walwire.failure", "dead-letter")
                .set("walwire.dead-letters", "table");
    }

    /** Whoever may create objects in a schema of the search path can make the table first. */
    @Test
    void tableOfAnotherRole_isRefusedAtTheStart_andByTheDoctor() throws Exception {
        String application = database.role("LOGIN REPLICATION PASSWORD 'secret'");
        String other = database.role("NOLOGIN");
        LetterBox.createTable(database);
        database.sql(
                "ALTER TABLE walwire_dead_letter OWNER TO " + other,
                "GRANT SELECT, INSERT, DELETE ON walwire_dead_letter TO " + application);
        assertThatThrownBy(() -> intoTable(application).start())
                .isInstanceOfSatisfying(
                        WalwireException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DEAD_LETTER))
                .hasMessageContainingAll("public.walwire_dead_letter belongs to role", other);
        assertThat(intoTable(application).check()).anySatisfy(finding -> assertThat(finding.toString())
                .contains("public.walwire_dead_letter belongs to role", other));
    }

    /** A schema with the name of the role comes first in the search path. */
    @Test
    void tableInASchemaNamedLikeTheRole_isRefused_andComesTooLateForALetterStoreThatFoundItsTable() throws Exception {
        String application = database.role("LOGIN REPLICATION PASSWORD 'secret'");
        String other = database.role("NOLOGIN");
        LetterBox.createTable(database);
        database.sql("GRANT SELECT, INSERT, DELETE ON walwire_dead_letter TO " + application);
        DeadLetters before = intoTable(application).deadLetters();
        assertThat(LetterBox.all(before)).isEmpty();
        database.sql(
                "CREATE SCHEMA " + application + " AUTHORIZATION " + other,
                "CREATE TABLE " + application + ".walwire_dead_letter (LIKE public.walwire_dead_letter INCLUDING ALL)",
                "ALTER TABLE " + application + ".walwire_dead_letter OWNER TO " + other,
                "GRANT ALL ON " + application + ".walwire_dead_letter TO " + application,
                "GRANT USAGE ON SCHEMA " + application + " TO " + application);
        assertThatThrownBy(() -> intoTable(application).start())
                .hasMessageContainingAll(application + ".walwire_dead_letter belongs to role", other);
        assertThat(LetterBox.all(before)).isEmpty();
    }

    /** The right TRIGGER is enough to have a function run as whoever writes. */
    @Test
    void tableWithATriggerOfAnotherRole_isRefused() throws Exception {
        String application = database.role("LOGIN REPLICATION PASSWORD 'secret'");
        String other = database.role("NOLOGIN");
        LetterBox.createTable(database);
        database.sql(
                "GRANT SELECT, INSERT, DELETE ON walwire_dead_letter TO " + application,
                "CREATE FUNCTION steal() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
                "CREATE TRIGGER thief BEFORE INSERT ON walwire_dead_letter FOR EACH ROW EXECUTE FUNCTION steal()");
        LetterBox.all(intoTable(application).deadLetters());
        database.sql("ALTER FUNCTION steal() OWNER TO " + other);
        assertThatThrownBy(() -> LetterBox.all(intoTable(application).deadLetters()))
                .hasMessageContainingAll("trigger thief", "steal()", other);
    }

    /** A letter that is deleted would delete rows there, and the triggers of that table run with the rights of the deleting role. */
    @Test
    void tableThatATableOfAnotherRoleRefersTo_isRefused() throws Exception {
        String application = database.role("LOGIN REPLICATION PASSWORD 'secret'");
        String other = database.role("NOLOGIN");
        LetterBox.createTable(database);
        database.sql(
                "GRANT SELECT, INSERT, DELETE ON walwire_dead_letter TO " + application,
                "CREATE TABLE thief (letter bigint REFERENCES walwire_dead_letter ON DELETE CASCADE)");
        LetterBox.all(intoTable(application).deadLetters());
        database.sql("ALTER TABLE thief OWNER TO " + other);
        assertThatThrownBy(() -> LetterBox.all(intoTable(application).deadLetters()))
                .hasMessageContainingAll("foreign key thief_letter_fkey", "thief", other);
    }

    @Test
    void ddl_doesNotTakeOverATableThatIsThere() throws IOException {
        assertThat(LetterBox.ddl("dead-letters.sql")).doesNotContain("IF NOT EXISTS");
        assertThat(LetterBox.ddl("checkpoint.sql")).doesNotContain("IF NOT EXISTS");
    }
}
