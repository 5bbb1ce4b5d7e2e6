package io.walwire.spring;

import io.walwire.event.Row;
import java.util.List;

/** An application without a web server, whose instances fail when a row says so. Its arguments are keys. */
final class FailingApplication {
    private FailingApplication() {}

    public static void main(String[] keys) {
        Application.run(List.of(keys), People.class, Trade.class);
        print("started");
    }

    @SuppressWarnings("SystemOut")
    private static void print(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private static void handle(String what, Row row) {
        if ("fail".equals(row.getString("note"))) {
            throw new IllegalStateException("as the row says");
        }
        print(what + " " + row.getLong("id"));
    }

    @WalwireInstance("people")
    static class People {
        @OnChange("users")
        void onUser(Row row) {
            handle("user", row);
        }
    }

    @WalwireInstance("trade")
    static class Trade {
        @OnChange("orders")
        void onOrder(Row row) {
            handle("order", row);
        }
    }
}
