package dev.vaultwatch.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a thread that ends; docs/embedding.md says what a thread that lives on keeps. */
class UnloadTest {
    @TempDir
    Path temp;

    @Test
    void givenAClosedLoaderThatTheHostKeepsThenThePluginsClassesAreCollected() throws Exception {
        Path bundle = TestBundle.folder(temp.resolve("bundle"));
        Path records = Harvest.file(temp.resolve("records.ndjson"));
        // The JDK's caches of serializable classes hold Esper's softly: until heap is short, or at once with this
        // option.
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
