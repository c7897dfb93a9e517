import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Takes off the bundle's SBOM what is not in the bundle: the libraries of the command line and of the adapters. Fails if the bundle
 * holds what the SBOM does not list. Run by the build; argument: the bundle's folder.
 */
final class Sbom {
    private Sbom() {}

    public static void main(String[] args) throws IOException {
        Path bundle = Path.of(args[0]);
        Path file = bundle.resolve("sbom.cdx.json");
        if (!Files.exists(file)) {
            System.out.println("[WARNING] The bundle has no sbom.cdx.json: CycloneDX makes one only when Maven is online.");
            return;
        }
        Set<String> there = new TreeSet<>();
        for (String folder : new String[] {"lib", "fallback"}) {
            try (Stream<Path> jars = Files.list(bundle.resolve(folder))) {
                jars.map(jar -> jar.getFileName().toString())
                        .filter(name -> !name.startsWith("vaultwatch-"))
                        .forEach(there::add);
            }
        }
        ObjectMapper json = new ObjectMapper();
        ObjectNode sbom = (ObjectNode) json.readTree(Files.readString(file));
        Set<String> gone = new HashSet<>();
        Set<String> listed = new TreeSet<>();
        for (Iterator<JsonNode> each = sbom.withArray("components").iterator(); each.hasNext(); ) {
            JsonNode component = each.next();
            String jar = component.path("name").asText() + "-" + component.path("version").asText() + ".jar";
            if (!there.contains(jar)) {
                gone.add(component.path("bom-ref").asText());
                each.remove();
            } else {
                listed.add(jar);
            }
        }
        for (Iterator<JsonNode> each = sbom.withArray("dependencies").iterator(); each.hasNext(); ) {
            JsonNode dependency = each.next();
            if (gone.contains(dependency.path("ref").asText())) {
                each.remove();
            } else if (dependency.path("dependsOn") instanceof ArrayNode on) {
                for (Iterator<JsonNode> one = on.iterator(); one.hasNext(); ) {
                    if (gone.contains(one.next().asText())) {
                        one.remove();
                    }
                }
            }
        }
        if (!there.equals(listed)) {
            throw new IllegalStateException("The SBOM lists " + listed + ", and the bundle holds " + there + ".");
        }
        Files.writeString(file, json.writerWithDefaultPrettyPrinter().writeValueAsString(sbom).replace("\r\n", "\n") + "\n");
    }
}
