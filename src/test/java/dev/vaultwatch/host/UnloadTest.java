package dev.vaultwatch.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

class UnloadTest {
    @TempDir
    Path temp;

    /**
     * Not part of the green run yet: it passes about every second time (2026-11-24, Java 17), because the JDK and Esper pin
     * classes in ways that depend on timing; docs/embedding.md lists the pins. Issue 5 is open for it.
     */
    @Test
    @EnabledIfSystemProperty(named = "vaultwatch.soak", matches = "true")
    void givenAClosedLoaderThatTheHostKeepsThenThePluginsClassesAreCollected() throws Exception {
        Path bundle = TestBundle.folder(temp.resolve("bundle"));
        Path records = Harvest.file(temp.resolve("records.ndjson"));
        // Jackson keeps buffers behind soft references on the caller's thread: the VM lets go of them when heap is
        // short, and
        // at once with this option.
        HostProcess process = HostProcess.run(
                UnloadHost.class,
                List.of(
                        TestBundle.api(temp.resolve("api.jar")),
                        HostProcess.only(
                                temp.resolve("host"),
                                UnloadHost.class,
                                Class.forName(UnloadHost.class.getName() + "$Linked"),
                                Class.forName(UnloadHost.class.getName() + "$AlsoLinked"))),
                List.of("-XX:SoftRefLRUPolicyMSPerMB=0", "-Xmx256m"),
                bundle.toString(),
                records.toString());

        assertThat(process.exit()).as(process.output()).isZero();
        assertThat(process.output().lines().filter("collected"::equals))
                .as(process.output())
                .hasSize(1);
        assertThat(process.output()).contains("[CLOSED, dev.vaultwatch]", "threads 0");
    }
}
