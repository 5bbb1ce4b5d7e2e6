package io.walwire.examples.search;

import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A search engine that is away for one call.
 *
 * @param engine does the work
 * @param fails whether the next alias fails
 */
record FailingSearch(SearchClient engine, AtomicBoolean fails) implements SearchClient {
    @Override
    public Set<String> indexes() {
        return engine.indexes();
    }

    @Override
    public void create(String index) {
        engine.create(index);
    }

    @Override
    public void drop(String index) {
        engine.drop(index);
    }

    @Override
    public void bulk(String index, List<Write> writes) {
        engine.bulk(index, writes);
    }

    @Override
    public void alias(String alias, String index) {
        if (fails.getAndSet(false)) {
            throw new IllegalStateException("the search engine is away");
        }
        engine.alias(alias, index);
    }
}
