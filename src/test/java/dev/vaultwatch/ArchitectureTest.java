package dev.vaultwatch;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The walls between the rooms. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ArchitectureTest {
    private static final Path MAIN = Path.of("src/main/java/dev/vaultwatch");

    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.vaultwatch");

    @BeforeAll
    void thereIsSomethingToLookAt() {
        Assertions.assertThat(classes.size()).isGreaterThan(40);
    }

    @Test
    void theApiImportsTheJdkAlone() {
        classes()
                .that()
                .resideInAPackage("dev.vaultwatch.api..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("java..", "dev.vaultwatch.api..")
                .check(classes);
    }

    @Test
    void theLoaderThatHostsCompileAgainstImportsTheJdkAndTheApiAlone() {
        classes()
                .that()
                .resideInAPackage("dev.vaultwatch.host..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..", "dev.vaultwatch.host..", "dev.vaultwatch.api..", "dev.vaultwatch.alert.format..")
                .check(classes);
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.vaultwatch.host..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.vaultwatch.host..")
                .check(classes);
    }

    @Test
    void formatsAreWrittenFromTheApiAloneAsAHostsAre() {
        classes()
                .that()
                .resideInAPackage("dev.vaultwatch.alert.format..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("java..", "dev.vaultwatch.alert.format..", "dev.vaultwatch.api..")
                .check(classes);
    }

    @Test
    void onlyTheEngineAndItsGateImportEsper() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.vaultwatch.engine..", "dev.vaultwatch.gate..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.espertech..")
                .check(classes);
    }

    @Test
    void onlyEnrichmentImportsMaxMind() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.vaultwatch.enrich..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.maxmind..")
                .check(classes);
    }

    @Test
    void jacksonReadsInDecodingAndRuleAndDescriptorFiles() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "dev.vaultwatch.decode..",
                        "dev.vaultwatch.rule..",
                        "dev.vaultwatch.tuning..",
                        "dev.vaultwatch.tool..")
                .and()
                .haveNameNotMatching("dev\\.vaultwatch\\.plugin\\.Descriptors(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.fasterxml.jackson..")
                .check(classes);
    }

    @Test
    void decodingNeverBuildsATree() {
        noClasses()
                .that()
                .resideInAPackage("dev.vaultwatch.decode..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.fasterxml.jackson.databind..")
                .check(classes);
    }

    /** Its own start would be a twentieth of the plugin's. */
    @Test
    void nothingThatRunsInAHostStartsAnObjectMapper() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.vaultwatch.tool..")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("com.fasterxml.jackson.databind.ObjectMapper")
                .check(classes);
    }

    @Test
    void theCommandLineIsAHostAndNobodyImportsIt() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.vaultwatch.cli..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.vaultwatch.cli..", "picocli..", "ch.qos.logback..")
                .check(classes);
        classes()
                .that()
                .resideInAPackage("dev.vaultwatch.cli..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "picocli..",
                        "ch.qos.logback..",
                        "org.jline..",
                        "javax.management..",
                        "org.slf4j..",
                        "org.jspecify..",
                        "dev.vaultwatch.cli..",
                        "dev.vaultwatch.api..",
                        "dev.vaultwatch.decode..",
                        "dev.vaultwatch.event..",
                        "dev.vaultwatch.tool..")
                .check(classes);
    }

    @Test
    void onlyTheBinderImportsMicrometerAndItKnowsTheApiAlone() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.vaultwatch.micrometer..")
                .and()
                .doNotHaveFullyQualifiedName("dev.vaultwatch.kafka.PrometheusPort")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.vaultwatch.micrometer..", "io.micrometer..")
                .check(classes);
        classes()
                .that()
                .resideInAPackage("dev.vaultwatch.micrometer..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "org.jspecify..",
                        "io.micrometer..",
                        "dev.vaultwatch.micrometer..",
                        "dev.vaultwatch.api..")
                .check(classes);
    }

    @Test
    void adaptersBuildOnTheApiAloneAndNobodyImportsThem() {
        adapter(
                "dev.vaultwatch.kafka..",
                "org.apache.kafka..",
                // For its metrics port alone.
                "com.sun.net.httpserver..",
                "io.micrometer..",
                "dev.vaultwatch.micrometer..");
        adapter("dev.vaultwatch.flink..", "org.apache.flink..");
    }

    private void adapter(String ours, String theirs, String... others) {
        noClasses()
                .that()
                .resideOutsideOfPackage(ours)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(ours, theirs)
                .check(classes);
        classes()
                .that()
                .resideInAPackage(ours)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(Stream.concat(
                                Stream.of(others),
                                Stream.of(
                                        "java..",
                                        "org.slf4j..",
                                        "org.jspecify..",
                                        "dev.vaultwatch.api..",
                                        ours,
                                        theirs))
                        .toArray(String[]::new))
                .check(classes);
    }

    @Test
    void eventsAndTimeKnowNothingOfTheOtherRooms() {
        classes()
                .that()
                .resideInAnyPackage("dev.vaultwatch.event..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("java..", "org.jspecify..", "dev.vaultwatch.event..")
                .check(classes);
        classes()
                .that()
                .resideInAnyPackage("dev.vaultwatch.time..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("java..", "org.jspecify..", "dev.vaultwatch.time..")
                .check(classes);
    }

    @Test
    void dataFlowsOneWay() {
        SlicesRuleDefinition.slices()
                .matching("dev.vaultwatch.(*)..")
                .should()
                .beFreeOfCycles()
                .check(classes);
    }

    @Test
    void nothingStaticCanChange() {
        noFields()
                .that()
                .areStatic()
                .should()
                .notBeFinal()
                .because("static mutable state outlives the plugin that a host has unloaded")
                .check(classes);
    }

    @Test
    void loggingGoesThroughSlf4jAloneAndOnlyTheCommandLinePrints() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.vaultwatch.cli..")
                .and()
                .doNotHaveFullyQualifiedName("dev.vaultwatch.kafka.KafkaMain")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.util.logging..", "org.apache.logging..", "org.apache.commons.logging..")
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(System.Logger.class)
                .orShould()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .orShould()
                .callMethod(Throwable.class, "printStackTrace")
                .check(classes);
    }

    @Test
    void everyPackageSaysWhatBelongsThere() throws IOException {
        try (Stream<Path> folders = Files.walk(MAIN)) {
            List<Path> rooms = folders.filter(Files::isDirectory)
                    .filter(ArchitectureTest::holdsSource)
                    .toList();
            Assertions.assertThat(rooms)
                    .isNotEmpty()
                    .allSatisfy(room -> Assertions.assertThat(Files.readString(room.resolve("package-info.java")))
                            .contains("Belongs here:", "May not come here:"));
        }
    }

    @Test
    void noSourceFileIsLongerThan500Lines() throws IOException {
        try (Stream<Path> files = Files.walk(MAIN)) {
            List<Path> sources =
                    files.filter(file -> file.toString().endsWith(".java")).toList();
            Assertions.assertThat(sources)
                    .isNotEmpty()
                    .allSatisfy(file -> Assertions.assertThat(Files.readAllLines(file))
                            .as(file.toString())
                            .hasSizeLessThanOrEqualTo(500));
        }
    }

    private static boolean holdsSource(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.anyMatch(file -> file.toString().endsWith(".java"));
        } catch (IOException e) {
            return false;
        }
    }
}
