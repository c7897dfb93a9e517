package dev.vaultwatch.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.AlertFormat;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** The Java of a page, compiled as a reader would compile it. */
final class Snippet {
    private Snippet() {}

    /** Compiles the page's first block of Java, a class of that name in no package, into the folder; gives a loader of it. */
    static URLClassLoader compile(Path page, String name, Path into) throws IOException {
        String text = Files.readString(page);
        int start = text.indexOf("```java\n") + 8;
        String source = text.substring(start, text.indexOf("```", start));
        StringWriter messages = new StringWriter();
        SimpleJavaFileObject file =
                new SimpleJavaFileObject(URI.create("string:///" + name + ".java"), SimpleJavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                    }
                };
        boolean fine = ToolProvider.getSystemJavaCompiler()
                .getTask(
                        messages,
                        null,
                        null,
                        List.of("-d", into.toString(), "-proc:none", "-cp", System.getProperty("java.class.path")),
                        null,
                        List.of(file))
                .call();
        assertThat(fine).as(messages.toString()).isTrue();
        return new URLClassLoader(new URL[] {into.toUri().toURL()}, AlertFormat.class.getClassLoader());
    }
}
