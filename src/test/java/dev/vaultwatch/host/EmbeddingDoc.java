package dev.vaultwatch.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** The Java blocks of docs/embedding.md. */
final class EmbeddingDoc {
    static final Path PAGE = Path.of("docs/embedding.md");

    private static final Pattern BLOCK = Pattern.compile("(?ms)^```java\\n(.*?)^```");
    private static final Pattern NAME = Pattern.compile("(?m)^(?:final )?class (\\w+)");

    private EmbeddingDoc() {}

    static List<String> blocks() throws IOException {
        List<String> blocks = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(Files.readString(PAGE));
        while (matcher.find()) {
            blocks.add(matcher.group(1));
        }
        return blocks;
    }

    /** The block that declares the class of that name. */
    static String block(String name) throws IOException {
        return blocks().stream()
                .filter(block -> name(block).equals(name))
                .findFirst()
                .orElseThrow();
    }

    static String name(String block) {
        Matcher matcher = NAME.matcher(block);
        assertThat(matcher.find()).as(block).isTrue();
        return matcher.group(1);
    }

    /** Compiles sources into a folder, which it gives. */
    static Path compile(Path folder, String classPath, String... sources) throws IOException {
        Files.createDirectories(folder);
        List<Path> files = new ArrayList<>();
        for (String source : sources) {
            files.add(Files.writeString(folder.resolve(name(source) + ".java"), source));
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        List<String> options = List.of("-proc:none", "-Xlint:none", "-d", folder.toString(), "-cp", classPath);
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            boolean fine = compiler.getTask(
                            messages, manager, null, options, null, manager.getJavaFileObjectsFromPaths(files))
                    .call();
            assertThat(fine).as(messages.toString()).isTrue();
        }
        return folder;
    }
}
