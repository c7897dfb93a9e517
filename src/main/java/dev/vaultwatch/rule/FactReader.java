package dev.vaultwatch.rule;

import com.fasterxml.jackson.databind.JsonNode;
import dev.vaultwatch.api.RuleFault;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads one {@code rule.json}, collecting every fault instead of stopping at the first. */
final class FactReader {
    private static final Set<String> SEVERITIES = Set.of("low", "medium", "high", "critical");
    private static final Set<String> KNOWN = Set.of(
            "id",
            "name",
            "version",
            "description",
            "severity",
            "riskScore",
            "window",
            "groupingKey",
            "eventCount",
            "cap",
            "tags",
            "threat",
            "references",
            "falsePositives",
            "setup",
            "source",
            "authors",
            "license",
            "uuid",
            "note",
            "labels",
            "fields");

    private final String file;
    private final JsonNode root;
    private final List<RuleFault> faults;

    FactReader(String file, JsonNode root, List<RuleFault> faults) {
        this.file = file;
        this.root = root;
        this.faults = faults;
    }

    /** The rule, or empty when a fault was added. */
    Optional<Rule> rule(String folderName, String epl, String eplFile) {
        int before = faults.size();
        root.fieldNames().forEachRemaining(name -> {
            if (!KNOWN.contains(name)) {
                fault("/" + name, "is not a field of rule.json; known are " + String.join(", ", sorted(KNOWN)));
            }
        });
        String id = text("/id");
        if (!id.isEmpty() && !id.equals(folderName)) {
            fault("/id", "is \"" + id + "\", but the folder is named \"" + folderName + "\"; they must agree");
        }
        String severity = text("/severity");
        if (!severity.isEmpty() && !SEVERITIES.contains(severity)) {
            fault("/severity", "must be one of " + String.join(", ", sorted(SEVERITIES)));
        }
        String kind = text("/window/kind");
        if (!kind.isEmpty() && !"tumbling".equals(kind)) {
            fault("/window/kind", "must be \"tumbling\"");
        }
        Duration window = duration("/window/length");
        if (window.toMillis() % 60_000 != 0) {
            fault("/window/length", "must be whole minutes, such as PT1M");
        }
        List<String> key = texts("/groupingKey");
        if (key.isEmpty()) {
            fault("/groupingKey", "must name at least one column that rule.epl selects");
        }
        Rule rule = new Rule(
                id,
                text("/name"),
                number("/version", 1, Integer.MAX_VALUE),
                text("/description"),
                severity,
                number("/riskScore", 0, 100),
                window,
                key,
                root.at("/eventCount").isMissingNode() ? Optional.empty() : Optional.of(text("/eventCount")),
                new Rule.Cap(number("/cap/alerts", 1, 1_000_000), duration("/cap/period")),
                texts("/tags"),
                threats(),
                texts("/references"),
                texts("/falsePositives"),
                text("/setup"),
                epl,
                eplFile,
                about());
        return faults.size() == before ? Optional.of(rule) : Optional.empty();
    }

    private Rule.About about() {
        return new Rule.About(
                isAbsent("/authors") ? List.of() : texts("/authors"),
                optionalText("/license"),
                optionalText("/uuid"),
                optionalText("/note").orElse(""),
                textsByName("/source"),
                textsByName("/labels"),
                textsByName("/fields"));
    }

    private boolean isAbsent(String pointer) {
        return root.at(pointer).isMissingNode();
    }

    private Optional<String> optionalText(String pointer) {
        return isAbsent(pointer) ? Optional.empty() : Optional.of(text(pointer));
    }

    /** An object of texts and whole numbers, in the file's order; empty if it is absent. */
    private Map<String, String> textsByName(String pointer) {
        Map<String, String> texts = new LinkedHashMap<>();
        JsonNode object = root.at(pointer);
        if (object.isMissingNode()) {
            return texts;
        }
        if (!object.isObject()) {
            fault(pointer, "must be an object of texts");
            return texts;
        }
        object.properties().forEach(entry -> {
            String at = pointer + "/" + entry.getKey().replace("~", "~0").replace("/", "~1");
            texts.put(
                    entry.getKey(), entry.getValue().isInt() ? entry.getValue().asText() : text(at));
        });
        return texts;
    }

    private List<Rule.Threat> threats() {
        List<Rule.Threat> threats = new ArrayList<>();
        JsonNode list = root.at("/threat");
        for (int i = 0; i < list.size(); i++) {
            String at = "/threat/" + i;
            List<Rule.Technique> techniques = new ArrayList<>();
            for (int j = 0; j < root.at(at + "/techniques").size(); j++) {
                String technique = at + "/techniques/" + j;
                List<Rule.Attack> subtechniques = new ArrayList<>();
                for (int k = 0; k < root.at(technique + "/subtechniques").size(); k++) {
                    subtechniques.add(attack(technique + "/subtechniques/" + k));
                }
                techniques.add(new Rule.Technique(attack(technique), subtechniques));
            }
            threats.add(new Rule.Threat(attack(at + "/tactic"), techniques));
        }
        return threats;
    }

    private Rule.Attack attack(String at) {
        return new Rule.Attack(text(at + "/id"), text(at + "/name"));
    }

    private String text(String pointer) {
        String value = root.at(pointer).textValue();
        if (value == null || value.isBlank()) {
            fault(pointer, "must be a text that is not blank");
            return "";
        }
        return value;
    }

    private List<String> texts(String pointer) {
        List<String> values = new ArrayList<>();
        JsonNode list = root.at(pointer);
        if (!list.isArray()) {
            fault(pointer, "must be a list of texts");
            return values;
        }
        for (int i = 0; i < list.size(); i++) {
            values.add(text(pointer + "/" + i));
        }
        return values;
    }

    private int number(String pointer, int least, int most) {
        JsonNode value = root.at(pointer);
        if (!value.isInt() || value.intValue() < least || value.intValue() > most) {
            fault(pointer, "must be a whole number from " + least + " to " + most);
            return least;
        }
        return value.intValue();
    }

    private Duration duration(String pointer) {
        String value = text(pointer);
        if (!value.isEmpty()) {
            try {
                Duration duration = Duration.parse(value);
                if (duration.toMillis() > 0) {
                    return duration;
                }
                fault(pointer, "must be longer than nothing");
            } catch (DateTimeParseException | ArithmeticException e) {
                fault(pointer, "must be an ISO 8601 duration, such as PT1M");
            }
        }
        return Duration.ofMinutes(1);
    }

    private static List<String> sorted(Set<String> names) {
        return names.stream().sorted().toList();
    }

    private void fault(String pointer, String problem) {
        faults.add(new RuleFault(file, 0, 0, pointer + " " + problem + "."));
    }
}
