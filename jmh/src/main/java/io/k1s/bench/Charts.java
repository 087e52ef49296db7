package io.k1s.bench;

import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.internal.chartpart.IChart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.CategoryStyler;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Charts as SVG files, and beside each as PNG, to be looked at. */
public final class Charts {
    private static final Color[] COLOURS = {
        new Color(0x1F77B4), new Color(0xD9822B), new Color(0x4C9F70), new Color(0x9A4E8A)
    };

    private Charts() {}

    /**
     * Values by category.
     *
     * @param svg the file
     * @param title what is shown
     * @param unit of the values
     * @param logarithmic whether the values are shown on a logarithmic scale
     * @param categories the names under the values
     * @param series per series a value per category, null where there is none
     * @param errors per series the half width of each value's interval; empty on a logarithmic scale, on which the library draws
     *     them wrong
     */
    public static void bars(
            Path svg,
            String title,
            String unit,
            boolean logarithmic,
            List<String> categories,
            Map<String, List<Double>> series,
            Map<String, List<Double>> errors)
            throws IOException {
        CategoryChart chart = new CategoryChartBuilder()
                .width(Math.max(700, 260 + 48 * categories.size()))
                .height(520)
                .title(title)
                .yAxisTitle(unit)
                .build();
        CategoryStyler styler = chart.getStyler();
        plain(styler);
        styler.setYAxisLogarithmic(logarithmic);
        styler.setXAxisLabelRotation(55);
        // The library refuses one.
        styler.setXAxisMaxLabelCount(Math.max(2, categories.size()));
        styler.setOverlapped(logarithmic);
        styler.setAvailableSpaceFill(0.8);
        styler.setLegendVisible(series.size() > 1);
        if (logarithmic || !errors.isEmpty()) {
            styler.setDefaultSeriesRenderStyle(org.knowm.xchart.CategorySeries.CategorySeriesRenderStyle.Scatter);
            styler.setErrorBarsColorSeriesColor(true);
        }
        series.forEach((name, values) -> {
            if (errors.containsKey(name)) {
                chart.addSeries(name, categories, values, errors.get(name));
            } else {
                chart.addSeries(name, categories, values);
            }
        });
        write(chart, svg);
    }

    /** Curves over a common x, whose ticks have names. */
    public static void curves(
            Path svg, String title, String x, String unit, Map<Double, String> ticks, Map<String, double[][]> curves)
            throws IOException {
        XYChart chart = new XYChartBuilder()
                .width(820)
                .height(480)
                .title(title)
                .xAxisTitle(x)
                .yAxisTitle(unit)
                .build();
        plain(chart.getStyler());
        chart.getStyler().setYAxisLogarithmic(true);
        curves.forEach(
                (name, points) -> chart.addSeries(name, points[0], points[1]).setMarker(SeriesMarkers.CIRCLE));
        if (!ticks.isEmpty()) {
            chart.getStyler().setXAxisMaxLabelCount(ticks.size());
            chart.setCustomXAxisTickLabelsFormatter(value -> ticks.getOrDefault((double) Math.round(value), " "));
        }
        write(chart, svg);
    }

    private static void plain(AxesChartStyler styler) {
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setPlotBorderVisible(false);
        styler.setSeriesColors(COLOURS);
        styler.setLegendPosition(Styler.LegendPosition.OutsideS);
        styler.setLegendLayout(Styler.LegendLayout.Horizontal);
        styler.setLegendBorderColor(Color.WHITE);
        styler.setChartTitleBoxVisible(false);
        styler.setYAxisDecimalPattern("#,##0.###");
        styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 15));
        styler.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11));
    }

    private static void write(IChart chart, Path svg) throws IOException {
        Files.createDirectories(svg.toAbsolutePath().getParent());
        try (OutputStream out = Files.newOutputStream(svg)) {
            VectorGraphicsEncoder.saveVectorGraphic(chart, out, VectorGraphicsFormat.SVG);
        }
        String png = svg.getFileName().toString().replace(".svg", ".png");
        try (OutputStream out = Files.newOutputStream(svg.resolveSibling(png))) {
            BitmapEncoder.saveBitmap(chart, out, BitmapEncoder.BitmapFormat.PNG);
        }
        System.out.println("chart: " + svg);
    }
}
