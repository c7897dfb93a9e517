package dev.vaultwatch.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The POMs under src/artefacts say what pom.xml does: they are written by hand. */
final class ArtefactsTest {
    private static final Path POMS = Path.of("src/artefacts");

    private record Dependency(String id, String version, boolean optional) {}

    private static Document read(Path pom) throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(pom.toFile());
    }

    /** Those of the project itself, not of a profile or of dependency management. */
    private static List<Dependency> dependencies(Path pom, String scope) throws Exception {
        List<Dependency> found = new ArrayList<>();
        NodeList all = read(pom).getElementsByTagName("dependency");
        for (int i = 0; i < all.getLength(); i++) {
            Element each = (Element) all.item(i);
            if (each.getParentNode().getParentNode().getNodeName().equals("project")
                    && text(each, "scope").equals(scope)) {
                found.add(new Dependency(
                        text(each, "groupId") + ":" + text(each, "artifactId"),
                        text(each, "version"),
                        text(each, "optional").equals("true")));
            }
        }
        return found;
    }

    private static String text(Element parent, String name) {
        NodeList found = parent.getElementsByTagName(name);
        return found.getLength() == 0 ? "" : found.item(0).getTextContent();
    }

    @Test
    @DisplayName("the api needs nothing")
    void api() throws Exception {
        assertThat(read(POMS.resolve("vaultwatch-api.pom"))
                        .getElementsByTagName("dependency")
                        .getLength())
                .isZero();
    }

    @Test
    @DisplayName("the core needs the api and what pom.xml has, Micrometer apart")
    void core() throws Exception {
        Set<String> expected = new TreeSet<>(Set.of("dev.vaultwatch:vaultwatch-api"));
        List<String> optional = new ArrayList<>();
        for (Dependency each : dependencies(Path.of("pom.xml"), "")) {
            if (!each.id.startsWith("io.micrometer:")) {
                expected.add(each.id);
                if (each.optional) {
                    optional.add(each.id);
                }
            }
        }

        List<Dependency> published = dependencies(POMS.resolve("vaultwatch.pom"), "");

        assertThat(published).extracting(Dependency::id).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(published)
                .filteredOn(Dependency::optional)
                .extracting(Dependency::id)
                .containsExactlyInAnyOrderElementsOf(optional);
    }

    @Test
    @DisplayName("every version is a property of pom.xml or the project's")
    void versions() throws Exception {
        String pom = Files.readString(Path.of("pom.xml"));
        for (Path each : poms()) {
            assertThat(dependencies(each, "")).as("%s", each).allSatisfy(dependency -> {
                assertThat(dependency.version).matches("\\$\\{[a-z0-9.-]+}");
                String property = dependency.version.substring(2, dependency.version.length() - 1);
                assertThat(property.equals("project.version") || pom.contains("<" + property + ">"))
                        .as(property)
                        .isTrue();
            });
        }
    }

    private static List<Path> poms() throws IOException {
        try (var files = Files.list(POMS)) {
            return files.sorted().toList();
        }
    }
}
