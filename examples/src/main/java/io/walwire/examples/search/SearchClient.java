package io.walwire.examples.search;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the example needs of a search engine. The clients of Elasticsearch and OpenSearch have the same calls. */
public interface SearchClient {
    /**
     * A write to one document. The engine ignores it if the document, or its deletion, has a higher version: their
     * {@code version_type=external_gte}. Several events of one transaction have the same version, so an equal one is written.
     *
     * @param id which document
     * @param version 0 or more
     * @param document the new content; null to delete it
     */
    record Write(long id, long version, @Nullable Product document) {}

    /**
     * The indexes.
     *
     * @return the names of all
     */
    Set<String> indexes();

    /**
     * Makes an empty index.
     *
     * @param index its name, which no other has
     */
    void create(String index);

    /**
     * Removes an index, and an alias that stands for it.
     *
     * @param index its name
     */
    void drop(String index);

    /**
     * Writes documents, in order.
     *
     * @param index where
     * @param writes what
     */
    void bulk(String index, List<Write> writes);

    /**
     * Has an alias stand for an index, in one step.
     *
     * @param alias what searches name
     * @param index the index that they search from now on
     */
    void alias(String alias, String index);
}
