package dev.vaultwatch.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.alert.CapNotice;
import dev.vaultwatch.alert.CapState;
import dev.vaultwatch.alert.Judgements;
import dev.vaultwatch.alert.RuleEdition;
import dev.vaultwatch.alert.Said;
import dev.vaultwatch.alert.Withheld;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.tuning.AlertPolicy.Memo;
import dev.vaultwatch.tuning.AlertPolicy.Outcome;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Alerts and what the desk knows, as bytes and back")
class AlertCodecTest {
    private static final RuleEdition RULE = Judgements.rule(100);

    private static <T> T again(Consumer<EventCodec> write, Function<ByteBuffer, T> read) {
        EventCodec codec = new EventCodec();
        write.accept(codec);
        ByteBuffer bytes = ByteBuffer.wrap(codec.bytes(), 0, codec.size());
        T found = read.apply(bytes);
        assertThat(bytes.remaining()).as("bytes left").isZero();
        return found;
    }

    private static Said said(Map<String, Object> columns, boolean atLeast, boolean incompleteHistory) {
        return new Said(
                RULE,
                "id",
                Map.of("upn", "ada", "vault", "V"),
                60,
                "h",
                AlertStage.EARLY,
                3,
                61,
                120,
                columns,
                Map.of("ips", 2_000, "names", 1),
                4,
                atLeast,
                incompleteHistory);
    }

    @ParameterizedTest
    @CsvSource({"false, false", "true, false", "false, true", "true, true"})
    @DisplayName("A message keeps whether its counts are lower bounds, and whether its history is incomplete")
    void flags(boolean atLeast, boolean incompleteHistory) {
        Said said = said(Map.of(), atLeast, incompleteHistory);

        Said found = again(to -> AlertCodec.putSaid(to, said), from -> AlertCodec.said(from, fingerprint -> RULE));

        assertThat(found).isEqualTo(said);
    }

    @Test
    @DisplayName(
            "A message keeps the severity and the risk score that the site gave it, which the rule's texts do not have")
    void rated() {
        Said plain = said(Map.of(), false, true);
        Said said = new Said(
                RULE.rated("critical", 91),
                plain.id(),
                plain.key(),
                plain.anchor(),
                plain.discriminator(),
                plain.stage(),
                plain.revision(),
                plain.start(),
                plain.end(),
                plain.columns(),
                plain.truncated(),
                plain.withoutEvidence(),
                plain.atLeast(),
                plain.incompleteHistory());

        Said found = again(to -> AlertCodec.putSaid(to, said), from -> AlertCodec.said(from, fingerprint -> RULE));

        assertThat(found).isEqualTo(said);
        assertThat(found.alert().severity()).isEqualTo("critical");
        assertThat(found.alert().riskScore()).isEqualTo(91);
    }

    @Test
    @DisplayName("A message keeps its columns: their order, their kinds and their values")
    void columns() {
        Map<String, Object> columns = new LinkedHashMap<>();
        columns.put("z", "text");
        columns.put("long", -1L);
        columns.put("double", -0.25);
        columns.put("yes", true);
        columns.put("no", false);
        columns.put("time", Instant.ofEpochSecond(1_793_707_200L, 123_456_789));
        columns.put("a", List.of("x", 1L, List.of(), List.of(false)));
        Said said = said(columns, false, false);

        Said found = again(to -> AlertCodec.putSaid(to, said), from -> AlertCodec.said(from, fingerprint -> RULE));

        assertThat(found).isEqualTo(said);
        assertThat(found.columns().keySet()).containsExactly("z", "long", "double", "yes", "no", "time", "a");
        assertThat(found.truncated()).isEqualTo(Map.of("ips", 2_000, "names", 1));
    }

    @Test
    @DisplayName("A message read back can't be changed")
    void unmodifiable() {
        Said said = said(Map.of("list", List.of("x")), false, false);
        Said found = again(to -> AlertCodec.putSaid(to, said), from -> AlertCodec.said(from, fingerprint -> RULE));

        assertThatThrownBy(() -> found.columns().clear()).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> found.truncated().clear()).isInstanceOf(UnsupportedOperationException.class);
        List<?> list = (List<?>) Objects.requireNonNull(found.columns().get("list"));
        assertThatThrownBy(list::clear).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> found.key().clear()).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    @DisplayName("The rule of a message is the one of the fingerprint that was written")
    void rule() {
        Said said = said(Map.of(), false, false);

        again(
                to -> AlertCodec.putSaid(to, said),
                from -> AlertCodec.said(from, fingerprint -> {
                    assertThat(fingerprint).isEqualTo(RULE.fingerprint());
                    return RULE;
                }));
    }

    @Test
    @DisplayName("A withheld alert keeps its number of events, also none, or that it is unknown")
    void withheld() {
        for (OptionalLong events : List.of(OptionalLong.of(7), OptionalLong.of(0), OptionalLong.empty())) {
            Withheld alert = new Withheld("r", "id", Map.of("upn", "eve"), 60, events);

            assertThat(again(to -> AlertCodec.putWithheld(to, alert), AlertCodec::withheld))
                    .isEqualTo(alert);
        }
    }

    @Test
    @DisplayName("What the tuning decided comes back whole")
    void memo() {
        for (Outcome outcome : Outcome.values()) {
            Memo memo = new Memo(outcome, "r", "id", 5, "exception", List.of("a", "b"), 1, 2, 3);

            assertThat(again(to -> AlertCodec.putMemo(to, memo), AlertCodec::memo))
                    .isEqualTo(memo);
        }
        Memo bare = new Memo(Outcome.DELIVER, "r", "", 0, "", List.of(), 0, 0, 0);
        assertThat(again(to -> AlertCodec.putMemo(to, bare), AlertCodec::memo)).isEqualTo(bare);
    }

    @Test
    @DisplayName("The state of a cap comes back whole, alerts in their order")
    void caps() {
        Map<String, Long> sent = new LinkedHashMap<>();
        sent.put("z", 60L);
        sent.put("a", 120L);
        Map<String, Long> held = new LinkedHashMap<>();
        held.put("y", 180L);
        held.put("b", 240L);
        CapState caps = new CapState(
                "r",
                1,
                2,
                3,
                sent,
                held,
                List.of(
                        new Withheld("r", "y", Map.of("upn", "eve"), 180, OptionalLong.of(1)),
                        new Withheld("r", "b", Map.of("upn", "bob"), 240, OptionalLong.empty())),
                Map.of("hash", 5L),
                List.of(new CapNotice("r", 0, 1), new CapNotice("r", 8, 0)));

        CapState found = again(to -> AlertCodec.putCaps(to, caps), AlertCodec::caps);

        assertThat(found).isEqualTo(caps);
        assertThat(found.sent().keySet()).containsExactly("z", "a");
        assertThat(found.held().keySet()).containsExactly("y", "b");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 5, Integer.MAX_VALUE, Integer.MIN_VALUE})
    @DisplayName("A number of things that can't be in what remains is refused before anything is reserved for them")
    void impossibleNumber(int number) {
        ByteBuffer bytes = ByteBuffer.allocate(8).putInt(number).putInt(0).flip();

        assertThatThrownBy(() -> AlertCodec.number(bytes)).isInstanceOf(BufferUnderflowException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4})
    @DisplayName("A number of things that fits is taken, a byte each")
    void possibleNumber(int number) {
        assertThat(AlertCodec.number(
                        ByteBuffer.allocate(8).putInt(number).putInt(0).flip()))
                .isEqualTo(number);
    }

    @Test
    @DisplayName("A value of an unknown kind is refused by name")
    void unknownKind() {
        Said said = said(Map.of("c", "text"), false, false);
        EventCodec codec = new EventCodec();
        AlertCodec.putSaid(codec, said);
        byte[] bytes = codec.bytes().clone();
        int at = new String(bytes, 0, codec.size(), java.nio.charset.StandardCharsets.ISO_8859_1)
                .indexOf("S\0\0\0\4text");
        bytes[at] = 'Q';

        assertThatThrownBy(() -> AlertCodec.said(ByteBuffer.wrap(bytes), fingerprint -> RULE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("A value of the unknown kind Q.");
    }
}
