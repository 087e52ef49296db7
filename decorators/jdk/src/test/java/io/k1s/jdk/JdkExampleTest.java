package io.k1s.jdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program in the documents is what a reader copies: it is compiled, started, and sent a SIGTERM. */
@Timeout(120)
final class JdkExampleTest {
    private static final String CLASS_PATH =
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));

    @TempDir
    Path folder;

    @Test
    void theProgramOfTheDocumentsFinishesWhatItTookAfterASigterm() throws Exception {
        String url = "jdbc:h2:file:" + folder.resolve("shop") + ";DB_CLOSE_ON_EXIT=FALSE";
        sql(url, "CREATE TABLE item (name VARCHAR PRIMARY KEY)");
        assertThat(compile(example())).isZero();

        Process program = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        folder + System.getProperty("path.separator") + CLASS_PATH,
                        "Import",
                        url)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(program.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(output.readLine()).isEqualTo("submitted");
            program.destroy();
            assertThat(program.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            program.destroyForcibly();
        }

        assertThat(program.exitValue()).isZero();
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT COUNT(*) FROM item")) {
            rows.next();
            assertThat(rows.getInt(1)).isEqualTo(100);
        }
    }

    @Test
    void theCheckWouldNoticeAnExampleThatDoesNotCompile() throws Exception {
        assertThat(compile(example().replace("shutdownOnSignals", "shutdownOnSignal")))
                .isNotZero();
    }

    private static String example() throws Exception {
        Path document = Path.of(System.getProperty("basedir", "."), "../../docs/integrations.md");
        Matcher block = Pattern.compile("<!-- run by JdkExampleTest -->\n```java\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(document));
        assertThat(block.find()).as("the example in %s", document).isTrue();
        return block.group(1);
    }

    private int compile(String example) throws Exception {
        Path source = Files.writeString(folder.resolve("Import.java"), """
                import static io.k1s.registry.ComponentOptions.dependsOn;
                import com.zaxxer.hikari.*;
                import io.k1s.jdk.*;
                import io.k1s.registry.*;
                import java.sql.*;
                import java.util.concurrent.*;
                import javax.sql.DataSource;
                """ + example);
        return ToolProvider.findFirst("javac")
                .orElseThrow()
                .run(
                        System.out,
                        System.out,
                        "-proc:none",
                        "-cp",
                        CLASS_PATH,
                        "-d",
                        folder.toString(),
                        source.toString());
    }

    private static void sql(String url, String statement) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement create = connection.createStatement()) {
            create.execute(statement);
        }
    }
}
