package io.walwire.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.internal.listener.Listeners;
import io.walwire.internal.transaction.RandomRows;
import io.walwire.internal.transaction.TransactionPart;
import io.walwire.listener.HandledTransaction;
import io.walwire.listener.WalwireListener;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What listeners hear of transactions in parts. */
class HandledTest {
    private final RandomRows rows = new RandomRows(1);

    private List<TransactionPart> next(boolean large) {
        List<TransactionPart> parts = rows.next();
        while (parts.size() > 1 != large || parts.get(0).events().isEmpty()) {
            parts = rows.next();
        }
        return parts;
    }

    /** Another server came before its last part, and never sends that. */
    @Test
    void transactionThatNeverEnds_doesNotCountWithTheNext() {
        List<HandledTransaction> heard = new ArrayList<>();
        Listeners listeners = new Listeners(List.of(new WalwireListener() {
            @Override
            public void onTransaction(HandledTransaction transaction) {
                heard.add(transaction.detach());
            }
        }));
        Handled handled = new Handled(new Positions(), position -> {}, listeners);
        handled.part(next(true).get(0));
        TransactionPart whole = next(false).get(0);
        handled.part(whole);
        assertThat(heard).extracting(HandledTransaction::events).containsExactly((long)
                whole.events().size());
    }
}
