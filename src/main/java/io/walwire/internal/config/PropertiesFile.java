package io.walwire.internal.config;

import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;

/**
 * A properties file as it stands: raw values in the file's order, and what is wrong with the file. Which keys there may be
 * is {@link WalwireConfig}'s to say, for they come from elsewhere too.
 *
 * @param values by key, unmodifiable
 * @param problems one line each, with the file's path
 */
public record PropertiesFile(Map<String, String> values, List<String> problems) {
    public PropertiesFile {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        problems = List.copyOf(problems);
    }

    /** Reads the file, which is in UTF-8 and {@link Properties}' syntax. Never throws; see {@link #problems()}. */
    public static PropertiesFile read(Path file) {
        OrderedProperties properties = new OrderedProperties();
        Problems problems = new Problems();
        try {
            properties.load(text(file));
        } catch (NoSuchFileException e) {
            problems.add("Configuration file " + file.toAbsolutePath() + " does not exist");
        } catch (CharacterCodingException e) {
            problems.add("Configuration file " + file.toAbsolutePath() + " is not in UTF-8; save it as UTF-8");
        } catch (IOException e) {
            problems.add("Configuration file " + file.toAbsolutePath() + " cannot be read: "
                    + (Files.isDirectory(file)
                            ? "it is a directory"
                            : e.getClass().getSimpleName()));
        } catch (IllegalArgumentException e) {
            problems.add("Configuration file " + file.toAbsolutePath()
                    + " has a \\u that no four hexadecimal digits follow; write \\\\u for a literal \\u");
        }
        properties.repeated.forEach(key ->
                problems.add(key + " is given more than once in " + file.toAbsolutePath() + "; keep one of them"));
        return new PropertiesFile(properties.ordered, problems.lines());
    }

    /** Some editors begin a file with a byte order mark, which would otherwise become part of the first key. */
    private static Reader text(Path file) throws IOException {
        String text = Files.readString(file);
        return new StringReader(text.startsWith("\uFEFF") ? text.substring(1) : text);
    }

    /** {@link Properties} forgets order and repetition. */
    private static final class OrderedProperties extends Properties {
        private static final long serialVersionUID = 1L;

        private final transient Map<String, String> ordered = new LinkedHashMap<>();
        private final transient Set<String> repeated = new LinkedHashSet<>();

        @Override
        public synchronized Object put(Object key, Object value) {
            if (ordered.put((String) key, (String) value) != null) {
                repeated.add((String) key);
            }
            return value;
        }
    }
}
