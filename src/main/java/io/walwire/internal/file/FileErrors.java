package io.walwire.internal.file;

import java.io.UncheckedIOException;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** What an error of a file says to people: some of Java's have the file's name alone for a message. */
public final class FileErrors {
    private FileErrors() {}

    /**
     * The error in words.
     *
     * @param e what failed
     * @return what is wrong, without the name of a Java class where it is known
     */
    public static String said(Exception e) {
        if (e instanceof UncheckedIOException unchecked && unchecked.getCause() != null) {
            return said(unchecked.getCause());
        }
        if (e instanceof NoSuchFileException missing && missing.getFile() != null) {
            return "there is no file or folder " + missing.getFile();
        }
        if (e instanceof AccessDeniedException denied) {
            return "this process has no right to open " + denied.getFile();
        }
        if (e instanceof FileSystemException failed && failed.getReason() != null) {
            return failed.getFile() + ": " + failed.getReason();
        }
        if (e instanceof OverlappingFileLockException) {
            return "another instance of this process writes to it";
        }
        String message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : message;
    }
}
