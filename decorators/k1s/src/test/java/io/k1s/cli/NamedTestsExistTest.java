package io.k1s.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The documents name the test behind each promise; a test that was renamed or removed must not be named any more. */
final class NamedTestsExistTest {
    private static final Path ROOT = Path.of(System.getProperty("basedir", "."), "../..");
    private static final Pattern NAMED = Pattern.compile("`([A-Z]\\w*(?:Test|IT))\\.(\\w+)`");

    @ParameterizedTest
    @ValueSource(strings = {"docs/seed-map.md", "docs/testing.md", "docs/memory-model.md"})
    void everyTestThatADocumentNamesExists(String document) throws IOException {
        Matcher named = NAMED.matcher(Files.readString(ROOT.resolve(document)));
        int names = 0;
        List<String> missing = new ArrayList<>();
        while (named.find()) {
            names++;
            if (!exists(named.group(1), named.group(2))) {
                missing.add(named.group());
            }
        }
        assertThat(names).isGreaterThan(20);
        assertThat(missing).isEmpty();
    }

    private static boolean exists(String type, String method) throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            // Two modules may each have a test class of the same name.
            for (Path file : files.filter(file ->
                            file.endsWith(type + ".java") && file.toString().contains("src/test/java"))
                    .toList()) {
                if (Files.readString(file).contains(" void " + method + "(")) {
                    return true;
                }
            }
            return false;
        }
    }
}
