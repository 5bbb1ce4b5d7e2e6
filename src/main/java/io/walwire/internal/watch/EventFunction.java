package io.walwire.internal.watch;

import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.internal.text.TableName;
import io.walwire.internal.transaction.ReceivedChange;
import io.walwire.internal.transaction.Table;
import io.walwire.watch.WatchEvent;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A watch without a subscription. */
final class EventFunction implements Function<Event, @Nullable WatchEvent> {
    private final WatchSpec spec;
    private final Matcher matcher;
    private @Nullable Table last;
    private @Nullable TableView lastView;

    EventFunction(WatchSpec spec, Matcher matcher) {
        this.spec = spec;
        this.matcher = matcher;
    }

    @Override
    public @Nullable WatchEvent apply(Event event) {
        if (!(event instanceof ReceivedChange change) || !isOfTable(change)) {
            return null;
        }
        RowChange row = new RowChange(change, view(change.table()));
        Matcher.Match match = matcher.match(row, matcher.hasValues(row));
        return match == null
                ? null
                : new Told(matcher.content(row), spec.label(), 0, match.isCertain(), match.membership());
    }

    private boolean isOfTable(ReceivedChange change) {
        return (change.kind().isRow() || change.kind() == Kind.TRUNCATE)
                && spec.table()
                        .equals(new TableName(
                                change.table().schema(), change.table().name()));
    }

    private TableView view(Table table) {
        TableView view = lastView;
        if (view == null || !table.equals(last)) {
            view = new TableView(table);
            last = table;
            lastView = view;
        }
        return view;
    }
}
