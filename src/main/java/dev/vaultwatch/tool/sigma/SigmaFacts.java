package dev.vaultwatch.tool.sigma;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.vaultwatch.tool.AttackList;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a Sigma document says of itself, in the words of {@code rule.json}.
 *
 * @param id for the folder: the title in small letters, digits and hyphens
 * @param title of the rule
 * @param description of the rule; the title if it has none
 * @param falsePositives as given
 * @param json the part of {@code rule.json} that comes from the document
 */
record SigmaFacts(String id, String title, String description, List<String> falsePositives, ObjectNode json) {
    /** More of a title does not come into the folder's name. */
    static final int LONGEST_ID = 70;

    /** Severity and risk by level: the scale of Elastic's rules, which the shipped rules use, too. */
    private static final Map<String, Integer> RISK = Map.of("low", 21, "medium", 47, "high", 73, "critical", 99);

    static SigmaFacts of(YamlNode root, Faults faults) {
        String title = root.text("title").orElse("");
        String description = root.text("description").orElse(title);
        List<String> falsePositives = texts(root, "falsepositives");
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("name", title).put("version", 1).put("description", description);
        root.text("id").ifPresent(id -> json.put("uuid", id));
        List<String> authors = new ArrayList<>();
        root.text("author").ifPresent(all -> {
            for (String author : all.split(",", -1)) {
                if (!author.isBlank()) {
                    authors.add(author.strip());
                }
            }
        });
        if (!authors.isEmpty()) {
            list(json, "authors", authors);
        }
        root.text("license").ifPresent(license -> json.put("license", license));
        level(root, faults, json);
        tags(root, faults, json);
        List<String> references = new ArrayList<>(texts(root, "references"));
        list(json, "references", references);
        list(json, "falsePositives", falsePositives);
        json.put(
                "setup",
                root.get("logsource")
                        .flatMap(source -> source.text("definition"))
                        .orElse(
                                "Each vault needs a diagnostic setting that sends the log category AuditEvent to where the host"
                                        + " reads."));
        ObjectNode source = json.putObject("source");
        source.put("name", "Sigma");
        root.text("id").ifPresent(id -> source.put("id", id));
        root.text("status").ifPresent(status -> source.put("status", status));
        root.text("modified").or(() -> root.text("date")).ifPresent(date -> source.put("date", date));
        return new SigmaFacts(id(root, title), title, description, falsePositives, json);
    }

    /** Letters of other alphabets have no place in the name of a folder; what is left of a title may be nothing. */
    private static String id(YamlNode root, String title) {
        String plain = Normalizer.normalize(title, Normalizer.Form.NFD)
                .toLowerCase(Locale.ROOT)
                .replaceAll("\\p{M}", "")
                .replaceAll("[^a-z0-9]+", "-");
        String cut = plain.substring(0, Math.min(plain.length(), LONGEST_ID)).replaceAll("^-|-$", "");
        return cut.isEmpty()
                ? "sigma-"
                        + root.text("id")
                                .map(id -> id.replaceAll("[^a-z0-9]+", "-"))
                                .orElse("rule")
                : cut;
    }

    private static void level(YamlNode root, Faults faults, ObjectNode json) {
        String level = root.text("level").orElse("");
        YamlNode at = root.get("level").orElse(root);
        if (level.equals("informational")) {
            faults.warning(at, "There is no level below low here; the rule is low.");
            level = "low";
        } else if (level.isEmpty()) {
            faults.warning(at, "The rule has no level; it is taken to be medium.");
            level = "medium";
        }
        Integer risk = RISK.get(level);
        if (risk == null) {
            faults.error(at, "The level is \"" + level + "\"; expected informational, low, medium, high or critical.");
            return;
        }
        json.put("severity", level).put("riskScore", risk);
    }

    private static void tags(YamlNode root, Faults faults, ObjectNode json) {
        AttackList attack = AttackList.packed();
        List<String> others = new ArrayList<>();
        Map<String, String> tactics = new LinkedHashMap<>();
        Map<String, List<String>> techniques = new LinkedHashMap<>();
        for (YamlNode tag : root.get("tags").map(YamlNode::each).orElse(List.of())) {
            String text = tag.text().toLowerCase(Locale.ROOT);
            if (!text.startsWith("attack.")) {
                others.add(tag.text());
                continue;
            }
            String name = text.substring("attack.".length());
            String technique = name.toUpperCase(Locale.ROOT);
            Optional<String> tactic = attack.tactic(name.replace('_', ' ').replace('-', ' '));
            if (tactic.isPresent()) {
                tactics.put(tactic.get(), attack.name(tactic.get()).orElse(""));
            } else if (technique.matches("T\\d{4}(\\.\\d{3})?")
                    && attack.name(technique).isPresent()) {
                List<String> subs =
                        techniques.computeIfAbsent(technique.replaceAll("\\..*", ""), t -> new ArrayList<>());
                if (technique.contains(".")) {
                    subs.add(technique);
                }
            } else if (name.matches("[gsc]\\d{4}")) {
                others.add(tag.text());
            } else {
                faults.warning(
                        tag, "\"" + tag.text() + "\" is no tactic and no technique of ATT&CK; it is kept as a word.");
                others.add(tag.text());
            }
        }
        list(json, "tags", others.isEmpty() ? List.of("Azure Key Vault") : others);
        ArrayNode threat = json.putArray("threat");
        if (tactics.isEmpty() && !techniques.isEmpty()) {
            faults.warning(
                    root.get("tags").orElse(root),
                    "The techniques have no tactic beside them (such as attack.credential-access); they are left out of"
                            + " \"threat\".");
        }
        boolean first = true;
        for (Map.Entry<String, String> tactic : tactics.entrySet()) {
            ObjectNode entry = threat.addObject();
            entry.putObject("tactic").put("id", tactic.getKey()).put("name", tactic.getValue());
            ArrayNode list = entry.putArray("techniques");
            if (first) {
                techniques.forEach((id, subs) -> technique(list.addObject(), id, subs, attack));
            }
            first = false;
        }
        if (tactics.size() > 1 && !techniques.isEmpty()) {
            faults.warning(
                    root.get("tags").orElse(root),
                    "Sigma does not say which technique serves which tactic; all stand under the first one.");
        }
    }

    private static void technique(ObjectNode entry, String id, List<String> subs, AttackList attack) {
        entry.put("id", id).put("name", attack.name(id).orElse(""));
        ArrayNode list = entry.putArray("subtechniques");
        subs.forEach(sub ->
                list.addObject().put("id", sub).put("name", attack.name(sub).orElse("")));
    }

    private static List<String> texts(YamlNode root, String key) {
        return root.get(key).map(YamlNode::each).orElse(List.of()).stream()
                .map(YamlNode::text)
                .filter(text -> !text.isBlank())
                .toList();
    }

    private static void list(ObjectNode json, String name, List<String> values) {
        ArrayNode array = json.putArray(name);
        values.forEach(array::add);
    }
}
