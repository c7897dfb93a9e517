package dev.vaultwatch.engine;

import static dev.vaultwatch.engine.Events.AT_02_41;
import static dev.vaultwatch.engine.Events.MALLORY;
import static dev.vaultwatch.engine.Events.harvest;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.espertech.esper.common.client.EPCompiled;
import dev.vaultwatch.engine.gate.UngatedEsper;
import dev.vaultwatch.gate.EplGate;
import dev.vaultwatch.rule.Rule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is taken from a folder of compiled rules, and what is not. */
class RuleCacheTest {
    private static EPCompiled compiled;
    private static byte[] whole;

    @TempDir
    Path temp;

    private Path folder;
    private final List<String> complaints = new ArrayList<>();

    @BeforeAll
    static void compile() throws IOException {
        compiled = Rules.compile(Rules.shipped()).rules().get(0).compiled();
        whole = RuleCache.bytes(compiled);
    }

    private static final EplGate GATE = RuleGate.with(new EplGate.Permissions(false, false));

    @BeforeEach
    void fill() {
        folder = temp.resolve("cache");
        new RuleCache(folder, GATE, complaints::add).put(Rules.shipped(), compiled);
    }

    @Test
    void givenARuleThatWasCompiledBeforeThenItIsTakenFromTheFolderAndFindsTheSame() {
        CompiledRule taken = taken(Rules.shipped());

        assertThat(taken.fromCache()).isTrue();
        assertThat(rows(taken))
                .isEqualTo(rows(Rules.compile(Rules.shipped()).rules().get(0)))
                .hasSize(2);
        assertThat(complaints).isEmpty();
    }

    @Test
    void givenAChangedRuleThenWhatWasKeptOfTheOldIsNotUsed() {
        CompiledRule changed = taken(Rules.shippedWith("min_events = 10", "min_events = 11"));

        assertThat(changed.fromCache()).isFalse();
        assertThat(rows(changed)).isEmpty();
        assertThat(complaints).isEmpty();
    }

    @Test
    void givenFilesDamagedInManyWaysThenTheRuleIsCompiledAndTheFolderMended() throws IOException {
        byte[] flipped = whole.clone();
        flipped[whole.length / 2] ^= 1;
        for (byte[] damaged : List.of(flipped, Arrays.copyOf(whole, whole.length - 1), new byte[0], new byte[100])) {
            complaints.clear();
            Files.write(file(), damaged);

            assertThat(new RuleCache(folder, GATE, complaints::add).get(Rules.shipped()))
                    .isEmpty();
            assertThat(complaints).singleElement().asString().contains("checksum", file().toString(), "was compiled");
        }

        assertThat(rows(taken(Rules.shipped()))).hasSize(2);
        assertThat(taken(Rules.shipped()).fromCache()).isTrue();
    }

    @Test
    void givenAnAttackThatWasCompiledElsewhereThenItIsRefused() throws Exception {
        EPCompiled attack = UngatedEsper.compile(
                "@name('alert') select upn, java.lang.Runtime.getRuntime().availableProcessors() as n from"
                        + " KeyVaultEvent#time_batch(1 min) group by upn;",
                UngatedEsper.asItComes());
        Files.write(file(), RuleCache.bytes(attack));

        CompiledRule compiled = taken(Rules.shipped());

        assertThat(complaints).singleElement().asString().contains("java.lang.Runtime");
        assertThat(compiled.fromCache()).isFalse();
        assertThat(rows(compiled)).hasSize(2);
    }

    @Test
    void givenAClassThatBorrowsANameOfJavasThenTheFileIsRefused() throws IOException {
        // The gate lets classes use each other; so one of that name would open the way to the real one.
        Map<String, byte[]> classes = new TreeMap<>(compiled.getClasses());
        classes.put("java.lang.Runtime", classes.values().iterator().next());
        Files.write(file(), RuleCache.bytes(new EPCompiled(classes, compiled.getManifest())));

        assertThat(new RuleCache(folder, GATE, complaints::add).get(Rules.shipped()))
                .isEmpty();
        assertThat(complaints).singleElement().asString().contains("the class java.lang.Runtime");
    }

    @Test
    void givenAWholeFileOfCodeThatDoesNotRunThenTheRuleIsCompiled() throws IOException {
        Map<String, byte[]> classes = new TreeMap<>();
        Iterator<byte[]> others =
                new TreeMap<>(compiled.getClasses()).descendingMap().values().iterator();
        new TreeMap<>(compiled.getClasses()).keySet().forEach(name -> classes.put(name, others.next()));
        Files.write(file(), RuleCache.bytes(new EPCompiled(classes, compiled.getManifest())));

        CompiledRule compiled = taken(Rules.shipped());

        assertThat(complaints).isNotEmpty();
        assertThat(compiled.fromCache()).isFalse();
        assertThat(rows(compiled)).hasSize(2);
    }

    @Test
    void givenAFolderThatOthersMayWriteToThenNothingIsTakenFromIt() throws IOException {
        assumeTrue(folder.getFileSystem().supportedFileAttributeViews().contains("posix"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));

        assertThat(new RuleCache(folder, GATE, complaints::add).get(Rules.shipped()))
                .isEmpty();
        assertThat(complaints).singleElement().asString().contains("others than its owner may write");
    }

    @Test
    void givenAFolderThatCanNotBeMadeThenTheRuleIsCompiled() throws IOException {
        folder = Files.writeString(temp.resolve("a file"), "").resolve("cache");

        assertThat(rows(taken(Rules.shipped()))).hasSize(2);
        assertThat(complaints).singleElement().asString().contains("the next start");
    }

    private CompiledRule taken(Rule rule) {
        return new RuleCompiler(false, Optional.of(folder), complaints::add)
                .compile(List.of(rule))
                .rules()
                .get(0);
    }

    private Path file() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.findFirst().orElseThrow();
        }
    }

    /** Without the rules, which are equal by their text. */
    private static List<Object> rows(CompiledRule rule) {
        try (Lane lane = rule.newLane()) {
            harvest(AT_02_41, MALLORY).forEach(event -> lane.send(AT_02_41, event));
            lane.closeWindow();
            List<Object> rows = new ArrayList<>();
            lane.takeFindings().forEach(row -> rows.add(List.of(row.early(), row.columns())));
            return rows;
        }
    }
}
