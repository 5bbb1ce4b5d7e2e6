package io.walwire.internal.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A file with rows' values in it is nobody else's, whatever was there before. */
class PrivateFileTest {
    private static final int NOBODY = 65_534;

    private final Path folder;
    private final Path file;

    PrivateFileTest(@TempDir Path folder) {
        this.folder = folder;
        this.file = folder.resolve("private");
    }

    @BeforeEach
    void posix() {
        assumeTrue(
                folder.getFileSystem().supportedFileAttributeViews().contains("unix"),
                "no owners and permissions here");
    }

    private static String permissions(Path of) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(of));
    }

    private static void permit(Path of, String permissions) throws IOException {
        Files.setPosixFilePermissions(of, PosixFilePermissions.fromString(permissions));
    }

    private void requireRefused(String... why) throws IOException {
        List<Path> before = names();
        assertThatThrownBy(() -> PrivateFile.open(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContainingAll(why);
        assertThatThrownBy(() -> PrivateFile.check(file)).hasMessageContainingAll(why);
        assertThat(names()).isEqualTo(before);
    }

    private List<Path> names() throws IOException {
        try (Stream<Path> names = Files.list(folder)) {
            return names.sorted().toList();
        }
    }

    @Test
    void fileThatIsNotThere_isMade_forItsOwnerAlone() throws IOException {
        PrivateFile.check(file);
        assertThat(file).doesNotExist();
        PrivateFile.open(file).close();
        assertThat(permissions(file)).isEqualTo("rw-------");
        try (FileChannel again = PrivateFile.open(file)) {
            again.write(ByteBuffer.wrap(new byte[] {7}));
        }
        assertThat(file).hasBinaryContent(new byte[] {7});
        try (FileChannel read = PrivateFile.read(file)) {
            assertThat(read.size()).isEqualTo(1);
        }
        assertThatThrownBy(() -> PrivateFile.create(file)).isInstanceOf(FileAlreadyExistsException.class);
        assertThat(names()).containsExactly(file);
    }

    @Test
    void folderThatIsNotThere_isNamed() {
        assertThatThrownBy(() -> PrivateFile.open(file.resolve("deeper"))).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> PrivateFile.read(file)).isInstanceOf(NoSuchFileException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"target", "nowhere"})
    void symbolicLink_isRefused_andNothingIsMadeBehindIt(String target) throws IOException {
        Files.writeString(folder.resolve("target"), "theirs");
        Files.createSymbolicLink(file, folder.resolve(target));
        requireRefused("symbolic link");
        assertThatThrownBy(() -> PrivateFile.read(file)).hasMessageContaining("symbolic link");
        assertThatThrownBy(() -> PrivateFile.create(file)).isInstanceOf(FileAlreadyExistsException.class);
        assertThat(folder.resolve("target")).hasContent("theirs");
    }

    @Test
    void hardLink_isRefused() throws IOException {
        Files.writeString(folder.resolve("target"), "theirs");
        Files.createLink(file, folder.resolve("target"));
        permit(file, "rw-------");
        requireRefused("hard link");
    }

    @Test
    void folder_inPlaceOfAFile_isRefused() throws IOException {
        Files.createDirectory(file);
        requireRefused("not a file");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-rw-rw-", "rw-----w-"})
    void fileThatOthersMayWriteTo_isRefused(String permissions) throws IOException {
        Files.createFile(file);
        permit(file, permissions);
        requireRefused("write to it", "chmod 600 " + file);
        assertThatThrownBy(() -> PrivateFile.read(file)).hasMessageContaining("write to it");
        assertThat(permissions(file)).isEqualTo(permissions);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-r--r--", "rw-rw----"})
    void fileThatOthersMayRead_isTaken_andCanBeMadeItsOwnersAlone(String permissions) throws IOException {
        Files.createFile(file);
        permit(file, permissions);
        PrivateFile.read(file).close();
        assertThat(permissions(file)).isEqualTo(permissions);
        PrivateFile.open(file).close();
        assertThat(permissions(file)).isEqualTo(permissions);
        PrivateFile.keepOthersOut(file);
        assertThat(permissions(file)).isEqualTo("rw-------");
    }

    @Test
    void fileOfAnotherUser_isRefused() throws IOException {
        Files.createFile(file);
        permit(file, "rw-------");
        Object root = Files.getAttribute(file, "unix:uid");
        assumeTrue(root.equals(0), "only root gives files away");
        Files.setAttribute(file, "unix:uid", NOBODY);
        requireRefused("another user", "uid " + NOBODY);
        assertThatThrownBy(() -> PrivateFile.read(file)).hasMessageContaining("another user");
    }

    /** Who owns a folder may remove and rename what is in it, whatever the sticky bit says. */
    @Test
    void folderOfAnotherUser_thatEverybodyMayWriteTo_isRefused() throws IOException {
        assumeTrue(Integer.valueOf(0).equals(Files.getAttribute(folder, "unix:uid")), "only root gives folders away");
        PrivateFile.open(file).close();
        Files.setAttribute(folder, "unix:uid", NOBODY);
        Files.setAttribute(folder, "unix:mode", 01777);
        requireRefused("replace files", "another user", "uid " + NOBODY);
        Files.delete(file);
        requireRefused("replace files", "another user", "uid " + NOBODY);
        Files.setAttribute(folder, "unix:uid", 0);
        PrivateFile.open(file).close();
    }

    @Test
    void folderThatEverybodyMayWriteTo_isRefused_unlessItIsSticky() throws IOException {
        permit(folder, "rwxrwxrwx");
        requireRefused("replace files", "chmod o-w " + folder);
        Files.setAttribute(folder, "unix:mode", 01777);
        PrivateFile.open(file).close();
        assertThat(permissions(file)).isEqualTo("rw-------");
        Files.setAttribute(folder, "unix:mode", 0700);
    }
}
