package io.walwire;

import io.walwire.event.Event;
import io.walwire.event.Transaction;
import io.walwire.internal.sink.GroupFiles;
import io.walwire.sink.Sink;
import io.walwire.sink.SinkContext;
import io.walwire.sink.SinkPosition;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A sink that writes each event as one line of JSON into files of a directory, <strong>exactly once</strong>. The position is stored in
 * the files themselves, and each group is on the disk (fsync) before its transactions are confirmed to PostgreSQL.
 *
 * <p>The files are {@code walwire-000000000001.jsonl} and so on, in UTF-8. Beside the events they hold lines whose first key is
 * {@code walwire}: the first line of a file, and the last line of each group, which has the number of the group's events, the position
 * and a CRC32C of both. A reader takes a group when its last line is there, and ignores what follows the last group: the writer
 * was killed there, or has not finished. The sink cuts that off when it opens the directory again. The last line
 * of a group may be seen a moment before the group is on the disk. If the machine loses its power in that moment, the group is gone, and
 * its events come again. All groups of a file are on the disk when the next file exists. Files are never changed after
 * the next one exists. They may be moved away then; the newest file must stay, since it holds the position.
 *
 * <p>Only the user of this process can read and write the files. One sink at a time can write to a directory, and for one
 * database. The instance ends with an error when the directory cannot be written, the disk is full or a file is damaged.
 * Messages that are not transactional come at least once.
 */
public final class FileSink implements Sink {
    private static final long DEFAULT_MAX_FILE_BYTES = 256L << 20;

    private final Path directory;
    private final long maxFileBytes;
    private @Nullable GroupFiles files;

    private FileSink(Builder builder) {
        this.directory = builder.directory;
        this.maxFileBytes = builder.maxFileBytes;
    }

    /**
     * A sink with the defaults.
     *
     * @param directory where the files are; created when the instance starts if it is missing, in a directory that exists
     * @return the sink; nothing is opened yet
     */
    public static FileSink of(Path directory) {
        return builder(directory).build();
    }

    /**
     * A sink with options.
     *
     * @param directory as {@link #of}
     * @return the builder
     */
    public static Builder builder(Path directory) {
        return new Builder(Objects.requireNonNull(directory, "directory"));
    }

    /** The options of a file sink. */
    public static final class Builder {
        private final Path directory;
        private long maxFileBytes = DEFAULT_MAX_FILE_BYTES;

        private Builder(Path directory) {
            this.directory = directory;
        }

        /**
         * From which size on the next group goes to a new file. A file is larger by as much as one group, since no group is split.
         *
         * @param bytes at least 1; 256 MiB if not set
         * @return this
         * @throws IllegalArgumentException if it is less than 1
         */
        public Builder maxFileBytes(long bytes) {
            if (bytes < 1) {
                throw new IllegalArgumentException("maxFileBytes is " + bytes + "; it must be at least 1");
            }
            this.maxFileBytes = bytes;
            return this;
        }

        /**
         * The sink.
         *
         * @return nothing is opened yet
         */
        public FileSink build() {
            return new FileSink(this);
        }
    }

    @Override
    public boolean keepsPosition() {
        return true;
    }

    @Override
    public Optional<SinkPosition> open(SinkContext context) throws IOException {
        GroupFiles opened = GroupFiles.open(directory, context.database(), maxFileBytes);
        files = opened;
        return Optional.ofNullable(opened.position()).map(SinkPosition::parse);
    }

    @Override
    public void write(Transaction part) throws IOException {
        for (Event event : part.events()) {
            write(event);
        }
    }

    @Override
    public void write(Event event) throws IOException {
        opened().add(event.toJson());
    }

    @Override
    public CompletionStage<Void> flush(SinkPosition position) throws IOException {
        opened().endGroup(position.toString());
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() throws IOException {
        GroupFiles opened = files;
        files = null;
        if (opened != null) {
            opened.close();
        }
    }

    private GroupFiles opened() {
        return Objects.requireNonNull(files, "the sink is not open");
    }

    /** Names the directory. */
    @Override
    public String toString() {
        return "FileSink[" + directory + "]";
    }
}
