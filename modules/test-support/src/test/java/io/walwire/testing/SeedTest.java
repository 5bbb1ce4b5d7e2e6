package io.walwire.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;

import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

class SeedTest {
    private static final Pattern SAID = Pattern.compile("With -Dwalwire.chaos.seed=(\\d+): wrong after (-?\\d+)");

    /** Run by the tests below alone. */
    static class Failing {
        @RegisterExtension
        final Seed seed = new Seed();

        @Test
        void fails() {
            throw new AssertionError("wrong after " + seed.random().nextInt());
        }

        @Test
        void isLeftOut() {
            Assumptions.abort("not here");
        }
    }

    private static Events run(String method) {
        return EngineTestKit.engine("junit-jupiter")
                .selectors(DiscoverySelectors.selectMethod(Failing.class, method))
                .execute()
                .testEvents();
    }

    @Test
    void failure_namesTheSeed_whichDrawsTheSameAgain() {
        run("fails").assertThatEvents().haveExactly(1, finishedWithFailure(message(SeedTest::namesWhatWasDrawn)));
    }

    private static boolean namesWhatWasDrawn(String message) {
        Matcher said = SAID.matcher(message);
        return said.matches() && new Random(Long.parseLong(said.group(1))).nextInt() == Integer.parseInt(said.group(2));
    }

    @Test
    void testThatIsLeftOut_isNoFailure() {
        assertThat(run("isLeftOut").aborted().count()).isEqualTo(1);
    }
}
