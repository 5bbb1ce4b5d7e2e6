package io.walwire.docs;

import io.walwire.JdbcCheckpoint;
import io.walwire.Walwire;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;

/** The Java of {@code docs/guarantees.md}, compiled; {@link DocumentsTest} compares the regions with its code blocks. */
final class GuaranteesExample {
    private GuaranteesExample() {}

    // tag::idempotent[]
    record Payments(Bank bank) implements EventHandler {
        @Override
        public void define(Handlers on) {
            on.table("invoice")
                    .onInsert(e -> bank.pay(e.key().getLong("id"), e.id().toString())); // the same key each time
        }
    }
    // end::idempotent[]

    // tag::checkpoint[]
    record Totals(JdbcCheckpoint checkpoint) implements EventHandler {
        @Override
        public void define(Handlers on) {
            on.table("invoice").onInserts(this::add);
        }

        private void add(List<RowEvent<Row>> invoices) throws SQLException {
            try (PreparedStatement add =
                    checkpoint.connection().prepareStatement("UPDATE total SET cents = cents + ?")) {
                for (RowEvent<Row> invoice : invoices) {
                    add.setLong(1, invoice.row().getLong("cents"));
                    add.addBatch();
                }
                add.executeBatch();
            }
        }
    }
    // end::checkpoint[]

    static void main(DataSource warehouse) throws InterruptedException {
        // tag::main[]
        JdbcCheckpoint checkpoint = JdbcCheckpoint.of(warehouse, "totals"); // sql/checkpoint.sql makes its table
        try (Walwire walwire = Walwire.builder()
                .properties(Path.of("walwire.properties")) // with walwire.slot.name: the slot must be durable
                .checkpoint(checkpoint)
                .handler(new Totals(checkpoint))
                .start()) {
            walwire.awaitTermination();
        }
        // end::main[]
    }

    interface Bank {
        void pay(Long invoice, String idempotencyKey);
    }
}
