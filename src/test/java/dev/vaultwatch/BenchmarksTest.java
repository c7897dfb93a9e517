package dev.vaultwatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The benchmarks, which the usual build leaves out, so that nobody would see them break. */
final class BenchmarksTest {
    @TempDir
    private Path classes = Path.of("");

    @Test
    @DisplayName("they compile, but for those that need JMH")
    void compile() throws IOException {
        List<Path> sources;
        try (Stream<Path> files = Files.walk(Path.of("src/jmh/java"))) {
            sources = files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !read(file).contains("org.openjdk.jmh"))
                    .toList();
        }
        assertThat(sources).hasSizeGreaterThan(10);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter said = new StringWriter();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            boolean compiled = compiler.getTask(
                            said,
                            manager,
                            null,
                            List.of(
                                    "-proc:none",
                                    "-nowarn",
                                    "-d",
                                    classes.toString(),
                                    "-cp",
                                    System.getProperty("java.class.path")),
                            null,
                            manager.getJavaFileObjectsFromPaths(sources))
                    .call();

            assertThat(compiled).as(said.toString()).isTrue();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
