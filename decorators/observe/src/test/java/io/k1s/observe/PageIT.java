package io.k1s.observe;

import static io.k1s.registry.ComponentOptions.dependsOn;
import static org.assertj.core.api.Assertions.assertThat;

import io.k1s.metrics.Outcome;
import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.registry.ShutdownReport;
import io.k1s.registry.WorkRegistry;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The page as a person sees it: a browser opens it before a drain and during one. */
@Timeout(600)
class PageIT {
    private static final int GREEN = 0xff1a7f4b;
    private static final int RED = 0xffb3261e;
    private static final Pattern ROW = Pattern.compile("<tr><td class=\"text\">(.*?)</td>(.*?)</tr>", Pattern.DOTALL);
    private static final Pattern CELL = Pattern.compile("<td>(.*?)</td>");

    @TempDir
    Path folder;

    @Test
    void numbersAreShownAndReadinessTurnsRedDuringADrain() throws Exception {
        Chromium chromium = Chromium.in(folder);
        WorkRegistry registry = Registries.patient();
        WorkMetrics storage = registry.component("storage");
        WorkMetrics controllers = registry.component("controllers", dependsOn("storage"));
        Latencies latencies = Latencies.of(registry);
        for (int i = 0; i < 250_000; i++) {
            storage.end(storage.begin(), i % 1000 == 0 ? Outcome.FAILED : Outcome.SUCCEEDED);
        }
        for (int i = 0; i < 40; i++) {
            controllers.run("reconcile", () -> {});
        }
        Work laptops = controllers.startWork("reconcile products/laptops <draft>");
        Work prices = controllers.startWork("reconcile products/prices");
        try (HealthServer server =
                HealthServer.builder(registry).latencies(latencies::latency).start()) {
            String url = "http://127.0.0.1:" + server.address().getPort() + "/work";

            String running = chromium.dom(url);
            assertThat(running).contains("<strong>ready</strong>").contains("RUNNING");
            assertThat(cells(running, "storage").subList(0, 8))
                    .containsExactly("0", "1", "0", "250000", "249750", "250", "0", "0");
            assertThat(cells(running, "storage").subList(8, 12))
                    .allMatch(shown -> shown.matches("[\\d.]+ (ns|µs|ms|s)"));
            assertThat(Integer.parseInt(cells(running, "storage").get(12))).isBetween(64, 50_000);
            assertThat(cells(running, "controllers").subList(0, 5)).containsExactly("2", "2", "0", "42", "40");
            assertThat(running).contains("reconcile products/laptops &lt;draft&gt;");
            Path green = Path.of("target", "work-running.png");
            chromium.screenshot(url, green);
            assertThat(pixels(green, GREEN)).isGreaterThan(10_000);
            assertThat(pixels(green, RED)).isZero();

            CompletableFuture<ShutdownReport> report = registry.shutdown();
            Eventually.holds(controllers::isClosed);
            String draining = chromium.dom(url);
            assertThat(draining).contains("<strong>not ready</strong>").contains("DRAINING");
            assertThat(cells(draining, "controllers").get(0)).isEqualTo("2");
            Path red = Path.of("target", "work-draining.png");
            chromium.screenshot(url, red);
            assertThat(pixels(red, RED)).isGreaterThan(10_000);
            assertThat(pixels(red, GREEN)).isZero();

            laptops.succeed();
            prices.succeed();
            assertThat(Registries.get(report).isComplete()).isTrue();
            assertThat(cells(chromium.dom(url), "controllers").get(0)).isEqualTo("0");
        }
    }

    /** The cells of the first row of that name, which is the component's. */
    private static List<String> cells(String dom, String component) {
        Matcher row = ROW.matcher(dom);
        while (row.find()) {
            if (row.group(1).equals(component)) {
                List<String> cells = new ArrayList<>();
                Matcher cell = CELL.matcher(row.group(2));
                while (cell.find()) {
                    cells.add(cell.group(1));
                }
                return cells;
            }
        }
        throw new AssertionError("no component " + component + " in " + dom);
    }

    private static int pixels(Path png, int colour) throws Exception {
        BufferedImage image = ImageIO.read(png.toFile());
        int found = 0;
        for (int x = 0; x < image.getWidth(); x++) {
            for (int y = 0; y < image.getHeight(); y++) {
                if (image.getRGB(x, y) == colour) {
                    found++;
                }
            }
        }
        return found;
    }
}
