package io.walwire.spring;

import io.walwire.event.Kind;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.aot.hint.annotation.Reflective;
import org.springframework.core.annotation.AliasFor;

/**
 * Declares a method of a bean as a handler of one table's changes. The method is called through the bean's proxy, so that
 * {@code @Transactional} and other advice apply. It is not private or static, and takes one parameter:
 *
 * <ul>
 *   <li>{@code RowEvent<User>}, {@code ChangeEvent<User>} or {@code TruncateEvent<User>}: one event, whose rows are read as the
 *       record {@code User}. {@code RowEvent<Row>} and {@code Event} need no record.
 *   <li>{@code User} (a record) or {@code Row}: the row of one event, {@code RowEvent.row()}.
 *   <li>{@code List<RowEvent<User>>}, {@code List<User>} or a list of any other of these: the events of one transaction, or of
 *       a part of a large one, in order. A method of one kind gets a list for each run, see {@code TableEvents}.
 * </ul>
 *
 * <p>The method is called on the instance's handler thread, as {@code io.walwire.handler.Callback} says: at least once, in
 * order. If it returns {@code void}, its return confirms the change. What it throws is a failure of the call. An {@code @Async}
 * {@code void} method would return before its work is done, so it is refused.
 *
 * <p>If it returns a {@code CompletionStage}, it is an {@code io.walwire.handler.AsyncCallback}: the change is confirmed when the stage
 * has completed, and the next call may begin before. Such a method takes one event or row, not a list, and is not
 * {@code @Transactional}, since the transaction would end before the stage completes. It may be {@code @Async} if it returns a
 * {@code CompletableFuture}. It cannot be used together with a {@code JdbcCheckpoint} or a {@code Sink}.
 *
 * <p>The handler's name in messages and dead letters is {@code beanName.methodName}. Methods of one bean are called in the order of
 * {@code @Order}, then of their names.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Reflective(OnChangeHints.class)
public @interface OnChange {
    /**
     * The table, as {@link #table}.
     *
     * @return the table
     */
    @AliasFor("table")
    String value() default "";

    /**
     * The table: {@code users} (in schema public), {@code billing.invoice} or {@code billing."Weird, name"}. Placeholders such
     * as {@code ${users.table}} are replaced.
     *
     * @return the table
     */
    @AliasFor("value")
    String table() default "";

    /**
     * The kinds of changes: {@code INSERT}, {@code UPDATE}, {@code DELETE} and {@code TRUNCATE}. A truncate has no row, so it needs
     * a {@code ChangeEvent}, a {@code TruncateEvent} or an {@code Event}.
     *
     * @return empty for inserts, updates and deletes, or for truncates where the parameter is a {@code TruncateEvent}
     */
    Kind[] kinds() default {};
}
