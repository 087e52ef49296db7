package io.k1s.storage;

import io.k1s.bench.Estimate;
import io.k1s.bench.Results;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What the processes of one row have found so far. */
final class Samples {
    /** Half the width at which no more processes are added. */
    static final double WANTED_PERCENT = 0.4;
    /** Half the width that a control row must be within. */
    static final double CONTROL_PERCENT = 0.5;

    private final OverheadRow row;
    private final long seed;
    private final List<Map<String, Object>> processes = new ArrayList<>();
    private int failures;

    Samples(OverheadRow row, long seed) {
        this.row = row;
        this.seed = seed;
    }

    OverheadRow row() {
        return row;
    }

    int count() {
        return processes.size();
    }

    void add(Map<String, Object> process) {
        processes.add(process);
    }

    /** One that gave no row. */
    void addFailure() {
        failures++;
    }

    /** Whether more processes are to be run. */
    boolean isOpen(int least, int most) {
        return count() < least || (count() < most && percent().halfWidth() > WANTED_PERCENT);
    }

    /** By how many per cent the second arm is slower. */
    Estimate percent() {
        double[] percents = all("ratio");
        for (int i = 0; i < percents.length; i++) {
            percents[i] = 100 * (percents[i] - 1);
        }
        return Estimate.ofMedian(percents, seed);
    }

    /** By how many ns per operation the second arm is slower. */
    Estimate added() {
        return Estimate.ofMedian(all("added"), seed);
    }

    /** What is wrong with a control row, or nothing. */
    String verdict() {
        Estimate percent = percent();
        if (!percent.includes(0)) {
            return row + ": " + shown(percent) + " does not include 0";
        }
        if (percent.halfWidth() > CONTROL_PERCENT) {
            return row + ": " + shown(percent) + " is wider than +-" + CONTROL_PERCENT + " %";
        }
        return "";
    }

    Map<String, Object> toRow(int jdk, String mode) {
        Estimate percent = percent();
        Estimate added = added();
        double baseline = Estimate.median(all("baseline"));
        return Results.row(
                "backend", row.backend(),
                "operation", row.label(),
                "threads", row.threads(),
                "jdk", jdk,
                "mode", mode,
                "detailedMetrics", row.detailedMetrics(),
                "baselineNs", baseline,
                // A median of its own could be below the baseline where time was added.
                "decoratedNs", baseline + added.value(),
                "overheadPercent", percent.value(),
                "low95", percent.low(),
                "high95", percent.high(),
                "addedNs", added.value(),
                "addedLow95", added.low(),
                "addedHigh95", added.high(),
                "pairs",
                        (long) processes.stream()
                                .mapToDouble(p -> Results.number(p, "pairs"))
                                .sum(),
                "processes", count(),
                "failures", failures);
    }

    /** One line, for whoever waits. */
    String progress() {
        return row + ": " + count() + " processes"
                + (count() < 3 ? "" : ", " + shown(percent()) + ", added " + String.format("%.2f ns", added().value()));
    }

    private static String shown(Estimate percent) {
        return String.format("%+.2f %% [%+.2f, %+.2f]", percent.value(), percent.low(), percent.high());
    }

    private double[] all(String key) {
        return processes.stream().mapToDouble(p -> Results.number(p, key)).toArray();
    }
}
