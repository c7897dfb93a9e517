package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Texts that repeat, found by their bytes")
class InternedTest {
    private final Interned interned = new Interned();

    private Interned.Entry of(String text) {
        byte[] bytes = ("x" + text + "y").getBytes(StandardCharsets.UTF_8);
        return interned.of(bytes, 1, bytes.length - 1);
    }

    @Test
    @DisplayName("a text that was seen is the same entry, from bytes and from a text")
    void same() {
        Interned.Entry entry = of("ad\u00e4@x");

        assertThat(entry.text()).isEqualTo("ad\u00e4@x");
        assertThat(of("ad\u00e4@x")).isSameAs(entry);
        assertThat(interned.of("ad\u00e4@x")).isSameAs(entry);
        assertThat(of("ada@x")).isNotSameAs(entry);
    }

    @Test
    @DisplayName("a text of 256 bytes is kept, a longer one is made anew each time")
    void longTexts() {
        String longest = "x".repeat(256);
        String longer = "x".repeat(257);

        assertThat(of(longest)).isSameAs(of(longest));
        assertThat(interned.of(longest)).isSameAs(of(longest));
        assertThat(of(longer)).isNotSameAs(of(longer));
        assertThat(of(longer).text()).isEqualTo(longer);
        assertThat(interned.of(longer)).isNull();
    }

    @Test
    @DisplayName("of 20,000 texts, a third of what there is room for, nearly all are kept, each in one of two places")
    void room() {
        List<Interned.Entry> entries = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            entries.add(of("text " + i));
        }
        int kept = 0;
        for (int i = 0; i < 20_000; i++) {
            Interned.Entry entry = of("text " + i);
            assertThat(entry.text()).isEqualTo("text " + i);
            kept += entry == entries.get(i) ? 1 : 0;
        }
        assertThat(kept).isGreaterThan(18_000);
    }

    @Test
    @DisplayName("places in a smaller table are spread over all of it")
    void places() {
        Set<Integer> places = new HashSet<>();
        for (int i = 0; i < 20_000; i++) {
            int place = of("text " + i).place();
            assertThat(place).isBetween(0, Interned.PLACES - 1);
            places.add(place);
        }
        assertThat(places).hasSizeGreaterThan(1_000);
    }

    @Test
    @DisplayName("what a text says is worked out once")
    void views() {
        String id = "/subscriptions/s/resourceGroups/g/providers/N/T/v";
        Interned.Entry resource = of(id);
        assertThat(resource.parts()).isEqualTo(ResourceId.of(id)).isSameAs(resource.parts());
        assertThat(resource.upper()).isEqualTo(id.toUpperCase(Locale.ROOT)).isSameAs(resource.upper());
        assertThat(resource.upperParts())
                .isEqualTo(ResourceId.of(id.toUpperCase(Locale.ROOT)))
                .isSameAs(resource.upperParts());
        String uri = "https://v/secrets/S/0a";
        assertThat(of(uri).object()).isEqualTo(ObjectUri.of(uri)).isSameAs(of(uri).object());
        assertThat(of("Ada@X").folded()).isEqualTo("ada@x").isSameAs(of("Ada@X").folded());
        Interned.Entry address = of("192.0.2.1:443");
        assertThat(address.address()).isEqualTo("192.0.2.1").isSameAs(Objects.requireNonNull(address.address()));
        Interned.Entry issuer = of("https://sts.windows.net/T/");
        assertThat(issuer.issuer()).isEqualTo("T").isSameAs(Objects.requireNonNull(issuer.issuer()));
        for (int time = 0; time < 2; time++) {
            assertThat(of("neither").address()).isNull();
            assertThat(of("neither").issuer()).isNull();
        }
    }
}
