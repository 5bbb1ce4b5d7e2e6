package io.walwire.spring.test;

import static io.walwire.testkit.WalwireKit.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.event.Row;
import io.walwire.lifecycle.State;
import io.walwire.spring.OnChange;
import io.walwire.spring.WalwireInstance;
import io.walwire.spring.test.Shop.Audit;
import io.walwire.spring.test.Shop.Counter;
import io.walwire.spring.test.Shop.Mails;
import io.walwire.spring.test.Shop.Others;
import io.walwire.spring.test.Shop.Outbox;
import io.walwire.spring.test.Shop.Warehouse;
import io.walwire.testing.Recorder;
import io.walwire.testkit.WalwireKit;
import java.io.IOException;
import java.util.Objects;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/** What is in the context of a {@link WalwireTest}, and what one test leaves for the next. */
class SliceTest {
    @TestConfiguration(proxyBeanMethods = false)
    static class Tables {
        @Bean
        WalwireKitCustomizer users() {
            return kit -> kit.table(
                    "users", t -> t.column("id", "int8").column("email", "text").primaryKey("id"));
        }
    }

    private static boolean has(ApplicationContext context, Class<?> type) {
        return context.getBeanNamesForType(type).length > 0;
    }

    @Nested
    @WalwireTest(
            properties = {"walwire.url=postgresql://nowhere/shop", "walwire.slot.name=shop", "walwire.failure=skip"})
    @Import({Tables.class, Outbox.class})
    class All {
        @Autowired
        private ApplicationContext context;

        @Autowired
        private Kits kits;

        @Autowired
        private WalwireKit kit;

        @Test
        void handlers_areThere_andNothingElse() {
            assertThat(has(context, Mails.class)).isTrue();
            assertThat(has(context, Audit.class)).isTrue();
            assertThat(has(context, Counter.class)).isTrue();
            assertThat(has(context, Warehouse.class)).isFalse();
            assertThat(has(context, Others.class)).isFalse();
        }

        @Test
        void failureThatIsNotNoticed_isReported_andTheNextTestIsNotAffected() {
            Audit audit = context.getBean(Audit.class);
            kit.failCalls("mails.welcome", 3, new IOException("no"));
            kit.commit(tx -> tx.insert("users", row("id", 1, "email", "ann@example.org")));
            kit.walwire()
                    .completion()
                    .handle((none, failure) -> failure)
                    .toCompletableFuture()
                    .join();
            assertThatThrownBy(kits::reset)
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("The instance failed during the test");
            assertThat(kit.walwire().state()).isEqualTo(State.STREAMING);
            assertThat(kit.delivered()).isEmpty();
            kit.commit(tx -> tx.delete("users", row("id", 1)));
            kit.awaitHandled();
            assertThat(audit.seen.all()).containsExactly("INSERT", "DELETE");
        }

        @Nested
        class Inside {
            @Test
            void nestedTest_hasTheContextOfItsClass(@Autowired WalwireKit same) {
                assertThat(same).isSameAs(kit);
                assertThat(has(context, Warehouse.class)).isFalse();
            }
        }
    }

    @Nested
    @WalwireTest(Audit.class)
    @Import(Tables.class)
    class Chosen {
        @Autowired
        private ApplicationContext context;

        @Test
        void chosenHandlers_areThere_andNoOthers() {
            assertThat(has(context, Audit.class)).isTrue();
            assertThat(has(context, Mails.class)).isFalse();
        }
    }

    @WalwireInstance("first")
    static class OfFirst {
        final Recorder<Long> seen = new Recorder<>();

        @OnChange("users")
        void add(Row row) {
            seen.add(Objects.requireNonNull(row.getLong("id")));
        }
    }

    @Nested
    @WalwireTest(
            handlers = OfFirst.class,
            properties = {"walwire.instances.first.concurrency=2", "walwire.instances.second.subscriptions=users"})
    @Import({Tables.class, OfFirst.class})
    class Several {
        @Autowired
        private OfFirst handler;

        @Autowired
        @WalwireInstance("first")
        private WalwireKit first;

        @Autowired
        @WalwireInstance("second")
        private WalwireKit second;

        @Test
        void eachInstance_hasItsKit() {
            second.commit(tx -> tx.insert("users", row("id", 2)));
            first.commit(tx -> tx.insert("users", row("id", 1)));
            second.awaitHandled();
            first.awaitHandled();
            assertThat(handler.seen.all()).containsExactly(1L);
            assertThat(first.walwire().details().name()).isEqualTo("first");
            assertThat(second.delivered("users")).hasSize(1);
        }
    }
}
