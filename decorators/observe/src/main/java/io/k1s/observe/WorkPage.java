package io.k1s.observe;

import io.k1s.metrics.WorkSnapshot;
import java.time.Duration;
import java.util.Locale;

/** A {@link WorkView} as a page for people: no script, nothing from elsewhere, loads itself again every two seconds. */
final class WorkPage {
    private static final String HEAD = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="refresh" content="2">
            <title>k1s</title>
            <style>
            body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1c2330; }
            h2 { font-size: 1rem; margin: 2rem 0 .5rem; }
            .state { padding: .6rem 1rem; border-radius: .4rem; color: #fff; }
            .ready { background: #1a7f4b; }
            .unready { background: #b3261e; }
            table { border-collapse: collapse; width: 100%; }
            th, td { padding: .3rem .5rem; border-bottom: 1px solid #dde2ea; text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
            th { font-weight: 600; color: #566072; }
            .text { text-align: left; white-space: normal; }
            </style>
            </head>
            <body>
            """;

    private WorkPage() {}

    static String render(WorkView view) {
        StringBuilder out = new StringBuilder(HEAD);
        out.append("<p id=\"readiness\" class=\"state ")
                .append(view.ready() ? "ready" : "unready")
                .append("\"><strong>")
                .append(view.ready() ? "ready" : "not ready")
                .append("</strong> &middot; ")
                .append(view.state());
        if (!view.ready()) {
            out.append(" &middot; ").append(shown(view.timeLeft())).append(" to the hard deadline");
        }
        out.append("</p>\n");
        components(view, out);
        works(view, out);
        return out.append("</body>\n</html>\n").toString();
    }

    private static void components(WorkView view, StringBuilder out) {
        out.append("<h2>Components</h2>\n<table id=\"components\">\n<tr>");
        out.append("<th class=\"text\">component</th>");
        for (String column : new String[] {
            "in flight",
            "peak",
            "watches",
            "started",
            "succeeded",
            "failed",
            "cancelled",
            "rejected",
            "p50",
            "p99",
            "p99.9",
            "max",
            "samples"
        }) {
            out.append("<th>").append(column).append("</th>");
        }
        out.append("</tr>\n");
        for (WorkSnapshot component : view.components()) {
            out.append("<tr><td class=\"text\">")
                    .append(escape(component.component()))
                    .append("</td>");
            cell(out, component.inFlight());
            cell(out, component.inFlightPeak());
            cell(out, component.watchers());
            cell(out, component.totalStarted());
            cell(out, component.operations());
            cell(out, component.errors());
            cell(out, component.cancelled());
            cell(out, component.rejected());
            Latency latency = view.latencies().get(component.component());
            if (latency == null) {
                out.append("<td>-</td>".repeat(5));
            } else {
                cell(out, shown(latency.p50()));
                cell(out, shown(latency.p99()));
                cell(out, shown(latency.p999()));
                cell(out, shown(latency.max()));
                cell(out, latency.samples());
            }
            out.append("</tr>\n");
        }
        out.append("</table>\n");
    }

    private static void works(WorkView view, StringBuilder out) {
        out.append("<h2>Named work in flight: ").append(view.active());
        if (view.oldest().size() < view.active()) {
            out.append(", the oldest ").append(view.oldest().size()).append(" of them");
        }
        out.append("</h2>\n<table id=\"work\">\n<tr><th>age</th><th class=\"text\">component</th>")
                .append("<th class=\"text\">work</th><th class=\"text\">thread</th></tr>\n");
        for (WorkView.Active active : view.oldest()) {
            out.append("<tr>");
            cell(out, shown(active.age()));
            text(out, active.component());
            text(out, active.watch() ? "watch: " + active.description() : active.description());
            text(out, active.thread());
            out.append("</tr>\n");
        }
        out.append("</table>\n");
    }

    private static void cell(StringBuilder out, long number) {
        out.append("<td>").append(number).append("</td>");
    }

    private static void cell(StringBuilder out, String shown) {
        out.append("<td>").append(shown).append("</td>");
    }

    private static void text(StringBuilder out, String text) {
        out.append("<td class=\"text\">").append(escape(text)).append("</td>");
    }

    /** Three digits and the unit that fits: 999.5 of one rounds to 1000, which is one of the next. */
    static String shown(Duration duration) {
        double nanos = duration.toNanos();
        if (nanos < 1e3) {
            return String.format(Locale.ROOT, "%.0f ns", nanos);
        }
        if (nanos < 999.5e3) {
            return String.format(Locale.ROOT, "%.3g &micro;s", nanos / 1e3);
        }
        if (nanos < 999.5e6) {
            return String.format(Locale.ROOT, "%.3g ms", nanos / 1e6);
        }
        return String.format(Locale.ROOT, "%.1f s", nanos / 1e9);
    }

    static String escape(String text) {
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> out.append(c);
            }
        }
        return out.toString();
    }
}
