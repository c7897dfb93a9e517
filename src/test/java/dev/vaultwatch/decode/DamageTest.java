package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.samples.Fact;
import dev.vaultwatch.samples.KeyVaultScenario;
import dev.vaultwatch.samples.WireShapes;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/**
 * Cuts, flips and inserts bytes in real records. Whatever comes of the damaged one, the records around it are read, and
 * what a dead letter says of the fault tells nothing of the record.
 */
class DamageTest {

    /** Any fixed number: a failure repeats. */
    private static final long SEED = 20261124;

    private static final int CASES = Outcome.cases(2000);

    /** What must not be told: in no field's name, and no word of ours. */
    private static final String SECRET = "hunter2";

    private final WireShapes shapes = new WireShapes();
    private final List<Fact> facts = KeyVaultScenario.quietHour();

    @Test
    void givenADamagedLineAmongLinesWhenDecodedThenTheOthersAreRead() {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < CASES; i++) {
            byte[] before = json(random);
            byte[] after = json(random);
            byte[] damaged = damage(json(random), random, "");
            byte[] stream = join("", before, "\n", damaged, "\n", after, "\n");

            for (Outcome outcome : both(stream)) {
                Supplier<String> said = () -> said(damaged, outcome);
                assertThat(outcome.events).as(said).startsWith(event(before)).endsWith(event(after));
                assertThat(outcome.records()).as(said).isGreaterThanOrEqualTo(2).isLessThanOrEqualTo(6);
                assertSilent(outcome);
            }
        }
    }

    @Test
    void givenADamagedElementOfAOneLineEnvelopeWhenDecodedThenTheOthersAreRead() {
        SplittableRandom random = new SplittableRandom(SEED);
        int lost = 0;
        for (int i = 0; i < CASES; i++) {
            byte[] before = json(random);
            byte[] next = json(random);
            byte[] after = json(random);
            byte[] damaged = damage(json(random), random, "\n");
            byte[] stream = join("{\"records\":[", before, ",", damaged, ",", next, ",", after, "]}");

            for (Outcome outcome : both(stream)) {
                Supplier<String> said = () -> said(damaged, outcome);
                assertThat(outcome.events).as(said).contains(event(before), event(after));
                assertThat(outcome.records()).as(said).isLessThanOrEqualTo(8);
                assertSilent(outcome);
                lost += outcome.events.contains(event(next)) ? 0 : 1;
            }
        }
        // The record just behind may go with the damaged one where its own first bytes were part of the damage.
        assertThat(lost).isLessThan(Math.max(2, CASES / 200));
    }

    @Test
    void givenNoiseWhenDecodedThenNothingIsThrown() {
        SplittableRandom random = new SplittableRandom(SEED);
        byte[] alphabet = "{}[]\",:\\ \n\rtruenull0123.-e'/records\u00fc".getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < CASES; i++) {
            byte[] noise = new byte[random.nextInt(200)];
            for (int at = 0; at < noise.length; at++) {
                noise[at] = alphabet[random.nextInt(alphabet.length)];
            }
            for (Outcome outcome : both(noise)) {
                assertThat(outcome.letters).extracting(DeadLetter::reason).doesNotContain(DeadLetter.Reason.INTERNAL);
            }
        }
    }

    private List<Outcome> both(byte[] stream) {
        return List.of(Outcome.of(stream, IdentityMode.MERGED), Outcome.read(stream, Outcome.MAX_BYTES));
    }

    private static KeyVaultEvent event(byte[] json) {
        return Outcome.of(json, IdentityMode.MERGED).event();
    }

    private static void assertSilent(Outcome outcome) {
        for (DeadLetter letter : outcome.letters) {
            assertThat(letter.problem() + letter.expected() + letter.pointer()).doesNotContain(SECRET);
            assertThat(letter.reason()).isNotEqualTo(DeadLetter.Reason.INTERNAL);
        }
    }

    /** A record in any raw shape, with the secret in names and values. */
    private byte[] json(SplittableRandom random) {
        Fact fact = facts.get(random.nextInt(facts.size()));
        List<Map<String, Object>> records = new ArrayList<>(
                List.of(shapes.raw(fact), shapes.azureDiagnostics(fact), shapes.auditLogsWithTextIdentity(fact)));
        records.add(shapes.ecs(fact));
        Map<String, Object> record = records.get(random.nextInt(records.size()));
        record.put(SECRET, SECRET + random.nextInt());
        record.put("durationMs", SECRET);
        return shapes.json(record);
    }

    private static byte[] damage(byte[] json, SplittableRandom random, String never) {
        byte[] signs = "{}[]\",:\\'x0 \n".getBytes(StandardCharsets.UTF_8);
        byte[] damaged = json;
        for (int n = random.nextInt(3); n >= 0; n--) {
            int at = random.nextInt(damaged.length);
            byte sign = random.nextInt(4) == 0 ? (byte) random.nextInt(256) : signs[random.nextInt(signs.length)];
            if (never.indexOf(sign) >= 0) {
                continue;
            }
            int cut = random.nextInt(3) == 0 ? random.nextInt(damaged.length - at) : 1;
            damaged = switch (random.nextInt(3)) {
                case 0 -> splice(damaged, at, at + 1, new byte[] {sign});
                case 1 -> splice(damaged, at, at, new byte[] {sign});
                default -> splice(damaged, at, at + cut, new byte[0]);
            };
        }
        return damaged;
    }

    private static byte[] splice(byte[] bytes, int from, int to, byte[] instead) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(bytes, 0, from);
        out.writeBytes(instead);
        out.write(bytes, to, bytes.length - to);
        return out.toByteArray();
    }

    private static byte[] join(Object... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (Object part : parts) {
            out.writeBytes(
                    part instanceof byte[] bytes ? bytes : part.toString().getBytes(StandardCharsets.UTF_8));
        }
        return out.toByteArray();
    }

    private static String said(byte[] damaged, Outcome outcome) {
        return new String(damaged, StandardCharsets.UTF_8) + "\n" + outcome.letters.size() + " letters, "
                + outcome.ignored + " ignored, " + outcome.actions();
    }
}
