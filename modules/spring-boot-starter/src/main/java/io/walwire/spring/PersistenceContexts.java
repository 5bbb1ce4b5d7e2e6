package io.walwire.spring;

import org.springframework.orm.jpa.EntityManagerHolder;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** The persistence contexts of the current transaction; loaded only where JPA is there. */
final class PersistenceContexts {
    private PersistenceContexts() {}

    /** Forgets entities whose changes were rolled back to a savepoint. */
    static void clear() {
        for (Object resource :
                TransactionSynchronizationManager.getResourceMap().values()) {
            if (resource instanceof EntityManagerHolder holder) {
                holder.getEntityManager().clear();
            }
        }
    }
}
