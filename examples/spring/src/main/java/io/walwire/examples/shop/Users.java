package io.walwire.examples.shop;

import java.util.List;
import java.util.Optional;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** Reads and writes the table. It knows nothing of mails, caches and pages. */
@Repository
class Users {
    private final JdbcClient database;

    Users(JdbcClient database) {
        this.database = database;
    }

    User signUp(String email, String name) {
        return database.sql("INSERT INTO users (email, name) VALUES (:email, :name) RETURNING *")
                .param("email", email)
                .param("name", name)
                .query(User.class)
                .single();
    }

    List<User> newest() {
        return database.sql("SELECT * FROM users ORDER BY id DESC LIMIT 20")
                .query(User.class)
                .list();
    }

    /** {@link UserCache} drops what has changed. {@code sync}, so that it waits for a read that has begun. */
    @Cacheable(cacheNames = "users", sync = true)
    public Optional<User> find(long id) {
        return database.sql("SELECT * FROM users WHERE id = :id")
                .param("id", id)
                .query(User.class)
                .optional();
    }
}
