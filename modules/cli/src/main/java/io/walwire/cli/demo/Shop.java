package io.walwire.cli.demo;

/** The demonstration's tables: a small shop's. */
final class Shop {
    static final String PUBLICATION = "shop";

    /** How many reviews are there when the shop opens. */
    static final int REVIEWS = 100_000;

    /** About as many bytes are read for them. */
    static final long REVIEW_BYTES = 130L * REVIEWS;

    static final String TABLES = """
            CREATE TABLE products (
              id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
              name text NOT NULL, price numeric(6,2) NOT NULL, stock int NOT NULL);
            CREATE TABLE users (
              id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
              name text NOT NULL, email text NOT NULL, visits int NOT NULL DEFAULT 0, last_seen time(0));
            CREATE TABLE orders (
              id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
              user_id int NOT NULL REFERENCES users, product_id int NOT NULL REFERENCES products,
              status text NOT NULL DEFAULT 'new');
            CREATE TABLE reviews (
              id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
              product_id int NOT NULL REFERENCES products, stars int NOT NULL, body text NOT NULL);
            ALTER TABLE users REPLICA IDENTITY FULL;
            ALTER TABLE orders REPLICA IDENTITY FULL;
            INSERT INTO products (name, price, stock)
              VALUES ('Teapot', 18.00, 5), ('Lamp', 42.50, 7), ('Globe', 65.00, 6), ('Kite', 12.90, 9);
            INSERT INTO reviews (product_id, stars, body)
              SELECT i %% 4 + 1, i %% 5 + 1, (ARRAY['Just as in the picture', 'Came late, works well', 'A fine present'])[i %% 3 + 1]
                     || ', says customer ' || i
              FROM generate_series(1, %d) i;
            CREATE PUBLICATION shop FOR TABLE users, orders, products, reviews;
            """.formatted(REVIEWS);

    private Shop() {}
}
