package io.walwire.internal.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is left in a directory after a crash at any byte, and what is refused. */
class GroupFilesTest {
    private static final long LARGE = 1 << 30;

    @TempDir
    Path folder = Path.of("");

    private Path directory() {
        return folder.resolve("sink");
    }

    private GroupFiles open() throws IOException {
        return GroupFiles.open(directory(), "shop", LARGE);
    }

    private Path file(int number) {
        return directory().resolve("walwire-%012d.jsonl".formatted(number));
    }

    private void threeGroups() throws IOException {
        try (GroupFiles files = open()) {
            assertThat(files.position()).isNull();
            for (int i = 1; i <= 3; i++) {
                files.add("{\"a\":" + i + "}");
                files.add("{\"b\":\"ä" + "x".repeat(i) + "\"}");
                files.endGroup("p" + i);
            }
        }
    }

    /** Ends of the first line and of each group, by what a reader finds. */
    private static List<Integer> ends(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        return IntStream.range(0, bytes.length)
                .filter(i -> bytes[i] == '\n' && text.startsWith(GroupLine.PREFIX, text.lastIndexOf('\n', i - 1) + 1))
                .mapToObj(i -> i + 1)
                .toList();
    }

    @Test
    void cutAtAnyByte_goesOnBehindTheLastWholeGroup() throws IOException {
        threeGroups();
        byte[] whole = Files.readAllBytes(file(1));
        List<Integer> ends = ends(whole);
        assertThat(ends).hasSize(4).endsWith(whole.length);
        for (int length = ends.get(0); length <= whole.length; length++) {
            Files.write(file(1), Arrays.copyOf(whole, length));
            int cut = length;
            int groups = (int) ends.stream().filter(end -> end <= cut).count() - 1;
            try (GroupFiles files = open()) {
                assertThat(files.position()).as("cut at %d", length).isEqualTo(groups == 0 ? null : "p" + groups);
                assertThat(Files.size(file(1))).isEqualTo((long) ends.get(groups));
                files.add("{}");
                files.endGroup("next");
            }
            try (GroupFiles files = open()) {
                assertThat(files.position()).isEqualTo("next");
            }
        }
    }

    /** A line of Walwire's own, and one of an event, on each side of the border of what is read at once. */
    @Test
    void linesAcrossBlocks_areReadAsOne() throws IOException {
        for (int length = (1 << 16) - 260; length < (1 << 16) + 20; length += 3) {
            try (GroupFiles files = GroupFiles.open(directory(), "shop", 1)) {
                files.add("{" + "x".repeat(length) + "}");
                files.endGroup("a" + length);
            }
            try (GroupFiles files = GroupFiles.open(directory(), "shop", 1)) {
                assertThat(files.position()).isEqualTo("a" + length);
            }
        }
    }

    @Test
    void damagedGroup_isCutOffAtTheEnd_andAnErrorBeforeAWholeOne() throws IOException {
        threeGroups();
        String whole = Files.readString(file(1));
        Files.writeString(file(1), whole.replace("{\"a\":3}", "{\"a\":4}"));
        try (GroupFiles files = open()) {
            assertThat(files.position()).isEqualTo("p2");
        }
        Files.writeString(file(1), whole.replace("{\"a\":2}", "{\"a\":4}"));
        assertThatThrownBy(this::open)
                .hasMessageContainingAll("walwire-000000000001.jsonl is damaged", "in line 7", "Restore the directory");
        Files.writeString(file(1), whole.replace("p3", "p4"));
        try (GroupFiles files = open()) {
            assertThat(files.position()).isEqualTo("p2");
        }
        Files.writeString(file(1), whole);
        open().close();
    }

    @Test
    void foreignFile_isRefused_andKept() throws IOException {
        Files.createDirectory(directory());
        for (String content : List.of("", "hello", "hello\n", "{\"walwire\":\"later\"}\n")) {
            Files.writeString(file(1), content);
            assertThatThrownBy(this::open).as("%s", content).isInstanceOf(IOException.class);
            assertThat(Files.readString(file(1))).isEqualTo(content);
        }
    }

    @Test
    void rotation_eachFileBeginsWhereTheOneBeforeEnded_andOldOnesMayGo() throws IOException {
        try (GroupFiles files = GroupFiles.open(directory(), "shop", 1)) {
            for (int i = 1; i <= 3; i++) {
                files.add("{}");
                files.add("{}");
                files.endGroup("p" + i);
            }
        }
        assertThat(Files.readAllLines(file(1)).get(0)).endsWith("\"position\":null}");
        assertThat(Files.readAllLines(file(3)).get(0)).endsWith("\"position\":\"p2\"}");
        Files.delete(file(1));
        Files.delete(file(2));
        try (GroupFiles files = GroupFiles.open(directory(), "shop", 1)) {
            assertThat(files.position()).isEqualTo("p3");
            files.endGroup("p4");
        }
        assertThat(Files.exists(file(4))).isTrue();
        Files.writeString(directory().resolve("walwire-000000000005.jsonl.new"), "{\"wal");
        try (GroupFiles files = GroupFiles.open(directory(), "shop", 1)) {
            assertThat(files.position()).isEqualTo("p4");
            files.endGroup("p5");
        }
        try (Stream<Path> left = Files.list(directory())) {
            assertThat(left.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "walwire-000000000003.jsonl",
                            "walwire-000000000004.jsonl",
                            "walwire-000000000005.jsonl",
                            "walwire.lock");
        }
    }

    /** After an fsync that failed, the page cache holds what the disk does not, and a second fsync would not write it. */
    @Test
    void lastGroup_isWrittenAgain_beforeItCountsAsStored() throws IOException {
        threeGroups();
        byte[] whole = Files.readAllBytes(file(1));
        FileTime longAgo = FileTime.fromMillis(0);
        Files.setLastModifiedTime(file(1), longAgo);
        open().close();
        assertThat(Files.getLastModifiedTime(file(1))).isGreaterThan(longAgo);
        assertThat(Files.readAllBytes(file(1))).isEqualTo(whole);
    }

    @Test
    void directoryInUse_orOfAnotherDatabase_orNone_isRefused() throws IOException {
        try (GroupFiles files = open()) {
            files.endGroup("p");
            assertThatThrownBy(this::open).hasMessageContaining("another sink of this process writes to it");
        }
        assertThatThrownBy(() -> GroupFiles.open(directory(), "sh\"op", LARGE))
                .hasMessageContaining("holds events of the database \"shop\", not of \"sh\\\"op\"");
        Path file = Files.createFile(folder.resolve("file"));
        assertThatThrownBy(() -> GroupFiles.open(file, "shop", LARGE))
                .hasMessageContaining("is a file, not a directory");
        assertThatThrownBy(() -> GroupFiles.open(folder.resolve("no/where"), "shop", LARGE))
                .hasMessageContaining("there is no file or folder");
        open().close();
    }

    @Test
    void databaseWithAnyName_isFoundAgain() throws IOException {
        String name = "a\"b\\c\nd\u0001é";
        try (GroupFiles files = GroupFiles.open(directory(), name, LARGE)) {
            files.endGroup("p");
        }
        try (GroupFiles files = GroupFiles.open(directory(), name, LARGE)) {
            assertThat(files.position()).isEqualTo("p");
        }
    }

    @Test
    void files_areTheOwnersAlone() throws IOException {
        threeGroups();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory())))
                .isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file(1))))
                .isEqualTo("rw-------");
    }
}
