package io.walwire;

import io.walwire.internal.concurrent.ThrowingRunnable;
import java.sql.Connection;

/** Statements where no checked exception may be thrown. */
final class Sql {
    private Sql() {}

    static void unchecked(ThrowingRunnable<Exception> statements) {
        try {
            statements.run();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    static void rollBack(Connection connection) {
        unchecked(connection::rollback);
    }
}
