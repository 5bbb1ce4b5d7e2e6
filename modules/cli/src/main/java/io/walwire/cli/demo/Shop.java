package io.walwire.cli.demo;

/** The demonstration's tables: a small shop's. */
final class Shop {
    static final String PUBLICATION = "shop";

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
            ALTER TABLE users REPLICA IDENTITY FULL;
            ALTER TABLE orders REPLICA IDENTITY FULL;
            INSERT INTO products (name, price, stock)
              VALUES ('Teapot', 18.00, 5), ('Lamp', 42.50, 7), ('Globe', 65.00, 6), ('Kite', 12.90, 9);
            CREATE PUBLICATION shop FOR TABLE users, orders, products;
            """;

    private Shop() {}
}
