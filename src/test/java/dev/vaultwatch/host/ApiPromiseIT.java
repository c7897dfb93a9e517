package dev.vaultwatch.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * That the build fails on a change of the api that breaks a host, and on no other. Our {@code pom.xml} as it is and the baseline, in a
 * folder of their own, with an api jar whose {@code AlertListener} has been changed; japicmp then runs there as it does in
 * {@code mvn verify}.
 */
class ApiPromiseIT {
    private static final Path LISTENER = Path.of("src/main/java/dev/vaultwatch/api/AlertListener.java");
    private static final Path BASELINE =
            HostProcess.jars(Path.of("src/api-baseline")).get(0);
    private static final String METHOD = "default void onEarly(Alert alert) {}";

    @TempDir
    Path temp;

    @Test
    void givenAMethodThatIsGoneThenTheBuildFailsAndNamesIt() throws Exception {
        HostProcess build = build(Map.of("AlertListener", listener("")));

        assertThat(build.exit()).as(build.output()).isNotZero();
        assertThat(build.output()).contains("onEarly", "METHOD_REMOVED");
    }

    @Test
    void givenANewMethodThatHostsMustWriteThenTheBuildFailsAndNamesIt() throws Exception {
        HostProcess build = build(Map.of(
                "AlertListener", listener(METHOD + " void onMore(Alert alert);").replace("@FunctionalInterface", "")));

        assertThat(build.exit()).as(build.output()).isNotZero();
        assertThat(build.output()).contains("onMore", "METHOD_ADDED_TO_INTERFACE");
    }

    @Test
    void givenANewDefaultMethodAndANewClassThenTheBuildGoesOn() throws Exception {
        HostProcess build = build(Map.of(
                "AlertListener",
                listener(METHOD + " default void onMore(Alert alert) {}"),
                "More",
                "package dev.vaultwatch.api; public record More(String id) {}"));

        assertThat(build.exit()).as(build.output()).isZero();
        assertThat(Files.readString(temp.resolve("target/japicmp/default-cli.diff")))
                .contains("onMore", "dev.vaultwatch.api.More");
    }

    @Test
    @DisplayName("A new counter, a new kind of notice, and what health and an answer say more, break nobody")
    void growth() throws Exception {
        HostProcess build = build(Map.of(
                "Counter",
                grown(
                        "Counter",
                        ";\n\n    /** Whether",
                        ", NOVEL(Kind.COUNTER, Unit.RECORDS, Scope.RULE, \"novel records\");\n\n    /** Whether"),
                "Notice",
                grown("Notice", "LISTENER_STUCK\n", "LISTENER_STUCK, NOVEL\n"),
                "PluginHealth",
                grown("PluginHealth", "    /** {@link Counter#RECORDS}. */", "public long novel() { return 0; }"),
                "Admission",
                grown("Admission", "    /** Records that were taken before. */", "public int novel() { return 0; }")));

        assertThat(build.exit()).as(build.output()).isZero();
        assertThat(Files.readString(temp.resolve("target/japicmp/default-cli.diff")))
                .contains("dev.vaultwatch.api.Counter NOVEL", "dev.vaultwatch.api.Notice$Kind NOVEL", "novel()");
    }

    /** The source of a class of {@code api}, with something else at the first place that reads so. */
    private static String grown(String type, String place, String instead) throws IOException {
        String source = Files.readString(LISTENER.resolveSibling(type + ".java"));
        assertThat(source).contains(place);
        return source.replaceFirst(Pattern.quote(place), Matcher.quoteReplacement(instead));
    }

    private static String listener(String instead) throws IOException {
        String source = Files.readString(LISTENER);
        assertThat(source).contains(METHOD);
        return source.replace(METHOD, instead);
    }

    /** By the name of a class of {@code api}, its source. */
    private HostProcess build(Map<String, String> sources) throws Exception {
        Files.copy(Path.of("pom.xml"), temp.resolve("pom.xml"));
        Files.createDirectories(temp.resolve(BASELINE).getParent());
        Files.copy(BASELINE, temp.resolve(BASELINE));
        Path target = Files.createDirectory(temp.resolve("target"));
        Path api = target.resolve("vaultwatch-" + PluginLoader.apiVersion() + "-api.jar");
        Files.copy(BASELINE, api);
        replace(api, sources);
        return maven();
    }

    private void replace(Path api, Map<String, String> sources) throws IOException {
        Path classes = Files.createDirectory(temp.resolve("classes"));
        List<String> arguments = new ArrayList<>(
                List.of("-proc:none", "--release", "17", "-d", classes.toString(), "-cp", BASELINE.toString()));
        for (Map.Entry<String, String> source : sources.entrySet()) {
            Path file = temp.resolve(source.getKey() + ".java");
            arguments.add(Files.writeString(file, source.getValue()).toString());
        }
        ByteArrayOutputStream messages = new ByteArrayOutputStream();
        int exit = ToolProvider.getSystemJavaCompiler().run(null, messages, messages, arguments.toArray(String[]::new));
        assertThat(exit).as(messages.toString(StandardCharsets.UTF_8)).isZero();
        try (FileSystem jar = FileSystems.newFileSystem(api)) {
            for (Path compiled : TestBundle.files(classes)) {
                Path place = jar.getPath(classes.relativize(compiled).toString());
                Files.deleteIfExists(place);
                Files.copy(compiled, place);
            }
        }
    }

    /** The Maven of this build, with its repository. The empty main jar is for japicmp, which asks for the artifact that it compares. */
    private HostProcess maven() throws IOException, InterruptedException {
        List<String> command = List.of(
                Path.of(System.getProperty("vaultwatch.maven.home"), "bin", "mvn")
                        .toString(),
                "-B",
                "-ntp",
                "-Dmaven.repo.local=" + System.getProperty("vaultwatch.maven.repository"),
                "jar:jar",
                "japicmp:cmp");
        Path output = temp.resolve("maven.out");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(temp.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("MAVEN_OPTS", "-XX:TieredStopAtLevel=1"); // a short life: half the start-up
        Process process = builder.start();
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("Maven did not end in 120 s: " + Files.readString(output));
        }
        return new HostProcess(process.exitValue(), Files.readString(output));
    }
}
