package dev.vaultwatch.tool;

import dev.vaultwatch.event.Property;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Writes the folder of a new rule that runs as it is: logic, metadata, guide, and cases that it passes. What a person has to think
 * of stands in it as a sentence to replace. Used once, by one thread.
 */
public final class NewRule {

    /** How far the rule looks; see {@code window} in {@code rule.json}. */
    public enum Kind {
        /** Counts in windows of one minute. */
        TUMBLING,
        /** Counts within any sixty seconds. */
        ORDERED,
        /** Finds single events. */
        EVENT
    }

    /** What a record of a case says without being told. */
    private static final Map<Property, String> KNOWN = Map.ofEntries(
            Map.entry(Property.UPN, "user1"),
            Map.entry(Property.OBJECT_ID, "user1"),
            Map.entry(Property.VAULT, "kv1"),
            Map.entry(Property.SOURCE_IP, "203.0.113.10"),
            Map.entry(Property.ACTION, "SecretGet"),
            Map.entry(Property.OBJECT_TYPE, "secrets"),
            Map.entry(Property.SUBSCRIPTION_ID, "11111111-2222-3333-4444-555555555555"),
            Map.entry(Property.RESOURCE_GROUP, "RG-KV1"),
            Map.entry(
                    Property.RESOURCE_ID,
                    "/SUBSCRIPTIONS/11111111-2222-3333-4444-555555555555/RESOURCEGROUPS/RG-KV1/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/KV1"),
            Map.entry(Property.IDENTITY_CLAIM, "upn"));

    /** What no sentence of a case gives a record. */
    private static final Set<Property> UNSAID = Set.of(Property.TIME, Property.SOURCE_ADDRESS, Property.OBJECT_VERSION);

    private final String id;
    private final Kind kind;
    private final List<Property> key;

    private NewRule(String id, Kind kind, List<Property> key) {
        this.id = id;
        this.kind = kind;
        this.key = key;
    }

    /**
     * Writes the folder.
     *
     * @param parent where the rule's folder is made
     * @param id the rule's id, and its folder's name: small letters, digits and hyphens
     * @param key the grouping key; at least one property
     * @return the rule's folder
     * @throws IllegalArgumentException if the id is none, or the rule would not be what it says: its key is confidential, or no case
     *     could be written for it
     * @throws FileAlreadyExistsException if there is such a folder already
     * @throws IOException if a file can't be written
     */
    public static Path write(Path parent, String id, Kind kind, List<Property> key) throws IOException {
        if (!id.matches("[a-z0-9]+(-[a-z0-9]+)*")) {
            throw new IllegalArgumentException("The rule's id is \"" + id
                    + "\"; expected small letters, digits and single hyphens, such as" + " many-reads-at-night.");
        }
        for (Property each : key) {
            if (UNSAID.contains(each)) {
                throw new IllegalArgumentException("The key is " + each.epl()
                        + ", which the sentence of a case can't give a record; expected another one, to be changed in rule.json beside"
                        + " cases of whole records.");
            }
            if (each.isConfidential()) {
                throw new IllegalArgumentException(
                        "The key is " + each.epl()
                                + ", which is confidential and in no alert, unless the site permits it (rules.reveal); expected another one.");
            }
        }
        Path folder = parent.resolve(id);
        if (Files.exists(folder)) {
            throw new FileAlreadyExistsException(folder.toString(), null, "there is such a folder already");
        }
        NewRule rule = new NewRule(id, kind, List.copyOf(key));
        Files.createDirectories(folder.resolve("cases"));
        Files.writeString(folder.resolve("rule.epl"), rule.epl());
        Files.writeString(folder.resolve("rule.json"), rule.json());
        Files.writeString(folder.resolve("guide.md"), rule.guide());
        Files.writeString(folder.resolve("cases/true.json"), rule.trueCases());
        Files.writeString(folder.resolve("cases/false.json"), rule.falseCases());
        return folder;
    }

    private String keyNames() {
        return key.stream().map(Property::epl).collect(Collectors.joining(", "));
    }

    private String epl() {
        String required = key.stream()
                .filter(property -> property != Property.ACTION)
                .map(property -> ",\n    " + property.epl() + " is not null")
                .collect(Collectors.joining());
        if (kind == Kind.EVENT) {
            return """
                    // Say here what the rule finds, in a sentence. Each event that passes the filter is an alert.

                    @name('alert')
                    select
                        %s,
                        resultSignature as result_signature
                    from KeyVaultEvent(
                        action in ('SecretGet')%s);
                    """.formatted(keyColumns(), required);
        }
        return """
                // Say here what the rule finds, in a sentence.

                create constant variable int min_events = 10;

                @name('alert')
                select
                    %s,
                    count(*)                as event_count,
                    distinct_values(action) as action_values
                from KeyVaultEvent(
                    action in ('SecretGet', 'SecretList')%s)%s
                group by %s
                having count(*) >= min_events;
                """.formatted(
                keyColumns(), required, kind == Kind.TUMBLING ? "#time_batch(1 min, 0L)" : "#time(1 min)", keyNames());
    }

    private String keyColumns() {
        return key.stream().map(Property::epl).collect(Collectors.joining(",\n    "));
    }

    private String json() {
        String window = switch (kind) {
            case TUMBLING -> "{ \"kind\": \"tumbling\", \"length\": \"PT1M\" }";
            case ORDERED -> "{ \"kind\": \"ordered\", \"reach\": \"PT1M\" }";
            case EVENT -> "{ \"kind\": \"event\" }";
        };
        String keys = key.stream().map(property -> "\"" + property.epl() + "\"").collect(Collectors.joining(", "));
        String counting = kind == Kind.EVENT ? "" : """
                  "eventCount": "event_count",
                  "parameters": {
                    "min_events": { "type": "int", "min": 1, "max": 100000, "description": "The least number of events." }
                  },
                  "labels": { "event_count": "Events", "action_values": "Operations" },
                """;
        return """
                {
                  "id": "%s",
                  "name": "Say here what the rule is called",
                  "version": 1,
                  "description": "Say here what the rule finds, and why that matters.",
                  "severity": "low",
                  "riskScore": 21,
                  "window": %s,
                  "groupingKey": [%s],
                %s  "cap": { "alerts": 100, "period": "PT8M" },
                  "tags": ["Azure Key Vault"],
                  "threat": [
                    {
                      "tactic": { "id": "TA0006", "name": "Credential Access" },
                      "techniques": [
                        {
                          "id": "T1555",
                          "name": "Credentials from Password Stores",
                          "subtechniques": [{ "id": "T1555.006", "name": "Cloud Secrets Management Stores" }]
                        }
                      ]
                    }
                  ],
                  "references": ["https://learn.microsoft.com/en-us/azure/key-vault/general/logging"],
                  "falsePositives": ["Say here what looks like it and is harmless."],
                  "setup": "Each vault needs a diagnostic setting that sends the log category AuditEvent to where the host reads."
                }
                """.formatted(id, window, keys, counting);
    }

    private String guide() {
        return """
                # %s

                Say here what to look at first when this rule raises an alert, what usually explains it, and what to do if nothing does.
                """.formatted(id);
    }

    /** The clause of a case's sentence that gives a record the values which it does not have by itself. */
    private String with() {
        String values = key.stream()
                .filter(property -> !KNOWN.containsKey(property))
                .map(property -> property.epl() + "=" + sample(property))
                .collect(Collectors.joining(","));
        return values.isEmpty() ? "" : " with " + values;
    }

    private static String sample(Property property) {
        if (property.type() == Boolean.class) {
            return "true";
        }
        return property.type() == String.class ? "x" : "200";
    }

    private String expected() {
        Map<String, String> values = new LinkedHashMap<>();
        key.forEach(property -> values.put(property.epl(), KNOWN.getOrDefault(property, sample(property))));
        String names = values.entrySet().stream()
                .map(each -> "\"" + each.getKey() + "\": \"" + each.getValue() + "\"")
                .collect(Collectors.joining(", "));
        return "\"key\": { " + names + " }";
    }

    private String trueCases() {
        if (kind == Kind.EVENT) {
            return """
                    [
                      {
                        "name": "One such event",
                        "events": ["SecretGet%s at 10:00:05"],
                        "also": ["1 late by 4m", "duplicate"],
                        "expect": { %s }
                      }
                    ]
                    """.formatted(with(), expected());
        }
        return """
                [
                  {
                    "name": "Ten events within a minute",
                    "events": ["10 x SecretGet%s over 40s at 10:00:05"],
                    "also": ["reload at 10:00:20", "restart at 10:00:20", "3 late by 4m", "duplicate", "shuffled"],
                    "expect": { %s, "totals": { "count": 10 } }
                  }
                ]
                """.formatted(with(), expected());
    }

    private String falseCases() {
        String events = kind == Kind.EVENT ? "SecretSet%s at 10:00:05" : "9 x SecretGet%s over 40s at 10:00:05";
        String name = kind == Kind.EVENT ? "Another operation" : "Nine events are not enough";
        return """
                [
                  {
                    "name": "%s",
                    "events": ["%s"],
                    "expect": "none"
                  }
                ]
                """.formatted(name, events.formatted(with()));
    }
}
