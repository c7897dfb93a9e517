package dev.vaultwatch.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.plugin.VaultwatchPluginFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A host in a runtime image that is cut to size: {@code --limit-modules} makes of a JDK what jlink would have left of it. */
final class ModulesTest {
    @TempDir
    static Path temp;

    private static Path bundle = Path.of("");
    private static Path records = Path.of("");
    private static List<Path> classPath = List.of();
    private static final List<String> NEEDED =
            new VaultwatchPluginFactory().descriptor().javaModules();

    @BeforeAll
    static void build() throws IOException {
        bundle = TestBundle.folder(temp.resolve("bundle"));
        records = Harvest.file(temp.resolve("records.ndjson"));
        classPath = List.of(
                TestBundle.api(temp.resolve("api.jar")), HostProcess.only(temp.resolve("host"), TenLineHost.class));
    }

    private static HostProcess run(List<Path> path, String plugin, Stream<String> modules)
            throws IOException, InterruptedException {
        return HostProcess.run(
                TenLineHost.class,
                path,
                List.of(
                        "-XX:TieredStopAtLevel=1",
                        "--limit-modules",
                        String.join(
                                ",",
                                Stream.concat(Stream.of("java.base"), modules).toList())),
                plugin,
                records.toString());
    }

    @Test
    @DisplayName("the modules that the descriptor names are enough")
    void enough() throws IOException, InterruptedException {
        HostProcess host = run(classPath, bundle.toString(), NEEDED.stream());

        assertThat(host.exit()).as(host.output()).isZero();
        assertThat(host.output()).contains("a@contoso.example");
    }

    @Test
    @DisplayName("a bundle is refused by the names of the modules that are missing")
    void bundleRefused() throws IOException, InterruptedException {
        HostProcess host = run(classPath, bundle.toString(), Stream.of());

        assertThat(host.exit()).isNotZero();
        assertThat(host.output())
                .contains("BundleException", "/javaModules", "is without: " + String.join(", ", NEEDED), "jlink")
                .doesNotContain("rule.epl");
    }

    @Test
    @DisplayName("on a flat class path, too, the modules are named and no rule is blamed")
    void flatRefused() throws IOException, InterruptedException {
        List<Path> flat = Stream.concat(
                        classPath.stream(),
                        Stream.concat(
                                HostProcess.jars(bundle.resolve("lib")).stream(),
                                HostProcess.jars(bundle.resolve("fallback")).stream()))
                .toList();

        HostProcess host = run(flat, "flat", NEEDED.stream().filter(module -> !module.equals("java.instrument")));

        assertThat(host.exit()).isNotZero();
        assertThat(host.output())
                .contains("This Java is without modules that the engine needs: java.instrument.")
                .doesNotContain("rule.epl");
    }
}
