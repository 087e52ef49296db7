package io.k1s.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of the README's first screen is what a reader copies, so it has to compile. */
final class ReadmeExampleTest {

    @TempDir
    Path classes;

    @Test
    void theReadmeExampleCompiles() throws Exception {
        assertThat(compile(example())).isEmpty();
    }

    @Test
    void theCheckWouldNoticeAnExampleThatDoesNotCompile() throws Exception {
        assertThat(compile(example().replace("shutdownOnSignals", "shutdownOnSignal")))
                .contains("cannot find symbol");
    }

    private static String example() throws Exception {
        Path readme = Path.of(System.getProperty("basedir", "."), "../../README.md");
        Matcher block = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(readme));
        assertThat(block.find()).as("a java block in %s", readme).isTrue();
        return block.group(1);
    }

    private String compile(String example) {
        String source = """
                import static io.k1s.registry.ComponentOptions.dependsOn;
                import static java.net.http.HttpResponse.BodyHandlers.discarding;
                import io.k1s.metrics.*;
                import io.k1s.registry.*;
                import io.k1s.storage.*;
                import io.k1s.storage.rocksdb.*;
                import java.net.http.*;
                import java.nio.file.Path;
                abstract class Example {
                    abstract void importInto(StorageBackend store);
                    void example(Path path, HttpClient client, HttpRequest request) {
                        %s
                    }
                }
                """.formatted(example);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        JavaFileObject file =
                new SimpleJavaFileObject(URI.create("string:///Example.java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                    }
                };
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        StringWriter errors = new StringWriter();
        compiler.getTask(
                        errors,
                        null,
                        null,
                        List.of("-proc:none", "-cp", classPath, "-d", classes.toString()),
                        null,
                        List.of(file))
                .call();
        return errors.toString();
    }
}
