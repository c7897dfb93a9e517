package dev.vaultwatch.alert.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.AlertStage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An alert in each format and stage, as src/test/resources/alerts has it: JSON indented, CEF with a key a line, so that a change
 * reads well in a diff. {@code -Dvaultwatch.golden=write} writes the files anew; look at the diff then.
 */
class GoldenAlertsTest {
    private static final Path FOLDER = Path.of("src/test/resources/alerts");
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    static Stream<Arguments> cases() {
        return Stream.of("text", "ecs", "ocsf", "cef")
                .flatMap(format -> Stream.concat(
                        Stream.of(AlertStage.values())
                                .map(stage -> Arguments.of(format, stage.name(), Sample.of(stage))),
                        Stream.of(Arguments.of(
                                format, "BOUNDED", Sample.of(AlertStage.ON_TIME).bounded()))));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("cases")
    @DisplayName("Each format writes each stage as the golden file has it")
    void golden(String format, String name, Sample alert) throws IOException {
        String written = readable(format, AlertFormat.named(format).render(alert));
        Path file = FOLDER.resolve(
                name.toLowerCase(Locale.ROOT).replace('_', '-') + "." + format + (isJson(format) ? ".json" : ".txt"));
        if ("write".equals(System.getProperty("vaultwatch.golden"))) {
            Files.createDirectories(FOLDER);
            Files.writeString(file, written);
        }

        assertThat(written).isEqualTo(Files.readString(file));
    }

    private static boolean isJson(String format) {
        return format.equals("ecs") || format.equals("ocsf");
    }

    private static String readable(String format, String rendered) throws IOException {
        if (isJson(format)) {
            return JSON.writeValueAsString(JSON.readTree(rendered)) + "\n";
        }
        return (format.equals("cef")
                        ? rendered.replaceAll(" (?=[A-Za-z0-9]+=)|(?<=\\|)(?=externalId=)", "\n")
                        : rendered)
                + "\n";
    }
}
