package io.walwire.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnFolderTest {
    /** A JVM that is killed cannot remove what it has. */
    @Test
    void folderOfAKilledJvm_isRemoved_thatOfALivingOneIsNot(@TempDir Path parent) throws Exception {
        Process living = jvm(parent);
        Process killed = jvm(parent);
        try {
            Path kept = folder(living);
            Path left = folder(killed);
            Files.writeString(left.resolve("data"), "left");
            killed.destroyForcibly().waitFor();
            Process another = jvm(parent);
            Path own = folder(another);
            another.destroyForcibly().waitFor();
            assertThat(left).doesNotExist();
            assertThat(kept).isEmptyDirectory();
            assertThat(own).isNotEqualTo(kept).isEmptyDirectory();
        } finally {
            living.destroyForcibly().waitFor();
            killed.destroyForcibly().waitFor();
        }
    }

    @Test
    void folderOfAJvmThatEnds_goesWithIt(@TempDir Path parent) throws Exception {
        Process jvm = jvm(parent);
        Path folder = folder(jvm);
        assertThat(folder).isEmptyDirectory();
        jvm.getOutputStream().close();
        assertThat(jvm.waitFor()).isZero();
        try (Stream<Path> left = Files.list(parent)) {
            assertThat(left).isEmpty();
        }
    }

    private static Process jvm(Path parent) throws Exception {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        parent.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static Path folder(Process jvm) throws Exception {
        return Path.of(jvm.inputReader().readLine());
    }

    /** Has a folder until nobody writes to it any more. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] args) throws Exception {
            Path folder = OwnFolder.in(Path.of(args[0]));
            System.gc(); // which closes what nobody holds
            System.out.println(folder);
            System.in.transferTo(OutputStream.nullOutputStream());
        }
    }
}
