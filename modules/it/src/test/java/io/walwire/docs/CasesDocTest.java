package io.walwire.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/** {@code docs/cases.md} has every case once, in order, and names for each the tests that hold it, which exist. */
class CasesDocTest {
    private static final int CASES = 64;
    private static final Pattern ROW = Pattern.compile("(?m)^\\| (?!---)(?!case)(?!what happens).*\\|$");
    private static final Pattern NUMBER = Pattern.compile("^\\| (\\d+) \\|");
    private static final Pattern NAME = Pattern.compile("`(\\w+Test)\\.(\\w+)`");

    private static List<String> rows() throws IOException {
        return ROW.matcher(Files.readString(Path.of("docs/cases.md")))
                .results()
                .map(MatchResult::group)
                .toList();
    }

    @Test
    void cases_eachOnceInOrder() throws IOException {
        assertThat(rows().stream().flatMap(row -> NUMBER.matcher(row).results()).map(number -> number.group(1)))
                .containsExactlyElementsOf(IntStream.rangeClosed(1, CASES)
                        .mapToObj(String::valueOf)
                        .toList());
    }

    @Test
    void rows_nameTestsThatExist() throws IOException {
        assertThat(rows()).hasSizeGreaterThan(CASES).allSatisfy(row -> {
            List<MatchResult> named = NAME.matcher(row).results().toList();
            assertThat(named).as("tests named by %s", row).isNotEmpty();
            assertThat(named).allSatisfy(name -> assertThat(isTest(name.group(1), name.group(2)))
                    .as("%s is a test", name.group())
                    .isTrue());
        });
    }

    private static boolean isTest(String type, String method) {
        try {
            return Stream.of(Class.forName("io.walwire." + type).getDeclaredMethods())
                    .filter(declared -> declared.getName().equals(method))
                    .anyMatch(CasesDocTest::isTest);
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    private static boolean isTest(Method method) {
        return method.isAnnotationPresent(Test.class) || method.isAnnotationPresent(ParameterizedTest.class);
    }
}
