package io.k1s.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.function.Function;

/** What the core was to reach, and what it reached: each a ratio or a difference within one run, with its interval. */
final class CoreRatios {
    private static final String OURS = "k1s registered";
    private static final List<String> GATES = List.of("Phaser", "Semaphore", "one word, CAS", "one word, add");

    private final List<Map<String, Object>> rows;

    private CoreRatios(List<Map<String, Object>> rows) {
        this.rows = rows;
    }

    static String table(List<Map<String, Object>> all) {
        Map<Variant, List<Map<String, Object>>> variants = Results.byVariant(all);
        List<String> head = new ArrayList<>(List.of("what", "to reach, asymmetric", "to reach, fenced"));
        variants.keySet().forEach(variant -> head.add(variant.toString()));
        List<CoreRatios> ratios =
                variants.values().stream().map(CoreRatios::new).toList();
        List<List<String>> lines = new ArrayList<>();
        if (!ratios.isEmpty()) {
            line(lines, ratios, "begin + end, 1 thread, ns", "at most 3.5", "at most 7", r -> r.ns(OURS, 1));
            line(lines, ratios, "2 threads to 1", "at most 1.15", "at most 1.15", r -> r.ratio(OURS, 2, OURS, 1));
            line(lines, ratios, "8 threads to 2", "at most 4", "at most 4", r -> r.ratio(OURS, 8, OURS, 2));
            line(
                    lines,
                    ratios,
                    "a call through a decorator less the bare call, ns",
                    "at most 4.5",
                    "-",
                    r -> r.less("call, tracked", "call, bare"));
            line(
                    lines,
                    ratios,
                    "virtual threads, 1, ns",
                    "at most 11",
                    "at most 11",
                    r -> r.ns("k1s virtual threads", 1));
            line(
                    lines,
                    ratios,
                    "virtual threads, 2, ns",
                    "at most 11",
                    "at most 11",
                    r -> r.ns("k1s virtual threads", 2));
            line(
                    lines,
                    ratios,
                    "six atomics to ours, 1 thread",
                    "at least 5",
                    "at least 2.5",
                    r -> r.ratio("six atomics", 1, OURS, 1));
            line(
                    lines,
                    ratios,
                    "six atomics to ours, 2 threads",
                    "at least 20",
                    "at least 10",
                    r -> r.ratio("six atomics", 2, OURS, 2));
            line(lines, ratios, "fastest other gate to ours, 1 thread", "at least 2.5", "-", r -> r.fastestGate(1));
            line(lines, ratios, "fastest other gate to ours, 2 threads", "at least 12", "-", r -> r.fastestGate(2));
        }
        return Report.table(head, lines);
    }

    private static void line(
            List<List<String>> lines,
            List<CoreRatios> runs,
            String what,
            String asymmetric,
            String fenced,
            Function<CoreRatios, Optional<Estimate>> value) {
        List<String> line = new ArrayList<>(List.of(what, asymmetric, fenced));
        for (CoreRatios run : runs) {
            line.add(value.apply(run).map(Report::shown).orElse("-"));
        }
        lines.add(line);
    }

    private Optional<Estimate> ns(String design, int threads) {
        return row(design, threads).map(CoreRatios::ns);
    }

    private Optional<Estimate> ratio(String design, int threads, String to, int toThreads) {
        return within(row(design, threads), row(to, toThreads), Estimate::dividedBy);
    }

    private Optional<Estimate> less(String design, String bare) {
        return within(row(design, 1), row(bare, 1), Estimate::less);
    }

    /** Of the fastest other gate to ours, if all of them were measured. */
    private Optional<Estimate> fastestGate(int threads) {
        List<Estimate> ratios = GATES.stream()
                .flatMap(gate -> ratio(gate, threads, OURS, threads).stream())
                .toList();
        return ratios.size() == GATES.size()
                ? ratios.stream().min(Comparator.comparingDouble(Estimate::value))
                : Optional.empty();
    }

    private Optional<Map<String, Object>> row(String design, int threads) {
        return rows.stream()
                .filter(row ->
                        row.get("design").equals(design) && row.get("threads").equals(threads))
                .findFirst();
    }

    /** Of two rows of one run; of different runs they are not compared. */
    private static Optional<Estimate> within(
            Optional<Map<String, Object>> one, Optional<Map<String, Object>> other, BinaryOperator<Estimate> of) {
        return one.filter(row -> other.isPresent()
                        && row.get(Results.RUN).equals(other.get().get(Results.RUN)))
                .map(row -> of.apply(ns(row), ns(other.orElseThrow())));
    }

    private static Estimate ns(Map<String, Object> row) {
        return new Estimate(
                Results.number(row, "nsPerOp"), Results.number(row, "low95"), Results.number(row, "high95"));
    }
}
