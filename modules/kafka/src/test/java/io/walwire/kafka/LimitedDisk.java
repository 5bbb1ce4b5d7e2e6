package io.walwire.kafka;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A file system in memory that can be made full, for the processes that are started in it. It is mounted in a namespace of its own, which
 * takes Linux, its commands {@code unshare} and {@code nsenter}, and a kernel that allows namespaces; it needs no root.
 */
final class LimitedDisk {
    private static final String ENOUGH = "4g";

    /** What is left of a full disk, in KiB: less than a batch of records takes. */
    private static final int LEFT = 4;

    private final Path folder;

    /** Keeps the namespace, and with it the files. It ends with this JVM, which holds its input. */
    private final Process holder;

    private LimitedDisk(Path folder, Process holder) {
        this.folder = folder;
        this.holder = holder;
    }

    /**
     * Mounts one at a folder that is there. Only processes with {@link #command} see its files.
     *
     * @return null if this machine does not allow it
     */
    static @Nullable LimitedDisk at(Path folder) throws IOException {
        Process holder;
        try {
            holder = new ProcessBuilder(
                            "unshare",
                            "--user",
                            "--map-root-user",
                            "--mount",
                            "sh",
                            "-c",
                            "mount -t tmpfs -o size=" + ENOUGH + " none \"$0\" && echo mounted && exec cat > /dev/null",
                            folder.toString())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            return null; // there is no such command
        }
        LimitedDisk disk = new LimitedDisk(folder, holder);
        BufferedReader answer = holder.inputReader(StandardCharsets.UTF_8);
        if (!"mounted".equals(answer.readLine()) || disk.run("true") != 0) {
            holder.destroy();
            return null;
        }
        return disk;
    }

    /** The command line that runs a command in the namespace. */
    List<String> command(List<String> command) {
        List<String> all = new ArrayList<>(List.of(
                "nsenter", "--target", Long.toString(holder.pid()), "--user", "--mount", "--preserve-credentials"));
        all.addAll(command);
        return all;
    }

    /** From now on nothing more can be written. */
    void fill() throws IOException {
        resize("$(($(df -k \"$0\" | tail -n 1 | awk '{print $3}') + " + LEFT + "))k");
    }

    /** There is space again. */
    void free() throws IOException {
        resize(ENOUGH);
    }

    private void resize(String size) throws IOException {
        if (run("mount -o remount,size=" + size + " \"$0\"") != 0) {
            throw new IOException("The size of " + folder + " cannot be changed");
        }
    }

    private int run(String script) throws IOException {
        try {
            Process process = new ProcessBuilder(command(List.of("sh", "-c", script, folder.toString())))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(20, TimeUnit.SECONDS) ? process.exitValue() : -1;
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    /** Its files are gone. */
    void remove() throws InterruptedException {
        holder.destroy();
        holder.waitFor(20, TimeUnit.SECONDS);
    }
}
