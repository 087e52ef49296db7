package io.k1s.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What a run was asked for.
 *
 * @param bench the set
 * @param form how much of it
 * @param rows which rows of it, empty for those that are published; what a row is called depends on the set
 * @param threads on how many threads, empty for the set's own choice
 * @param detailed with detailed metrics, without, or both
 * @param processes how many processes a row has, of overhead at most, instead of the set's own choice
 * @param nativeAccess whether the measured JVMs may use native access, from JDK 22 on
 * @param seed of everything that is random
 * @param target where the results go
 * @param docs where the report goes
 */
public record Options(
        String bench,
        Form form,
        List<String> rows,
        List<Integer> threads,
        List<Boolean> detailed,
        OptionalInt processes,
        boolean nativeAccess,
        long seed,
        Path target,
        Path docs) {
    /** The sets, in the order of a short run. */
    public static final List<String> SETS = List.of("core", "footprint", "drain", "latency", "overhead", "scaling");

    private static final List<String> BENCHES = concat(SETS, List.of("short", "jmh", "report"));
    /** What can be chosen of a set. */
    private static final List<String> CHOICES =
            List.of("form", "native", "seed", "rows", "threads", "detailed", "processes");
    /** What each set reads of it. */
    private static final List<String> COMMON = List.of("form", "native", "seed");
    /** What else each of them reads; the short one hands it on to those that do. */
    private static final Map<String, List<String>> READ = Map.of(
            "short", concat(COMMON, List.of("threads", "detailed", "processes")),
            "core", concat(COMMON, List.of("rows", "threads")),
            "footprint", COMMON,
            "drain", COMMON,
            "latency", concat(COMMON, List.of("processes")),
            "overhead", CHOICES,
            "scaling", COMMON,
            "jmh", List.of("native", "rows", "threads"),
            "report", List.of());

    /** The median is between the least and the most of so many in more than 95 of 100 cases, and of five in 94. */
    private static final int FEWEST = 6;

    private static final Set<String> KEYS =
            Set.of("bench", "form", "rows", "threads", "detailed", "processes", "native", "seed", "target", "docs");

    /**
     * Reads {@code key=value} arguments. An empty value is the default.
     *
     * @throws IllegalArgumentException if one is not allowed; the message names it and what is
     */
    public static Options parse(String... arguments) {
        Map<String, String> given = new LinkedHashMap<>();
        for (String argument : arguments) {
            String[] parts = argument.split("=", 2);
            if (parts.length != 2 || !KEYS.contains(parts[0])) {
                throw new IllegalArgumentException(
                        "argument \"" + argument + "\": allowed is KEY=VALUE with a KEY of " + sorted(KEYS));
            }
            if (!parts[1].isBlank()) {
                given.put(parts[0], parts[1].strip());
            }
        }
        String bench = oneOf("bench", given.getOrDefault("bench", "short"), BENCHES);
        refuseWhatIsNotRead(bench, given);
        String form = oneOf(
                "form",
                given.getOrDefault("form", bench.equals("short") ? "short" : "full"),
                List.of("smoke", "short", "full"));
        Form measured = Form.valueOf(form.toUpperCase(Locale.ROOT));
        Path target = Path.of(given.getOrDefault("target", "target"));
        return new Options(
                bench,
                measured,
                list(given.getOrDefault("rows", "")),
                list(given.getOrDefault("threads", "")).stream()
                        .map(value -> count("threads", value, 1, 64))
                        .toList(),
                detailed(given.getOrDefault("detailed", "true")),
                given.containsKey("processes")
                        ? OptionalInt.of(count("processes", given.get("processes"), measured.of(3, 3, FEWEST), 1_000))
                        : OptionalInt.empty(),
                oneOf("native", given.getOrDefault("native", "true"), List.of("true", "false"))
                        .equals("true"),
                number("seed", given.getOrDefault("seed", Long.toString(System.nanoTime() & 0xFFFFFF))),
                form.equals("smoke") ? target.resolve("smoke") : target,
                Path.of(given.getOrDefault("docs", "docs")));
    }

    /** The same for another set, without what it does not read: so its note has a command that is allowed. */
    Options with(String set) {
        List<String> read = READ.get(set);
        return new Options(
                set,
                form,
                read.contains("rows") ? rows : List.of(),
                read.contains("threads") ? threads : List.of(),
                read.contains("detailed") ? detailed : List.of(true),
                read.contains("processes") ? processes : OptionalInt.empty(),
                nativeAccess,
                seed,
                target,
                docs);
    }

    /** The file of a set's rows. */
    public Path json() {
        return target.resolve(bench + ".json");
    }

    /** The thread counts asked for, or these. */
    public List<Integer> threadsOr(Integer... usual) {
        return threads.isEmpty() ? List.of(usual) : threads;
    }

    private static void refuseWhatIsNotRead(String bench, Map<String, String> given) {
        List<String> read = READ.get(bench);
        for (String key : CHOICES) {
            if (given.containsKey(key) && !read.contains(key)) {
                throw new IllegalArgumentException(key + " is \"" + given.get(key) + "\": allowed with bench " + bench
                        + " is " + (read.isEmpty() ? "none of " + CHOICES : "only " + read));
            }
        }
    }

    private static List<Boolean> detailed(String value) {
        return switch (oneOf("detailed", value, List.of("true", "false", "both"))) {
            case "true" -> List.of(true);
            case "false" -> List.of(false);
            default -> List.of(true, false);
        };
    }

    private static int count(String key, String value, int least, int most) {
        long count = number(key, value);
        if (count < least || count > most) {
            throw new IllegalArgumentException(key + " is \"" + value + "\": allowed is " + least + " to " + most);
        }
        return (int) count;
    }

    private static long number(String key, String value) {
        try {
            return Long.parseLong(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(key + " is \"" + value + "\": allowed is a whole number", e);
        }
    }

    private static String oneOf(String key, String value, List<String> allowed) {
        if (!allowed.contains(value)) {
            throw new IllegalArgumentException(key + " is \"" + value + "\": allowed is one of " + allowed);
        }
        return value;
    }

    private static List<String> list(String value) {
        return Arrays.stream(value.split(","))
                .map(String::strip)
                .filter(s -> !s.isEmpty())
                .toList();
    }

    private static List<String> sorted(Set<String> set) {
        return set.stream().sorted().toList();
    }

    private static List<String> concat(List<String> a, List<String> b) {
        List<String> all = new ArrayList<>(a);
        all.addAll(b);
        return List.copyOf(all);
    }
}
