package io.walwire.examples.shop;

import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import io.walwire.spring.WalwireInstance;
import java.util.Objects;
import org.springframework.cache.Cache;
import org.springframework.cache.CacheManager;
import org.springframework.stereotype.Component;

/** Fills the cache of {@link Users#find} at the start, and drops each row that changes. */
@Component
@WalwireInstance("pages")
class UserCache implements EventHandler {
    private final Cache users;

    UserCache(CacheManager caches) {
        users = Objects.requireNonNull(caches.getCache("users"));
    }

    @Override
    public void define(Handlers on) {
        on.table("users", User.class)
                // rows that were there before: walwire.instances.pages.backfill
                .onRead(event -> users.putIfAbsent(event.row().id(), event.row()))
                .onInsert(event -> users.evict(event.row().id())) // that there is none may be in the cache
                .onUpdate(event -> users.evict(event.row().id()))
                .onDelete(event -> users.evict(event.key().getLong("id")))
                .onTruncate(event -> users.clear());
        on.onGap(gap -> users.clear()); // any row may have changed in between
    }
}
