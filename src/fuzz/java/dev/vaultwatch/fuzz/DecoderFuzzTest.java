package dev.vaultwatch.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.decode.EventSink;
import dev.vaultwatch.decode.IdentityMode;
import dev.vaultwatch.decode.KeyVaultDecoder;
import dev.vaultwatch.event.KeyVaultEvent;

/** Any bytes at all: nothing is thrown, and what can't be read is told in the plugin's own words. */
class DecoderFuzzTest {
    private static final int MAX_BYTES = 4_096;

    private final KeyVaultDecoder decoder = new KeyVaultDecoder(IdentityMode.MERGED, MAX_BYTES);

    @FuzzTest(maxDuration = "5m")
    void everyRecordEndsSomewhere(byte[] bytes) {
        decoder.decode(bytes, 0, bytes.length, action -> true, new EventSink() {
            @Override
            public void event(KeyVaultEvent event) {
                assertThat(event.action()).isNotEmpty();
            }

            @Override
            public void ignored() {}

            @Override
            public void deadLetter(DeadLetter letter) {
                assertThat(letter.reason()).isNotEqualTo(DeadLetter.Reason.INTERNAL);
                assertThat(letter.problem()).isNotBlank();
            }
        });
    }
}
