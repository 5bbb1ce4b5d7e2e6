package io.walwire.examples.search;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A search engine in memory, for tests and to play with. Thread-safe. */
public final class InMemorySearch implements SearchClient {
    private final Map<String, Map<Long, Write>> indexes = new HashMap<>();
    private final Map<String, String> aliases = new HashMap<>();

    /** Has no index. */
    public InMemorySearch() {}

    @Override
    public synchronized Set<String> indexes() {
        return Set.copyOf(indexes.keySet());
    }

    @Override
    public synchronized void create(String index) {
        if (indexes.putIfAbsent(index, new TreeMap<>()) != null) {
            throw new IllegalArgumentException("There is an index " + index);
        }
    }

    @Override
    public synchronized void drop(String index) {
        indexes.remove(index);
        aliases.values().remove(index);
    }

    @Override
    public synchronized void bulk(String index, List<Write> writes) {
        Map<Long, Write> documents = documents(index);
        for (Write write : writes) {
            // a deletion keeps its version, so that what is older does not bring the document back
            documents.merge(write.id(), write, (known, next) -> next.version() >= known.version() ? next : known);
        }
    }

    private Map<Long, Write> documents(String index) {
        Map<Long, Write> documents = indexes.get(index);
        if (documents == null) {
            throw new IllegalArgumentException("There is no index " + index);
        }
        return documents;
    }

    @Override
    public synchronized void alias(String alias, String index) {
        documents(index);
        aliases.put(alias, index);
    }

    /**
     * The index that an alias stands for.
     *
     * @param alias what searches name
     * @return its name, or null if there is no such alias
     */
    public synchronized @Nullable String indexOf(String alias) {
        return aliases.get(alias);
    }

    /**
     * Finds documents.
     *
     * @param alias where
     * @param text part of their names or descriptions
     * @return their ids; none if there is no such alias yet
     */
    public synchronized Set<Long> search(String alias, String text) {
        Set<Long> found = new TreeSet<>();
        String index = aliases.get(alias);
        for (Write write : index == null ? List.<Write>of() : documents(index).values()) {
            Product product = write.document();
            if (product != null
                    && (product.name().contains(text) || product.description().contains(text))) {
                found.add(write.id());
            }
        }
        return found;
    }
}
