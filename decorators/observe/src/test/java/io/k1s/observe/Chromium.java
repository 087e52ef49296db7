package io.k1s.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A real browser without a window, one process for each page. */
final class Chromium {
    private static final List<Path> PLACES = Stream.of(
                    "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
            .map(Path::of)
            .toList();

    private final Path program;
    private final Path folder;
    private int runs;

    private Chromium(Path program, Path folder) {
        this.program = program;
        this.folder = folder;
    }

    static Chromium in(Path folder) {
        Path program = PLACES.stream().filter(Files::isExecutable).findFirst().orElse(null);
        if (program == null) {
            System.err.println("NOT TESTED: the page in a browser; install Debian's chromium");
            assertThat(System.getenv("CI")).as("chromium is missing in CI").isNotEqualTo("true");
        }
        assumeTrue(program != null, "chromium");
        return new Chromium(program, folder);
    }

    /** The document as the browser understood it. */
    String dom(String url) throws Exception {
        return run(url, "--dump-dom");
    }

    void screenshot(String url, Path png) throws Exception {
        run(url, "--screenshot=" + png.toAbsolutePath(), "--window-size=1200,440", "--hide-scrollbars");
    }

    private String run(String url, String... options) throws IOException, InterruptedException {
        runs++;
        Path output = folder.resolve("chromium-" + runs + ".out");
        List<String> command = new ArrayList<>(List.of(
                program.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--user-data-dir=" + Files.createDirectory(folder.resolve("profile-" + runs))));
        command.addAll(List.of(options));
        command.add(url);
        Process process = new ProcessBuilder(command)
                .redirectOutput(output.toFile())
                .redirectError(folder.resolve("chromium-" + runs + ".err").toFile())
                .start();
        try {
            assertThat(process.waitFor(120, TimeUnit.SECONDS))
                    .as("the browser ended")
                    .isTrue();
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).as("the browser's exit code").isZero();
        return Files.readString(output);
    }
}
