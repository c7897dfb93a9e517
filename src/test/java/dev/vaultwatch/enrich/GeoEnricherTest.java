package dev.vaultwatch.enrich;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.KeyVaultEventBuilder;
import dev.vaultwatch.event.Property;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Place and network of an address, from real files in MaxMind's format. */
class GeoEnricherTest {
    private static final String IP = "81.2.69.142";
    private final AtomicLong nanos = new AtomicLong();
    private final List<String> notices = new ArrayList<>();
    private Path city;
    private Path asn;
    private GeoEnricher geo;
    private Enrichment enrichment;

    @BeforeEach
    void open(@TempDir Path folder) throws IOException {
        city = Files.write(folder.resolve("GeoLite2-City.mmdb"), city("London", "England", "United Kingdom", "GB"));
        asn = Files.write(
                folder.resolve("GeoLite2-ASN.mmdb"),
                new MaxMindWriter("GeoLite2-ASN")
                        .put(
                                "81.2.69.0/24",
                                Map.of(
                                        "autonomous_system_number",
                                        20_712L,
                                        "autonomous_system_organization",
                                        "Andrews & Arnold Ltd"))
                        .put("2001:db8::/32", Map.of("autonomous_system_number", 4_294_967_295L))
                        .bytes());
        geo = GeoEnricher.of(List.of(city, asn), notices::add, nanos::get);
        enrichment = new Enrichment(List.of(geo), notices::add);
    }

    private static byte[] city(String city, String region, String country, String iso) {
        Map<String, Object> record = Map.of(
                "city", Map.of("names", Map.of("en", city, "de", "not this one")),
                "subdivisions", List.of(Map.of("names", Map.of("en", region))),
                "country", Map.of("iso_code", iso, "names", Map.of("en", country)));
        return new MaxMindWriter("GeoLite2-City")
                .put("81.2.69.0/24", record)
                .put("10.0.0.0/8", record)
                .put("2001:db8::/32", record)
                .bytes();
    }

    private static KeyVaultEventBuilder from(String ip) {
        return KeyVaultEvent.builder(0, "SecretGet").with(Property.SOURCE_IP, ip);
    }

    private KeyVaultEvent enriched(String ip) {
        return enrichment.enrich(from(ip).build());
    }

    @Test
    @DisplayName("City, region, country by name and code, network by name and number")
    void all() {
        KeyVaultEvent event = enriched(IP);

        assertThat(event.city()).isEqualTo("London");
        assertThat(event.region()).isEqualTo("England");
        assertThat(event.country()).isEqualTo("United Kingdom");
        assertThat(event.countryIso()).isEqualTo("GB");
        assertThat(event.asNumber()).isEqualTo(20_712L);
        assertThat(event.organization()).isEqualTo("Andrews & Arnold Ltd");
    }

    @Test
    @DisplayName("IPv6, and a number of 32 bits")
    void v6() {
        KeyVaultEvent event = enriched("2001:db8::7");

        assertThat(event.city()).isEqualTo("London");
        assertThat(event.asNumber()).isEqualTo(4_294_967_295L);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.1.2.3",
                "172.16.0.1",
                "192.168.1.1",
                "100.64.0.1",
                "127.0.0.1",
                "169.254.1.1",
                "::1",
                "fe80::1",
                "fd00::1",
                "0.0.0.0",
                "::ffff:10.1.2.3",
                "224.0.0.1"
            })
    @DisplayName("Private addresses stay empty, even where a file knows their network")
    void privateOnes(String ip) {
        assertThat(enriched(ip)).isEqualTo(from(ip).build());
    }

    @ParameterizedTest
    @ValueSource(strings = {"8.8.8.8", "not.an.address", "81.2.69", "81.2.69.142:443", "", "::g", "beef"})
    @DisplayName("What no file knows, and what is no address, changes nothing and asks no name service")
    void unknown(String ip) {
        assertThat(enriched(ip)).isEqualTo(from(ip).build());
        assertThat(enrichment.failures()).isZero();
    }

    @Test
    @DisplayName("What the record says of the place stands, whole: nothing is mixed into it")
    void record() {
        KeyVaultEvent event = enrichment.enrich(from(IP).with(Property.CITY, "Paris")
                .with(Property.COUNTRY, "France")
                .build());

        assertThat(event.city()).isEqualTo("Paris");
        assertThat(event.country()).isEqualTo("France");
        assertThat(event.region()).isNull();
        assertThat(event.countryIso()).isNull();
        assertThat(event.organization()).isEqualTo("Andrews & Arnold Ltd");
    }

    @Test
    @DisplayName("The code of the country that the record names is added")
    void code() {
        KeyVaultEvent event = enrichment.enrich(
                from(IP).with(Property.COUNTRY, "United Kingdom").build());

        assertThat(event.countryIso()).isEqualTo("GB");
        assertThat(event.city()).isNull();
    }

    @Test
    @DisplayName("An event without an address passes as it is")
    void noAddress() {
        KeyVaultEvent event = KeyVaultEvent.bare(0, "SecretGet", "a@contoso.example");

        assertThat(enrichment.enrich(event)).isSameAs(event);
    }

    @Test
    @DisplayName("A file that was replaced is read again, at the next look")
    void replaced() throws IOException {
        assertThat(enriched(IP).city()).isEqualTo("London");
        replace(city("Leeds", "England", "United Kingdom", "GB"));

        assertThat(enriched(IP).city()).isEqualTo("London");
        nanos.addAndGet(Duration.ofSeconds(11).toNanos());
        assertThat(enriched(IP).city()).isEqualTo("Leeds");
        assertThat(geo.problem()).isEmpty();
    }

    @Test
    @DisplayName(
            "A file that is broken when it is replaced leaves the old one in force and says so, until a whole one comes")
    void broken() throws IOException {
        byte[] whole = city("Leeds", "England", "United Kingdom", "GB");
        replace(java.util.Arrays.copyOf(whole, whole.length / 2));
        nanos.addAndGet(Duration.ofSeconds(11).toNanos());

        assertThat(enriched(IP).city()).isEqualTo("London");
        assertThat(geo.problem())
                .hasValueSatisfying(problem -> assertThat(problem)
                        .startsWith(city + " can't be read as a database of addresses (MaxMind DB): ")
                        .endsWith("The one read before stays in force."));

        replace(whole);
        nanos.addAndGet(Duration.ofSeconds(11).toNanos());
        assertThat(enriched(IP).city()).isEqualTo("Leeds");
        assertThat(geo.problem()).isEmpty();
        assertThat(notices).hasSize(2);
        assertThat(notices.get(0)).contains(city.toString());
        assertThat(notices.get(1)).isEqualTo("All files of addresses (enrich.files) can be read again.");
    }

    @Test
    @DisplayName("A file that is taken away leaves the old one in force and says so")
    void gone() throws IOException {
        Files.delete(city);
        nanos.addAndGet(Duration.ofSeconds(11).toNanos());

        assertThat(enriched(IP).city()).isEqualTo("London");
        assertThat(geo.problem()).isPresent();
    }

    @Test
    @DisplayName("A file that is none is refused at the start, by its name")
    void refused(@TempDir Path folder) throws IOException {
        Path text = Files.writeString(folder.resolve("readme.txt"), "not a database");

        assertThatThrownBy(() -> GeoEnricher.of(List.of(text), notices::add))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(text + " can't be read as a database of addresses");
        assertThatThrownBy(() -> GeoEnricher.of(List.of(folder.resolve("missing.mmdb")), notices::add))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("missing.mmdb");
    }

    private void replace(byte[] content) throws IOException {
        Path next = Files.write(city.resolveSibling("next"), content);
        // A file system with a coarse clock must see another time.
        Files.setLastModifiedTime(next, FileTime.fromMillis(System.currentTimeMillis() + content.length));
        Files.move(next, city, StandardCopyOption.REPLACE_EXISTING);
    }
}
