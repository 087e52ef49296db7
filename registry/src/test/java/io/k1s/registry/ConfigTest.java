package io.k1s.registry;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigTest {
    /** For each key a text, what it means, and a lower one and how it is read, all fitting together. */
    private record Sample(String text, Object value, Function<ShutdownConfig, Object> reader) {}

    private static final Map<ConfigKey, Sample> SAMPLES = Map.ofEntries(
            entry(
                    ConfigKey.GRACEFUL_TIMEOUT,
                    new Sample("PT45S", Duration.ofSeconds(45), ShutdownConfig::gracefulTimeout)),
            entry(ConfigKey.SOFT_TIMEOUT, new Sample("9s", Duration.ofSeconds(9), ShutdownConfig::softTimeout)),
            entry(ConfigKey.CLOSE_RESERVE, new Sample("750ms", Duration.ofMillis(750), ShutdownConfig::closeReserve)),
            entry(ConfigKey.WATCH_GRACE, new Sample("0ms", Duration.ZERO, ShutdownConfig::watchGrace)),
            entry(ConfigKey.PROGRESS_INTERVAL, new Sample("1h", Duration.ofHours(1), ShutdownConfig::progressInterval)),
            entry(ConfigKey.DRAIN_DELAY, new Sample(" 3s ", Duration.ofSeconds(3), ShutdownConfig::drainDelay)),
            entry(ConfigKey.MAX_CONCURRENT_OPS, new Sample("7", 7L, ShutdownConfig::maxConcurrentOps)),
            entry(ConfigKey.LIMIT_WAIT, new Sample("20ms", Duration.ofMillis(20), ShutdownConfig::limitWait)),
            entry(ConfigKey.DETAILED_METRICS, new Sample("False", false, ShutdownConfig::detailedMetrics)),
            entry(ConfigKey.SIGNAL_EXIT_CODE, new Sample("TRUE", true, ShutdownConfig::signalExitCode)),
            entry(
                    ConfigKey.PLATFORM_GRACE,
                    new Sample("60s", Optional.of(Duration.ofMinutes(1)), ShutdownConfig::platformGrace)),
            entry(
                    ConfigKey.REPORT_FILE,
                    new Sample(" report.txt", Optional.of(Path.of("report.txt")), ShutdownConfig::reportFile)),
            entry(
                    ConfigKey.TERMINATION_LOG,
                    new Sample("/dev/null", Optional.of(Path.of("/dev/null")), ShutdownConfig::terminationLog)));

    private static ShutdownConfig build(Map<String, String> properties, Map<String, String> environment) {
        return ShutdownConfig.builder().build(properties, environment);
    }

    @Test
    void theDefaultsAreAsDocumented() {
        ShutdownConfig config = build(Map.of(), Map.of());

        assertThat(config.gracefulTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.softTimeout()).isEqualTo(Duration.ofSeconds(24));
        assertThat(config.closeReserve()).isEqualTo(Duration.ofSeconds(2));
        assertThat(config.watchGrace()).isEqualTo(Duration.ofSeconds(5));
        assertThat(config.progressInterval()).isEqualTo(Duration.ofMillis(500));
        assertThat(config.drainDelay()).isZero();
        assertThat(config.maxConcurrentOps()).isEqualTo(1000);
        assertThat(config.detailedMetrics()).isTrue();
        assertThat(config.signalExitCode()).isFalse();
        assertThat(config.platformGrace()).isEmpty();
        assertThat(config.reportFile()).isEmpty();
        assertThat(config.terminationLog()).isEmpty();
    }

    @Test
    void theSoftTimeoutAndTheReserveFollowTheWhole() {
        ShutdownConfig config =
                ShutdownConfig.builder().gracefulTimeout(Duration.ofSeconds(10)).build(Map.of(), Map.of());

        assertThat(config.softTimeout()).isEqualTo(Duration.ofSeconds(8));
        assertThat(config.closeReserve()).isEqualTo(Duration.ofSeconds(1));
    }

    @ParameterizedTest
    @EnumSource(ConfigKey.class)
    void eachKeyIsReadFromASystemProperty(ConfigKey key) {
        Sample sample = SAMPLES.get(key);

        ShutdownConfig config = build(Map.of(key.property(), sample.text()), Map.of());

        assertThat(sample.reader().apply(config)).isEqualTo(sample.value());
    }

    @ParameterizedTest
    @EnumSource(ConfigKey.class)
    void eachKeyIsReadFromTheEnvironment(ConfigKey key) {
        Sample sample = SAMPLES.get(key);

        ShutdownConfig config = build(Map.of(), Map.of(key.variable(), sample.text()));

        assertThat(sample.reader().apply(config)).isEqualTo(sample.value());
    }

    @Test
    void eachKeyIsReadFromTheBuilder() {
        ShutdownConfig config = ShutdownConfig.builder()
                .gracefulTimeout(Duration.ofSeconds(45))
                .softTimeout(Duration.ofSeconds(9))
                .closeReserve(Duration.ofMillis(750))
                .watchGrace(Duration.ZERO)
                .progressInterval(Duration.ofHours(1))
                .drainDelay(Duration.ofSeconds(3))
                .maxConcurrentOps(7)
                .limitWait(Duration.ofMillis(20))
                .detailedMetrics(false)
                .signalExitCode(true)
                .platformGrace(Duration.ofMinutes(1))
                .reportFile(Path.of("report.txt"))
                .terminationLog(Path.of("/dev/null"))
                .build(Map.of(), Map.of());

        SAMPLES.forEach((key, sample) ->
                assertThat(sample.reader().apply(config)).as(key.property()).isEqualTo(sample.value()));
    }

    @Test
    void thePropertyWinsOverTheEnvironmentAndThatOverTheBuilder() {
        ShutdownConfig.Builder builder = ShutdownConfig.builder().maxConcurrentOps(1);
        Map<String, String> property = Map.of("k1s.shutdown.maxConcurrentOps", "3");
        Map<String, String> variable = Map.of("K1S_SHUTDOWN_MAX_CONCURRENT_OPS", "2");

        assertThat(builder.build(Map.of(), Map.of()).maxConcurrentOps()).isEqualTo(1);
        assertThat(builder.build(Map.of(), variable).maxConcurrentOps()).isEqualTo(2);
        assertThat(builder.build(property, variable).maxConcurrentOps()).isEqualTo(3);
    }

    @Test
    void durationsAreReadInMinutesToo() {
        assertThat(build(Map.of("k1s.shutdown.gracefulTimeout", "2m"), Map.of()).gracefulTimeout())
                .isEqualTo(Duration.ofMinutes(2));
    }

    @Test
    void whatBelongsToOthersIsNotLookedAt() {
        assertThat(build(Map.of("k1s.other", "x"), Map.of("PATH", "/bin")).gracefulTimeout())
                .isEqualTo(Duration.ofSeconds(30));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    GRACEFUL_TIMEOUT   | 0ms                          | 10 ms to 86400 s
                    GRACEFUL_TIMEOUT   | -PT5S                        | 10 ms to 86400 s
                    GRACEFUL_TIMEOUT   | 25h                          | 10 ms to 86400 s
                    GRACEFUL_TIMEOUT   | 999999999999999h             | 10 ms to 86400 s
                    GRACEFUL_TIMEOUT   | PT2562047788015215H30M       | 10 ms to 86400 s
                    GRACEFUL_TIMEOUT   | PT999999999999999999999999H  | 10 ms to 86400 s
                    GRACEFUL_TIMEOUT   | soon                         | 10 ms to 86400 s
                    GRACEFUL_TIMEOUT   | 5                            | 10 ms to 86400 s
                    GRACEFUL_TIMEOUT   | ''                           | 10 ms to 86400 s
                    SOFT_TIMEOUT       | 0s                           | 1 ms to 86400 s
                    CLOSE_RESERVE      | 2h                           | 1 ms to 3600 s
                    WATCH_GRACE        | -PT0.001S                    | 0 ms to 86400 s
                    PROGRESS_INTERVAL  | 9ms                          | 10 ms to 3600 s
                    DRAIN_DELAY        | 25h                          | 0 ms to 86400 s
                    MAX_CONCURRENT_OPS | 0                            | 1 to 1000000000
                    MAX_CONCURRENT_OPS | -1                           | 1 to 1000000000
                    MAX_CONCURRENT_OPS | 1000000001                   | 1 to 1000000000
                    MAX_CONCURRENT_OPS | 99999999999999999999         | 1 to 1000000000
                    MAX_CONCURRENT_OPS | many                         | 1 to 1000000000
                    DETAILED_METRICS   | yes                          | true or false
                    SIGNAL_EXIT_CODE   | 1                            | true or false
                    PLATFORM_GRACE     | 0s                           | 10 ms to 86400 s
                    REPORT_FILE        | ''                           | a file in a folder that exists
                    REPORT_FILE        | /no/such/folder/report       | a file in a folder that exists
                    REPORT_FILE        | /tmp                         | a file in a folder that exists
                    REPORT_FILE        | /                            | a file in a folder that exists
                    REPORT_FILE        | /tmp/report.JSON             | not ending in .json, since the report is written as text
                    REPORT_FILE        | /dev/null                    | no link, pipe or device
                    TERMINATION_LOG    | /dev/null/log                | a file in a folder that exists
                    """)
    void aBadValueIsRefusedByKeyValueSourceAndRange(ConfigKey key, String value, String range) {
        assertThatThrownBy(() -> build(Map.of(key.property(), value), Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(key.property().substring("k1s.shutdown.".length()) + " = ")
                .hasMessageContaining("(from system property " + key.property() + ") is not allowed")
                .hasMessageContaining(range);
        assertThatThrownBy(() -> build(Map.of(), Map.of(key.variable(), value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("(from environment variable " + key.variable() + ")");
    }

    @Test
    void aPathThatIsNoneIsRefused() {
        assertThatThrownBy(() -> build(Map.of("k1s.shutdown.reportFile", "a\u0000b"), Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("reportFile = \"a\\u0000b\"");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 1_000_000_000})
    void theBoundsOfALimitAreAllowed(long bound) {
        assertThat(ShutdownConfig.builder()
                        .maxConcurrentOps(bound)
                        .build(Map.of(), Map.of())
                        .maxConcurrentOps())
                .isEqualTo(bound);
    }

    @Test
    void aReportFileThatIsALinkIsRefused(@TempDir Path folder) throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), file);

        assertThatThrownBy(() -> build(Map.of("k1s.shutdown.reportFile", link.toString()), Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("reportFile = \"" + link + "\"");
        assertThat(build(Map.of("k1s.shutdown.reportFile", file.toString()), Map.of())
                        .reportFile())
                .contains(file);
    }

    /** The termination log is written in place, and the report file takes the place of what is there. */
    @Test
    void oneFileForTheReportAndTheTerminationLogIsRefusedWithBoth(@TempDir Path folder) {
        Map<String, String> files = Map.of(
                "k1s.shutdown.reportFile", folder + "/report",
                "k1s.shutdown.terminationLog", folder + "/../" + folder.getFileName() + "/report");

        assertThatThrownBy(() -> build(files, Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("reportFile = " + folder + "/report")
                .hasMessageContaining("terminationLog = " + folder + "/../")
                .hasMessageContaining("(from system property k1s.shutdown.terminationLog)");
    }

    @Test
    void onlyTheReportFileIsToldNotToEndInJson() {
        assertThatThrownBy(() -> build(Map.of("k1s.shutdown.terminationLog", "/no/such/folder/log"), Map.of()))
                .hasMessageEndingWith("a file in a folder that exists");
    }

    @Test
    void aTerminationLogMayBeCalledAsItLikes() {
        assertThat(build(Map.of("k1s.shutdown.terminationLog", "log.json"), Map.of())
                        .terminationLog())
                .contains(Path.of("log.json"));
    }

    @Test
    void aBadTextIsShownAsItWasWrittenButEscaped() {
        assertThatThrownBy(() -> build(Map.of("k1s.shutdown.softTimeout", "5s\u001b[2J"), Map.of()))
                .hasMessageContaining("softTimeout = \"5s\\u001b[2J\"");
    }

    @Test
    void aBadValueIsRefusedByTheBuilderAtOnce() {
        assertThatThrownBy(() -> ShutdownConfig.builder().maxConcurrentOps(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("maxConcurrentOps = \"0\" (from the builder) is not allowed: 1 to 1000000000");
    }

    @Test
    void aDurationBeyondAllNanosecondsIsRefusedLikeAnyOther() {
        assertThatThrownBy(() -> ShutdownConfig.builder().gracefulTimeout(Duration.ofSeconds(Long.MAX_VALUE)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("gracefulTimeout = ");
        assertThatThrownBy(() -> ShutdownConfig.builder().gracefulTimeout(Duration.ofSeconds(-5)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("gracefulTimeout = \"-5 s\"");
    }

    @ParameterizedTest
    @CsvSource({"30s, 1s", "29s, 2s"})
    void aSoftTimeoutThatIsNotBeforeTheEndOfTheDrainIsRefusedWithAllFour(String soft, String reserve) {
        assertThatThrownBy(() ->
                        build(Map.of("k1s.shutdown.softTimeout", soft, "k1s.shutdown.closeReserve", reserve), Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("drainDelay < softTimeout < gracefulTimeout - closeReserve")
                .hasMessageContaining(
                        "softTimeout = " + soft.replace("s", " s") + " (from system property k1s.shutdown.softTimeout)")
                .hasMessageContaining("gracefulTimeout = 30 s (from the default)");
    }

    @Test
    void aDrainDelayThatReachesTheSoftTimeoutIsRefused() {
        assertThatThrownBy(() -> build(Map.of(), Map.of("K1S_SHUTDOWN_DRAIN_DELAY", "24s")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("drainDelay = 24 s (from environment variable K1S_SHUTDOWN_DRAIN_DELAY)");
    }

    @Test
    void anUnknownPropertyIsRefusedWithThoseThatAreKnown() {
        assertThatThrownBy(() -> build(Map.of("k1s.shutdown.gracefullTimeout", "5s"), Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("system property \"k1s.shutdown.gracefullTimeout\" = \"5s\" is unknown")
                .hasMessageContaining("k1s.shutdown.gracefulTimeout");
    }

    @Test
    void anUnknownVariableIsRefusedAndEscaped() {
        assertThatThrownBy(() -> build(Map.of(), Map.of("K1S_SHUTDOWN_X\n", "\u001b")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("K1S_SHUTDOWN_X\\u000a")
                .hasMessageContaining("\\u001b");
    }

    @Test
    void theSystemPropertiesOfTheProcessAreRead() {
        System.setProperty("k1s.shutdown.maxConcurrentOps", "17");
        try {
            assertThat(ShutdownConfig.defaults().maxConcurrentOps()).isEqualTo(17);
        } finally {
            System.clearProperty("k1s.shutdown.maxConcurrentOps");
        }
    }

    @Test
    void theTextNamesEveryKeyAndValue() {
        String text = build(Map.of(), Map.of()).toString();

        List<String> keys =
                Arrays.stream(ConfigKey.values()).map(ConfigKey::property).toList();
        assertThat(text).contains(keys).contains("gracefulTimeout=30 s").contains("reportFile=none");
        assertThat(new TreeMap<>(SAMPLES)).hasSize(keys.size());
    }
}
