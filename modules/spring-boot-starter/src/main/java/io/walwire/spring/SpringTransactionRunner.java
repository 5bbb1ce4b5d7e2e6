package io.walwire.spring;

import io.walwire.checkpoint.TransactionRunner;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import java.sql.Connection;
import java.util.Objects;
import javax.sql.DataSource;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.util.ClassUtils;

/**
 * Runs the transactions of a {@code JdbcCheckpoint} in a transaction manager of Spring. {@code JdbcTemplate}, repositories and
 * {@code @Transactional} methods that handlers call take part in them.
 *
 * <p>Spring Boot's auto-configuration makes a bean of it where the application has one transaction manager and one {@code
 * DataSource}; make your own for others. The manager must be the {@code DataSource}'s: a {@code DataSourceTransactionManager},
 * {@code JdbcTransactionManager} or {@code JpaTransactionManager}. Not in these transactions are {@code REQUIRES_NEW} methods,
 * other threads ({@code @Async} methods, parallel functions) and other {@code DataSource}s: what they write is there at least once.
 *
 * <p>Safe for several threads.
 */
public final class SpringTransactionRunner implements TransactionRunner {
    private static final ThreadLocal<TransactionStatus> CURRENT = new ThreadLocal<>();
    private static final boolean HAS_JPA = ClassUtils.isPresent(
                    "org.springframework.orm.jpa.EntityManagerHolder", SpringTransactionRunner.class.getClassLoader())
            && ClassUtils.isPresent(
                    "jakarta.persistence.EntityManager", SpringTransactionRunner.class.getClassLoader());

    private final TransactionTemplate template;
    private final DataSource source;

    /**
     * A runner.
     *
     * @param manager begins, commits and rolls back each transaction
     * @param source whose connection the manager's transactions have
     */
    public SpringTransactionRunner(PlatformTransactionManager manager, DataSource source) {
        this.source = Objects.requireNonNull(source, "source");
        template = new TransactionTemplate(Objects.requireNonNull(manager, "manager"));
        template.setName("walwire");
        template.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
    }

    @Override
    public void run(Body body) {
        template.executeWithoutResult(status -> run(body, status));
    }

    private void run(Body body, TransactionStatus status) {
        TransactionStatus outer = CURRENT.get();
        CURRENT.set(status);
        Connection connection = DataSourceUtils.getConnection(source);
        try {
            if (!DataSourceUtils.isConnectionTransactional(connection, source)) {
                throw new WalwireException(
                        ErrorCode.CHECKPOINT,
                        "The transaction manager " + template.getTransactionManager()
                                + " has no transaction on the DataSource of the checkpoint.",
                        "Give the SpringTransactionRunner the manager and the DataSource that belong together.");
            }
            body.run(connection);
        } finally {
            DataSourceUtils.releaseConnection(connection, source);
            if (outer == null) {
                CURRENT.remove();
            } else {
                CURRENT.set(outer);
            }
        }
    }

    /** Writes what a persistence context holds, so that a savepoint covers it. */
    @Override
    public void flush() {
        TransactionStatus status = CURRENT.get();
        if (status != null) {
            status.flush();
        }
    }

    /** Clears persistence contexts, and the rollback-only mark that a failed {@code @Transactional} method has left. */
    @Override
    public void discard() {
        if (TransactionSynchronizationManager.getResource(source) instanceof ConnectionHolder holder) {
            holder.resetRollbackOnly();
        }
        if (HAS_JPA) {
            PersistenceContexts.clear();
        }
    }
}
