import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.EngineFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs test classes and methods ({@code Class#method}) until one test fails: exits 0 when all pass, 1 when one fails, 2 when
 * none ran. The rest of a class is not run then: with a wake-up missing, each of its tests may wait until its time is up.
 */
class Suite implements TestExecutionListener {
    private final String selected;
    private long passed;

    private Suite(String selected) {
        this.selected = selected;
    }

    public static void main(String[] selected) {
        long passed = 0;
        for (String each : selected) {
            Suite suite = new Suite(each);
            LauncherDiscoveryRequestBuilder request = LauncherDiscoveryRequestBuilder.request()
                    .selectors(
                            each.contains("#")
                                    ? DiscoverySelectors.selectMethod(each)
                                    : DiscoverySelectors.selectClass(each))
                    .filters(EngineFilter.includeEngines("junit-jupiter"));
            LauncherFactory.create().execute(request.build(), suite);
            passed += suite.passed;
        }
        System.exit(passed == 0 ? 2 : 0);
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        if (result.getStatus() == TestExecutionResult.Status.FAILED) {
            result.getThrowable().ifPresent(Throwable::printStackTrace);
            System.out.println("failed: " + selected.replaceAll("#.*", "").replaceAll(".*\\.", "") + "."
                    + test.getLegacyReportingName());
            // Not exit: what the test has left may wait in a hook.
            System.out.flush();
            Runtime.getRuntime().halt(1);
        }
        if (test.isTest() && result.getStatus() == TestExecutionResult.Status.SUCCESSFUL) {
            passed++;
        }
    }
}
