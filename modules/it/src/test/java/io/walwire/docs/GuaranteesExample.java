package io.walwire.docs;

import io.walwire.JdbcCheckpoint;
import io.walwire.Walwire;
import io.walwire.checkpoint.TransactionRunner;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

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

    // tag::spring[]
    static final class SpringTransactions implements TransactionRunner {
        private final TransactionTemplate template;
        private final DataSource source;

        SpringTransactions(PlatformTransactionManager manager, DataSource source) {
            this.source = source;
            template = new TransactionTemplate(manager);
            template.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW); // never joins another
        }

        @Override
        public void run(Body body) {
            template.executeWithoutResult(status -> {
                Connection connection = DataSourceUtils.getConnection(source);
                try {
                    body.run(connection);
                } finally {
                    DataSourceUtils.releaseConnection(connection, source);
                }
            });
        }

        @Override
        public void discard() { // a @Transactional method that failed has marked the transaction as rollback-only
            if (TransactionSynchronizationManager.getResource(source) instanceof ConnectionHolder holder) {
                holder.resetRollbackOnly();
            }
        }
    }

    record Revenue(JdbcTemplate jdbc) implements EventHandler {
        @Override
        public void define(Handlers on) {
            on.table("invoice")
                    .onInsert(e -> jdbc.update(
                            "UPDATE total SET cents = cents + ?", e.row().getLong("cents")));
        }
    }
    // end::spring[]

    static JdbcCheckpoint managed(PlatformTransactionManager manager, DataSource warehouse) {
        // tag::managed[]
        JdbcCheckpoint checkpoint = JdbcCheckpoint.of(new SpringTransactions(manager, warehouse), "revenue");
        // end::managed[]
        return checkpoint;
    }

    interface Bank {
        void pay(Long invoice, String idempotencyKey);
    }
}
