package io.walwire.internal.letter;

import io.walwire.error.WalwireException;
import io.walwire.internal.file.FileErrors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Letters in a file of JSON lines: a line for each letter, and one for each that was removed since. */
final class FileLetters implements LetterStore {
    private final LetterFile file;

    /** What the file was when {@link #known} was true of it; empty where that is not known. */
    private List<Object> seen = List.of();

    private Set<String> known = Set.of();

    FileLetters(Path path) {
        this.file = new LetterFile(path);
    }

    @Override
    public void keep(List<NewLetter> letters) {
        change("kept in", () -> {
            Set<String> there = ids();
            StringBuilder lines = new StringBuilder();
            List<String> added = new ArrayList<>();
            for (NewLetter letter : letters) {
                if (!there.contains(letter.identity())) {
                    added.add(letter.identity());
                    lines.append(LetterLine.of(letter)).append('\n');
                }
            }
            if (!added.isEmpty()) {
                file.append(lines.toString());
                there.addAll(added);
            }
            remember(there);
            return added.size();
        });
    }

    @Override
    public int remove(Collection<String> ids) {
        return change("removed from", () -> {
            Set<String> there = ids();
            List<String> removed =
                    ids.stream().distinct().filter(there::contains).toList();
            if (!removed.isEmpty()) {
                StringBuilder lines = new StringBuilder();
                removed.forEach(id -> lines.append(LetterLine.ofRemoval(id)).append('\n'));
                file.append(lines.toString());
                there.removeAll(Set.copyOf(removed));
            }
            remember(there);
            return removed.size();
        });
    }

    @Override
    public void compact() {
        change("removed from", () -> {
            if (Files.exists(file.path())) {
                Set<String> there = ids();
                try (LetterLines lines = new LetterLines(file, there)) {
                    file.replace(lines);
                }
                remember(there);
            }
            return 0;
        });
    }

    private int change(String what, LetterFile.Work<Integer> work) {
        try {
            return file.exclusively(() -> {
                synchronized (this) {
                    return work.run();
                }
            });
        } catch (IOException | UncheckedIOException e) {
            throw explained(what, e);
        }
    }

    /** The ids of the stored letters. */
    private Set<String> ids() throws IOException {
        if (!seen.isEmpty() && seen.equals(look())) {
            return known;
        }
        Set<String> ids = new HashSet<>();
        try (LetterLines lines = new LetterLines(file, null)) {
            while (lines.hasNext()) {
                Map.Entry<String, Boolean> id = lines.id(lines.next());
                if (id.getValue()) {
                    ids.remove(id.getKey());
                } else {
                    ids.add(id.getKey());
                }
            }
        }
        return ids;
    }

    private void remember(Set<String> ids) throws IOException {
        known = ids;
        seen = look();
    }

    private List<Object> look() throws IOException {
        if (!Files.exists(file.path())) {
            return List.of();
        }
        BasicFileAttributes now =
                Files.readAttributes(file.path(), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        Object key = now.fileKey();
        return key == null ? List.of() : List.of(key, now.size(), now.lastModifiedTime());
    }

    @Override
    public Stream<Stored> stream() {
        try {
            Set<String> there;
            synchronized (this) {
                there = Set.copyOf(ids());
            }
            LetterLines lines = new LetterLines(file, there);
            return StreamSupport.stream(
                            Spliterators.spliteratorUnknownSize(lines, Spliterator.ORDERED | Spliterator.NONNULL),
                            false)
                    .map(lines::letter)
                    .onClose(lines::close);
        } catch (IOException | UncheckedIOException e) {
            throw explained("read from", e);
        }
    }

    @Override
    public void check() {
        Path folder = file.path().getParent();
        if (Files.isDirectory(file.path()) || folder == null || !Files.isDirectory(folder)) {
            String why = Files.isDirectory(file.path()) ? "it is a folder" : "there is no folder " + folder;
            throw explained("kept in", new IOException(why));
        }
        try {
            file.check();
            synchronized (this) {
                // a line that is no letter would end the instance at its first failure
                remember(ids());
            }
        } catch (IOException | UncheckedIOException e) {
            throw explained("kept in", e);
        }
    }

    private WalwireException explained(String what, Exception e) {
        return Letters.failure(
                "Dead letters cannot be " + what + " the file " + file.path() + ": " + FileErrors.said(e), e);
    }
}
