package io.k1s.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The script at the root, in a project whose Maven and Java are scripts too. */
@Timeout(120)
class LauncherTest {
    /** Says what is in the jar that it is to run. */
    private static final String JAVA = """
            #!/usr/bin/env bash
            if [ "$1" = -version ]; then echo 'openjdk version "17.0.1"' >&2; exit; fi
            echo $$ >"$ROOT/java.pid"
            while [ "$1" != -jar ]; do shift; done
            cat -- "$2"
            """;

    private static final String MAVEN = """
            #!/usr/bin/env bash
            echo build >>"$ROOT/builds"
            mkdir -p "$ROOT/decorators/k1s/target"
            printf half >"$ROOT/decorators/k1s/target/k1s.jar"
            eval "${DURING_BUILD:-}"
            printf whole >"$ROOT/decorators/k1s/target/k1s.jar"
            """;

    @TempDir
    Path folder;

    private Path root;

    @BeforeEach
    void project() throws IOException {
        root = Files.createDirectories(folder.resolve("a project"));
        script(root.resolve("k1s"), Files.readString(Path.of("../../k1s")));
        script(folder.resolve("bin/mvn"), MAVEN);
        script(folder.resolve("jdk/bin/java"), JAVA);
        Files.createDirectories(root.resolve("registry/src/main"));
        Files.writeString(root.resolve("pom.xml"), "<project/>");
    }

    private static void script(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    private Process start(String duringBuild) throws IOException {
        return start(Map.of("DURING_BUILD", duringBuild));
    }

    private Process start(Map<String, String> environment) throws IOException {
        ProcessBuilder builder = new ProcessBuilder("a project/k1s", "demo").directory(folder.toFile());
        builder.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
        builder.environment().put("PATH", folder.resolve("bin") + ":" + System.getenv("PATH"));
        builder.environment().put("ROOT", root.toString());
        builder.environment().put("CDPATH", folder.toString());
        builder.environment().putAll(environment);
        return builder.redirectError(folder.resolve("err").toFile()).start();
    }

    private String run(String duringBuild) throws IOException {
        return output(start(duringBuild));
    }

    private static String output(Process process) throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private long builds() throws IOException {
        return Files.readAllLines(root.resolve("builds")).size();
    }

    @Test
    void firstUseBuildsAndTheNextDoesNot() throws IOException {
        assertThat(run("")).isEqualTo("whole");
        assertThat(run("")).isEqualTo("whole");
        assertThat(builds()).isEqualTo(1);
    }

    @Test
    void jarOfABuildThatWasKilledIsNotRun() throws Exception {
        Process killed = start("kill -9 $PPID $$");
        assertThat(output(killed)).isEmpty();
        assertThat(killed.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(root.resolve("decorators/k1s/target/k1s.jar")).hasContent("half");
        assertThat(run("")).isEqualTo("whole");
    }

    @Test
    void failedBuildIsNotRunAndTriedAgain() throws IOException {
        assertThat(run("exit 1")).isEmpty();
        assertThat(Files.readString(folder.resolve("err"))).contains("the build failed");
        assertThat(run("")).isEqualTo("whole");
    }

    @Test
    void sourceThatIsEditedDuringTheBuildIsBuiltTheNextTime() throws IOException {
        assertThat(run("touch \"$ROOT/registry/src/main/A.java\"")).isEqualTo("whole");
        assertThat(run("")).isEqualTo("whole");
        assertThat(builds()).isEqualTo(2);
    }

    @Test
    void sourceThatIsNewerIsBuilt() throws IOException {
        run("");
        Path source = Files.createFile(root.resolve("registry/src/main/A.java"));
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(1)));
        run("");
        assertThat(builds()).isEqualTo(2);
        assertThat(folder.resolve("err")).content().contains("k1s: registry/src/main/A.java is newer, building");
    }

    @Test
    void javaThatIsTooOldIsNamedWithItsVersion() throws Exception {
        Path java = folder.resolve("old/bin/java");
        script(java, JAVA.replace("17.0.1", "11.0.2"));
        assertRefused(
                Map.of("JAVA_HOME", folder.resolve("old").toString()),
                java + " is version 11.0.2; 17 or later is needed. Set JAVA_HOME to a newer JDK");
    }

    @Test
    void javaHomeWithoutAJavaIsNamed() throws Exception {
        assertRefused(Map.of("JAVA_HOME", folder.toString()), "JAVA_HOME is \"" + folder + "\", which has no bin/java");
    }

    @Test
    void buildWithoutMavenSaysWhatIsMissing() throws Exception {
        Path tools = Files.createDirectory(folder.resolve("tools"));
        for (String tool : List.of("bash", "readlink", "dirname", "sed", "head", "find", "mkdir")) {
            Files.createSymbolicLink(tools.resolve(tool), Path.of("/bin", tool).toRealPath());
        }
        assertRefused(Map.of("PATH", tools.toString()), "Maven is needed to build, and there is no mvn on the PATH");
    }

    private void assertRefused(Map<String, String> environment, String message) throws Exception {
        Process refused = start(environment);
        assertThat(output(refused)).isEmpty();
        assertThat(refused.waitFor()).isEqualTo(1);
        assertThat(folder.resolve("err")).content().contains(message);
    }

    @Test
    void twoAtOnceBuildOnce() throws IOException {
        // The first one's build goes on until the second has been told to wait for it.
        Process first = start("until grep -q waiting \"$ROOT/../err\"; do sleep 0.05; done");
        try {
            while (!Files.exists(root.resolve("builds"))) {
                Thread.onSpinWait();
            }
            assertThat(run("")).isEqualTo("whole");
            assertThat(output(first)).isEqualTo("whole");
            assertThat(builds()).isEqualTo(1);
        } finally {
            first.destroyForcibly();
        }
    }

    /** So a signal that is meant for the launcher, by a supervisor say, is Java's. */
    @Test
    void javaIsTheProcessThatWasStarted() throws IOException {
        Process launcher = start("");
        assertThat(output(launcher)).isEqualTo("whole");
        assertThat(root.resolve("java.pid")).hasContent(Long.toString(launcher.pid()));
    }

    @Test
    void runningJarIsNotRewrittenByALaterBuild() throws IOException {
        run("");
        Path jar = root.resolve("decorators/k1s/target/k1s-launched.jar");
        Object running = Files.getAttribute(jar, "unix:ino");
        Files.createFile(root.resolve("registry/src/main/A.java"));
        run("");
        assertThat(Files.getAttribute(jar, "unix:ino")).isNotEqualTo(running);
    }
}
