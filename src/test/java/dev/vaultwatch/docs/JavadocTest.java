package dev.vaultwatch.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.tools.DocumentationTool;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a host compiles against says what it is: the JDK's own doclint finds nothing missing in it, and nothing broken. */
class JavadocTest {
    private static final Path MAIN = Path.of("src/main/java");

    @Test
    void everyPublicThingOfTheApiHasItsJavadoc(@TempDir Path temp) throws IOException {
        List<Path> sources = Stream.concat(sources("dev/vaultwatch/api"), sources("dev/vaultwatch/host"))
                .toList();

        assertThat(sources).hasSizeGreaterThan(25);
        assertThat(faults(sources, temp)).isEmpty();
    }

    @Test
    void aMethodWithoutJavadocIsFound(@TempDir Path temp) throws IOException {
        Path source = temp.resolve("Bare.java");
        Files.writeString(source, "/** Documented. */\npublic interface Bare {\n    void bare();\n}\n");

        assertThat(faults(List.of(source), temp)).contains("Bare.java:3").contains("no comment");
    }

    private static Stream<Path> sources(String folder) throws IOException {
        try (Stream<Path> files = Files.list(MAIN.resolve(folder))) {
            return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
        }
    }

    /** What javadoc says of public and protected things; of tags it asks only for those that are there to be right. */
    private static String faults(List<Path> sources, Path temp) throws IOException {
        DocumentationTool javadoc = ToolProvider.getSystemDocumentationTool();
        StringWriter said = new StringWriter();
        try (StandardJavaFileManager files = javadoc.getStandardFileManager(null, Locale.ROOT, null)) {
            javadoc.getTask(
                            said,
                            files,
                            null,
                            null,
                            List.of(
                                    "-quiet",
                                    "-protected",
                                    "-Xdoclint:all",
                                    "-Xmaxwarns",
                                    "1000",
                                    "-locale",
                                    "en",
                                    "-d",
                                    Files.createDirectories(temp.resolve("html"))
                                            .toString()),
                            files.getJavaFileObjectsFromPaths(sources))
                    .call();
        }
        return String.join(
                "\n",
                said.toString()
                        .lines()
                        .filter(line -> line.matches(".*\\.java:\\d+: .*"))
                        .filter(line -> !line.matches(".*no @(param|return|throws).*"))
                        .toList());
    }
}
