package dev.vaultwatch.flink;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What passes the gate, by Flink's own harness. */
@SuppressWarnings("try") // Of a harness that is interrupted.
class RuleGateTest {
    private static final long FROM = Instant.parse("2026-11-03T08:05:00Z").toEpochMilli();

    /** Compiled rules. */
    @TempDir
    private static Path cache;

    private static OneInputStreamOperatorTestHarness<RuleChange, RuleChange> gate() throws Exception {
        Setup setup = Setup.of(Map.of("rules.cache-dir", cache.toString()), "ecs");
        return new OneInputStreamOperatorTestHarness<>(new ProcessOperator<>(new RuleGate(setup)));
    }

    private static RuleChange change(String version, String least) throws Exception {
        Path rule = Path.of("epl/excessive-secret-retrieval");
        return new RuleChange(
                version,
                FROM,
                Map.of(
                        "rules/excessive-secret-retrieval/rule.json",
                        Files.readString(rule.resolve("rule.json")),
                        "rules/excessive-secret-retrieval/rule.epl",
                        Files.readString(rule.resolve("rule.epl"))
                                .replace("min_events = 10", "min_events = " + least)));
    }

    private static List<String> refused(OneInputStreamOperatorTestHarness<RuleChange, RuleChange> gate) {
        var told = gate.getSideOutput(VaultwatchStream.RULES);
        return told == null
                ? List.of()
                : told.stream()
                        .map(StreamRecord::getValue)
                        .map(outcome -> outcome.version() + ": " + String.join(" ", outcome.faults()))
                        .toList();
    }

    @Test
    @DisplayName("a version passes once; the same again says nothing, and other content is refused")
    void once() throws Exception {
        try (var gate = gate()) {
            gate.open();
            gate.processElement(change("twenty", "20"), 0);
            gate.processElement(change("twenty", "20"), 0);
            assertThat(refused(gate)).isEmpty();
            gate.processElement(change("twenty", "30"), 0);

            assertThat(gate.extractOutputValues())
                    .extracting(RuleChange::version)
                    .containsExactly("twenty");
            assertThat(refused(gate))
                    .singleElement()
                    .asString()
                    .startsWith("twenty: Version twenty was decided already");
        }
    }

    @Test
    @DisplayName("after a restore, changes that are read anew do not pass again, though no watermark has come yet")
    void restored() throws Exception {
        OperatorSubtaskState state;
        try (var gate = gate()) {
            gate.open();
            gate.processElement(change("twenty", "20"), 0);
            state = gate.snapshot(1, 1);
        }
        try (var gate = gate()) {
            gate.initializeState(state);
            gate.open();
            gate.processElement(change("twenty", "20"), 0);
            assertThat(gate.extractOutputValues()).isEmpty();
            gate.processElement(change("thirty", "30"), 0);
            assertThat(gate.extractOutputValues())
                    .extracting(RuleChange::version)
                    .containsExactly("thirty");
            assertThat(refused(gate)).isEmpty();
        }
    }
}
