package dev.vaultwatch.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the build publishes, as an empty project sees it: offline, from {@code target/repository}. */
final class ArtefactsIT {
    private static final Path REPOSITORY = Path.of("target/repository").toAbsolutePath();

    @TempDir
    private Path project = Path.of("");

    /** The jars that a project gets that depends on one artefact. */
    private List<String> resolve(String artefact) throws IOException, InterruptedException {
        String local = System.getProperty("vaultwatch.maven.repository");
        // Everything else, the plugin included, comes from this build's local repository, as from a remote one: nothing
        // is cached there.
        String repositories = """
                <%1$s><id>staged</id><url>file://%2$s</url></%1$s><%1$s><id>local</id><url>file://%3$s</url></%1$s>
                """;
        Files.writeString(project.resolve("pom.xml"), """
                <project>
                  <modelVersion>4.0.0</modelVersion>
                  <groupId>test</groupId>
                  <artifactId>empty</artifactId>
                  <version>1</version>
                  <repositories>%s</repositories>
                  <pluginRepositories>%s</pluginRepositories>
                  <dependencies>
                    <dependency>
                      <groupId>dev.vaultwatch</groupId>
                      <artifactId>%s</artifactId>
                      <version>%s</version>
                    </dependency>
                  </dependencies>
                </project>
                """.formatted(
                        repositories.formatted("repository", REPOSITORY, local),
                        repositories.formatted("pluginRepository", REPOSITORY, local),
                        artefact,
                        PluginLoader.apiVersion()));
        Path output = project.resolve("maven.out");
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("vaultwatch.maven.home"), "bin", "mvn")
                                .toString(),
                        "-o",
                        "-B",
                        "-ntp",
                        "-Daether.offline.protocols=file",
                        "-Dmaven.repo.local=" + project.resolve("m2"),
                        "org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy-dependencies",
                        "-DoutputDirectory=" + project.resolve("jars"))
                .directory(project.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("MAVEN_OPTS", "-XX:TieredStopAtLevel=1");
        Process process = builder.start();
        if (!process.waitFor(300, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("Maven did not end in 300 s: " + Files.readString(output));
        }
        assertThat(process.exitValue()).as(Files.readString(output)).isZero();
        try (Stream<Path> jars = Files.list(project.resolve("jars"))) {
            return jars.map(jar -> jar.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    @DisplayName("vaultwatch-api brings itself and nothing else")
    void api() throws IOException, InterruptedException {
        assertThat(resolve("vaultwatch-api")).containsExactly("vaultwatch-api-" + PluginLoader.apiVersion() + ".jar");
    }

    @Test
    @DisplayName("vaultwatch-testkit brings the api, JUnit and AssertJ, and no engine")
    void testkit() throws IOException, InterruptedException {
        assertThat(resolve("vaultwatch-testkit"))
                .anyMatch(jar -> jar.startsWith("vaultwatch-api-"))
                .anyMatch(jar -> jar.startsWith("junit-jupiter-api-"))
                .anyMatch(jar -> jar.startsWith("assertj-core-"))
                .noneMatch(jar -> jar.startsWith("esper-") || jar.startsWith("jackson-"));
    }

    @Test
    @DisplayName("the four artefacts are modules, and no package is in two of them")
    void modules() throws IOException {
        Path jars = Files.createDirectory(project.resolve("modules"));
        try (Stream<Path> files = Files.walk(REPOSITORY)) {
            for (Path jar :
                    files.filter(file -> file.toString().endsWith(".jar")).toList()) {
                Files.copy(jar, jars.resolve(jar.getFileName().toString()));
            }
        }
        Map<String, List<String>> owners = new HashMap<>();
        for (ModuleReference module : ModuleFinder.of(jars).findAll()) {
            ModuleDescriptor descriptor = module.descriptor();
            for (String name : descriptor.packages()) {
                owners.computeIfAbsent(name, each -> new ArrayList<>()).add(descriptor.name());
            }
        }

        assertThat(owners.values().stream().flatMap(List::stream).distinct())
                .containsExactlyInAnyOrder(
                        "dev.vaultwatch", "dev.vaultwatch.api", "dev.vaultwatch.micrometer", "dev.vaultwatch.testkit");
        assertThat(owners)
                .allSatisfy((name, modules) -> assertThat(modules).as(name).hasSize(1));
    }
}
