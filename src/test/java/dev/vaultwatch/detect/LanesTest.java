package dev.vaultwatch.detect;

import static dev.vaultwatch.detect.DetectorUnderTest.AMPLE;
import static dev.vaultwatch.detect.DetectorUnderTest.ONE;
import static dev.vaultwatch.detect.DetectorUnderTest.OTHER;
import static dev.vaultwatch.detect.DetectorUnderTest.event;
import static dev.vaultwatch.detect.DetectorUnderTest.settings;
import static dev.vaultwatch.detect.DetectorUnderTest.thrown;
import static dev.vaultwatch.detect.TestRules.BURSTS;
import static dev.vaultwatch.detect.TestRules.CHAINS;
import static dev.vaultwatch.detect.TestRules.PURGES;
import static dev.vaultwatch.detect.TestRules.SLIDES;
import static dev.vaultwatch.detect.TestRules.THROWING_BURSTS;
import static dev.vaultwatch.detect.TestRules.THROWING_SLIDES;
import static dev.vaultwatch.detect.TestRules.THROWS;
import static dev.vaultwatch.detect.TestRules.burst;
import static dev.vaultwatch.detect.TestRules.compile;
import static org.assertj.core.api.Assertions.assertThat;

import com.espertech.esper.runtime.client.EPRuntimeProvider;
import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Each lane that is taken is given back: one that is not stays for as long as the host's threads. */
class LanesTest {
    /** More often than there are lanes that wait to be taken again. */
    private static final int TIMES = 9;

    private static final CompiledRules OTHERS = compile(burst("other", 3));

    /** Does something twice, and then as often as would show: no engine more. */
    private static void givesBack(Runnable life) {
        life.run();
        life.run();
        int before = EPRuntimeProvider.getRuntimeURIs().length;
        for (int i = 0; i < TIMES; i++) {
            life.run();
        }
        assertThat(EPRuntimeProvider.getRuntimeURIs()).hasSizeLessThanOrEqualTo(before);
    }

    private static void people(DetectorUnderTest it, double second, String action) {
        it.feed(event(second, action, "ann", ONE));
        it.feed(event(second, action, "ann", OTHER));
    }

    @Test
    @DisplayName("The lanes of a tumbling rule, by the end of its detector")
    void tumbling() {
        givesBack(() -> {
            DetectorUnderTest it = new DetectorUnderTest(BURSTS);
            it.gets(1, "ann", 3);
            it.gets(61, "ann", 3);
            it.tick(70);
            it.get(2, "ann");
            it.detector.close(false);
        });
    }

    @Test
    @DisplayName("The lanes of an ordered rule and of the people of a name, by the end of its detector")
    void ordered() {
        givesBack(() -> {
            DetectorUnderTest it = new DetectorUnderTest(SLIDES);
            people(it, 1, "SecretGet");
            it.tick(20);
            people(it, 40, "SecretGet");
            it.tick(60);
            it.detector.close(true);
        });
    }

    @Test
    @DisplayName("The lanes of people, each time that an ordered rule's lanes are made anew or late events are judged")
    void rebuilt() {
        DetectorUnderTest it = new DetectorUnderTest(CHAINS);
        people(it, 1, "SecretList");
        it.tick(20);
        givesBack(() -> {
            people(it, 2, "SecretGet");
            it.detector.judgeLate();
            people(it, 14, "SecretGet");
            it.detector.judgeLate();
        });
        it.detector.close(true);
    }

    @Test
    @DisplayName("The lane of a rule over single events, by the end of its detector")
    void single() {
        givesBack(() -> {
            DetectorUnderTest it = new DetectorUnderTest(PURGES);
            it.feed(event(1, "SecretPurge", "ann"));
            it.detector.close(false);
        });
    }

    @Test
    @DisplayName("Lanes in which a rule threw")
    void damaged() {
        DetectorUnderTest bursts = new DetectorUnderTest(THROWING_BURSTS);
        DetectorUnderTest slides = new DetectorUnderTest(THROWING_SLIDES);
        DetectorUnderTest single = new DetectorUnderTest(THROWS);
        int[] second = {0};
        givesBack(() -> {
            second[0] += 60;
            for (DetectorUnderTest it : new DetectorUnderTest[] {bursts, slides}) {
                it.gets(second[0], "ann", 3);
                it.feed(thrown(second[0], "ann"));
                it.tick(second[0] + 30);
                it.tick(second[0] + 65);
                it.get(second[0] + 1, "ann");
                it.detector.judgeLate();
            }
            KeyVaultEvent event = KeyVaultEvent.builder(DetectorUnderTest.START, "SecretGet")
                    .with(Property.HTTP_STATUS, 200)
                    .build();
            single.feed(event);
        });
        bursts.detector.close(true);
        slides.detector.close(true);
        single.detector.close(true);
    }

    @Test
    @DisplayName("The lanes of a rule that is suspended, at once")
    void suspended() {
        for (CompiledRules rules : new CompiledRules[] {BURSTS, SLIDES}) {
            givesBack(() -> {
                DetectorUnderTest it = new DetectorUnderTest(rules, settings(AMPLE, false, Duration.ofNanos(1)));
                it.gets(1, "ann", 3);
                it.tick(60);
            });
        }
    }

    @Test
    @DisplayName("The lanes of rules that go, and of those that did not come to be used")
    void reloaded() {
        DetectorUnderTest it = new DetectorUnderTest(BURSTS);
        givesBack(() -> {
            for (CompiledRules rules : new CompiledRules[] {OTHERS, BURSTS}) {
                Candidate given = it.detector.prepare(rules);
                it.detector.abandon();
                given.close();
                Candidate candidate = it.detector.prepare(rules);
                candidate.fill();
                it.detector.swap(candidate);
                candidate.close();
            }
        });
        it.detector.close(true);
    }

    @Test
    @DisplayName("The lanes of rules that a run did not begin with")
    void begun() {
        DetectorUnderTest it = new DetectorUnderTest(BURSTS);
        givesBack(() -> {
            it.detector.begin(OTHERS);
            it.detector.begin(BURSTS);
        });
        it.detector.close(true);
    }
}
