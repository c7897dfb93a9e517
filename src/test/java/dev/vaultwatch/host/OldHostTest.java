package dev.vaultwatch.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A host of 2019, in its own process: Jackson 2.9.10, Logback 1.2.3, slf4j-api 1.7.30. */
class OldHostTest {
    private static final Path JAVA_25 = Path.of("/usr/lib/jvm/temurin-25-jdk-amd64");

    @TempDir
    static Path temp;

    private static Path bundle;
    private static Path records;
    private static List<Path> host;

    @BeforeAll
    static void build() throws IOException {
        bundle = TestBundle.folder(temp.resolve("bundle"));
        records = Harvest.file(temp.resolve("records.ndjson"));
        host = new ArrayList<>(HostProcess.jars(HostProcess.OLD_HOST));
        assertThat(host).hasSize(6);
        host.add(TestBundle.api(temp.resolve("api.jar")));
        host.add(HostProcess.only(temp.resolve("host"), TenLineHost.class));
        Files.writeString(
                temp.resolve("host/logback.xml"),
                "<configuration><appender name='OUT' class='ch.qos.logback.core.ConsoleAppender'><encoder>"
                        + "<pattern>host: %level %logger - %msg%n</pattern></encoder></appender>"
                        + "<root level='INFO'><appender-ref ref='OUT'/></root></configuration>");
    }

    @Test
    void givenAnOldJacksonInTheHostThenTheBundleDetectsNextToIt() throws Exception {
        HostProcess process =
                HostProcess.run(TenLineHost.class, host, List.of(), bundle.toString(), records.toString());

        assertThat(process.exit()).as(process.output()).isZero();
        assertThat(process.output())
                .contains("\"a@contoso.example\"", "jackson 2.9.10")
                .doesNotContain("Exception");
    }

    @Test
    void givenIsolationSwitchedOffThenTheOldJacksonBreaksThePlugin() throws Exception {
        List<Path> flat = new ArrayList<>(host);
        flat.addAll(HostProcess.jars(bundle.resolve("lib")));
        // As an installer would who puts the plugin's jars behind the host's own.
        HostProcess process = HostProcess.run(TenLineHost.class, flat, List.of(), "flat", records.toString());

        assertThat(process.exit()).as(process.output()).isNotZero();
        assertThat(process.output())
                .contains("NoSuchMethodError: 'com.fasterxml.jackson")
                .doesNotContain("\"a@contoso.example\"");
    }

    @Test
    void givenAHostWithLogbackThenThePluginsLinesGoThere() throws Exception {
        HostProcess process =
                HostProcess.run(TenLineHost.class, host, List.of(), bundle.toString(), records.toString());

        assertThat(process.output())
                .contains("host: INFO dev.vaultwatch.plugin.VaultwatchPlugin - Vaultwatch started with rules");
    }

    @Test
    void givenAHostWithoutSlf4jThenTheBundlesOwnServes() throws Exception {
        List<Path> bare = host.stream()
                .filter(path ->
                        !path.toString().contains("slf4j") && !path.toString().contains("logback"))
                .toList();
        HostProcess process =
                HostProcess.run(TenLineHost.class, bare, List.of(), bundle.toString(), records.toString());

        assertThat(process.exit()).as(process.output()).isZero();
        assertThat(process.output()).contains("\"a@contoso.example\"").doesNotContain("INFO");
    }

    @Test
    void givenJava25ThenTheBundleDetectsThere() throws Exception {
        assumeThat(Files.exists(JAVA_25.resolve("bin/java")))
                .as("There is no Java 25 in " + JAVA_25 + "; the smoke test on it is skipped.")
                .isTrue();

        HostProcess process =
                HostProcess.run(JAVA_25, TenLineHost.class, host, List.of(), bundle.toString(), records.toString());

        assertThat(process.exit()).as(process.output()).isZero();
        assertThat(process.output()).contains("\"a@contoso.example\"", "java 25");
    }
}
