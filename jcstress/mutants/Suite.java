import java.io.PrintWriter;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.EngineFilter;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** Runs test classes and methods ({@code Class#method}) until one fails: exits 0 when all pass, 1 when one fails, 2 when none ran. */
class Suite {
    public static void main(String[] selected) {
        long tests = 0;
        for (String each : selected) {
            LauncherDiscoveryRequestBuilder request = LauncherDiscoveryRequestBuilder.request()
                    .selectors(
                            each.contains("#")
                                    ? DiscoverySelectors.selectMethod(each)
                                    : DiscoverySelectors.selectClass(each))
                    .filters(EngineFilter.includeEngines("junit-jupiter"));
            SummaryGeneratingListener listener = new SummaryGeneratingListener();
            LauncherFactory.create().execute(request.build(), listener);
            TestExecutionSummary summary = listener.getSummary();
            tests += summary.getTestsSucceededCount();
            if (summary.getTotalFailureCount() > 0) {
                summary.printFailuresTo(new PrintWriter(System.err, true), 3);
                String method = summary.getFailures().get(0).getTestIdentifier().getLegacyReportingName();
                System.out.println("failed: " + each.replaceAll("#.*", "").replaceAll(".*\\.", "") + "." + method);
                System.exit(1);
            }
        }
        System.exit(tests == 0 ? 2 : 0);
    }
}
