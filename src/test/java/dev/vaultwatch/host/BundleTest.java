package dev.vaultwatch.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BundleTest {
    @TempDir
    Path temp;

    private Path folder;

    @BeforeEach
    void aSmallBundle() throws IOException {
        folder = Files.createDirectories(temp.resolve("bundle"));
        Files.createDirectories(folder.resolve("lib"));
        Files.writeString(folder.resolve("lib/a.jar"), "a");
        Files.copy(Path.of(Bundle.DESCRIPTOR), folder.resolve(Bundle.DESCRIPTOR));
        TestBundle.sum(folder);
    }

    private Bundle open(Path bundle) throws IOException {
        return Bundle.open(bundle, "0.1.0", 17);
    }

    private void describe(String old, String replacement) throws IOException {
        Path file = folder.resolve(Bundle.DESCRIPTOR);
        String text = Files.readString(file);
        assertThat(text).contains(old);
        Files.writeString(file, text.replace(old, replacement));
        TestBundle.sum(folder);
    }

    private void assertRefused(Path bundle, String... parts) {
        assertThatExceptionOfType(BundleException.class)
                .isThrownBy(() -> open(bundle))
                .satisfies(e -> assertThat(e.getMessage()).contains(parts));
    }

    @Test
    void givenAFolderThenItIsUsedWhereItLiesAndStaysThere() throws IOException {
        Bundle bundle = open(folder);
        bundle.delete();

        assertThat(bundle.folder()).isEqualTo(folder);
        assertThat(bundle.warnings()).isEmpty();
        assertThat(bundle.descriptor().id()).isEqualTo("dev.vaultwatch");
        assertThat(bundle.descriptor().config()).hasSizeGreaterThan(10);
        assertThat(folder.resolve("lib/a.jar")).exists();
    }

    @Test
    void givenAZipThenItIsUnpackedAndRemovedAgain() throws IOException {
        Bundle bundle = open(TestBundle.zip(folder, temp.resolve("bundle.zip")));
        assertThat(bundle.folder().resolve("lib/a.jar")).hasContent("a");

        bundle.delete();

        assertThat(bundle.folder()).doesNotExist();
    }

    @Test
    void givenTheDescriptorOfThisBuildThenBothReadersReadTheSame() throws IOException {
        assertThat(open(folder).descriptor())
                .isEqualTo(new dev.vaultwatch.plugin.VaultwatchPluginFactory().descriptor());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"schemaVersion\": 1 | \"schemaVersion\": 2 | /schemaVersion is 2, and this host knows 1 alone",
                "\"schemaVersion\": 1 | \"schemaVersion\": 0 | /schemaVersion is 0",
                "\"schemaVersion\": 1 | \"schemaVersion\": \"1\" | /schemaVersion is not an integer.",
                "[0.1,0.2) | [0.2,0.3) | /apiRange is [0.2,0.3), and this host's dev.vaultwatch.api is 0.1.0.",
                "[0.1,0.2) | 0.1 | a range such as [0.1,0.2) was expected",
                "\"javaMinimum\": 17 | \"javaMinimum\": 21 | /javaMinimum is 21, and this host runs on Java 17.",
                "\"factory\": | \"fabric\": | /factory is missing; a string was expected.",
                "\"reloads\": false | \"reloads\": 1 | /config/0/reloads is not true or false.",
                "\"schemaVersion\": 1, | \"schemaVersion\": 1 | plugin-descriptor.json:3:3: ',' was expected."
            })
    void givenADescriptorThatThisHostCantRunThenItIsRefusedAndWhySaid(String old, String replacement, String message)
            throws IOException {
        describe(old, replacement);

        assertRefused(folder, "plugin-descriptor.json", message);
    }

    @Test
    void givenSeveralFaultsThenAllAreSaid() throws IOException {
        describe("\"id\":", "\"no\":");
        describe("\"engine\":", "\"no2\":");

        assertRefused(folder, "/id is missing", "/engine is missing");
    }

    @Test
    void givenUnknownFieldsThenTheyAreWarningsAndNoMore() throws IOException {
        describe("\"id\":", "\"colour\": \"red\", \"id\":");
        describe("\"name\": \"rules.dir\"", "\"name\": \"rules.dir\", \"unit\": \"m\"");

        assertThat(open(folder).warnings())
                .containsExactlyInAnyOrder(
                        "plugin-descriptor.json: /colour is not known to this host and was ignored.",
                        "plugin-descriptor.json: /config/0/unit is not known to this host and was ignored.");
    }

    @Test
    void givenAChangedFileThenItIsNamed() throws IOException {
        Files.writeString(folder.resolve("lib/a.jar"), "b");

        assertRefused(folder, "lib/a.jar is not the file that was built");
    }

    @Test
    void givenAnAddedFileThenItIsNamed() throws IOException {
        Files.writeString(folder.resolve("lib/b.jar"), "b");

        assertRefused(folder, "lib/b.jar is not in checksums.sha256");
    }

    @Test
    void givenAMissingFileThenItIsNamed() throws IOException {
        Files.delete(folder.resolve("lib/a.jar"));

        assertRefused(folder, "lib/a.jar is in checksums.sha256 and is missing.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"abc  lib/a.jar", "no line", ""})
    void givenALineThatIsNoChecksumThenItsNumberIsSaid(String line) throws IOException {
        Files.writeString(folder.resolve("checksums.sha256"), line + "\n");

        assertRefused(folder, "checksums.sha256:1: ");
    }

    @Test
    void givenNoChecksumsOrNoDescriptorThenItIsNoBundle() throws IOException {
        Files.delete(folder.resolve("checksums.sha256"));
        assertRefused(folder, "There is no checksums.sha256");
        Files.delete(folder.resolve(Bundle.DESCRIPTOR));
        assertRefused(folder, "There is no plugin-descriptor.json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../out", "lib/../../out", "/out", "lib\\..\\..\\out", "C:/out", "..", "a/..", "./"})
    void givenAnEntryThatLiesOutsideThenTheZipIsRefusedAndNothingIsKept(String name) throws IOException {
        Path zip = temp.resolve("slip.zip");
        try (OutputStream out = Files.newOutputStream(zip);
                ZipOutputStream zipped = new ZipOutputStream(out)) {
            zipped.putNextEntry(new ZipEntry("plugin-descriptor.json"));
            zipped.putNextEntry(new ZipEntry(name));
        }
        long before = unpackedFolders();

        assertRefused(zip, "The entry \"" + name + "\" does not lie inside the bundle.");

        assertThat(unpackedFolders()).isEqualTo(before);
        assertThat(Path.of(System.getProperty("java.io.tmpdir"), "out")).doesNotExist();
    }

    private static long unpackedFolders() throws IOException {
        try (var folders = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return folders.filter(folder -> folder.getFileName().toString().startsWith("vaultwatch-plugin-"))
                    .count();
        }
    }

    @Test
    void givenWhatIsNoZipThenItIsRefused() throws IOException {
        Path zip = Files.writeString(temp.resolve("no.zip"), "this is no zip file at all");

        assertRefused(zip, "no.zip is no zip file, or a damaged one");
    }

    @Test
    void givenNothingThereThenItIsAnIoException() {
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> open(temp.resolve("absent.zip")));
    }

    @Test
    void givenAFileThatUnpacksWithoutEndThenUnpackingStops() throws IOException {
        Path zip = temp.resolve("bomb.zip");
        byte[] zeros = new byte[1 << 20];
        try (OutputStream out = Files.newOutputStream(zip);
                ZipOutputStream zipped = new ZipOutputStream(out)) {
            zipped.setLevel(9);
            zipped.putNextEntry(new ZipEntry("zeros"));
            for (int i = 0; i < 520; i++) {
                zipped.write(zeros);
            }
        }

        assertRefused(zip, "unpacks to more than 536870912 bytes");
    }

    @Test
    void givenTheApiVersionThenItIsTheBuilds() throws IOException {
        assertThatCode(() -> Bundle.open(folder, PluginLoader.apiVersion(), 17)).doesNotThrowAnyException();
        assertThat(Files.readString(Path.of("pom.xml")))
                .contains("<version>" + PluginLoader.apiVersion() + "</version>");
    }
}
