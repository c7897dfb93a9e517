package dev.vaultwatch.tool.cases;

import com.fasterxml.jackson.databind.JsonNode;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.rule.Nearest;
import dev.vaultwatch.tuning.JsonFields;
import dev.vaultwatch.tuning.JsonFile;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Reads the cases of a rule, {@code cases/*.json}, with every fault found. Not thread-safe. */
final class CaseReader {
    /** A Monday with nothing else about it: no leap day, no change of the clocks. */
    private static final LocalDate DAY = LocalDate.of(2026, 3, 2);

    private static final Set<String> STAGES =
            new HashSet<>(Arrays.stream(AlertStage.values()).map(Enum::name).toList());

    private static final Set<String> KINDS =
            new HashSet<>(Arrays.stream(Notice.Kind.values()).map(Enum::name).toList());

    private final Path ruleFolder;
    private final List<RuleFault> faults;
    private final List<RuleFault> warnings;
    private final List<RuleCase> cases = new ArrayList<>();

    /** Files of cases and of records, absolute and normalized. */
    private final Set<Path> read = new HashSet<>();

    private final KnownActions actions;

    private CaseReader(Path ruleFolder, List<RuleFault> faults, List<RuleFault> warnings) {
        this.ruleFolder = ruleFolder;
        this.faults = faults;
        this.warnings = warnings;
        this.actions = KnownActions.of(ruleFolder);
    }

    /**
     * Reads the cases of the rule in a folder, in the order of their files.
     *
     * @param faults is given what is wrong; a case with a fault is left out
     * @param warnings is given what is probably not meant
     */
    static List<RuleCase> read(Path ruleFolder, List<RuleFault> faults, List<RuleFault> warnings) {
        CaseReader reader = new CaseReader(ruleFolder, faults, warnings);
        Path folder = ruleFolder.resolve(StrayFiles.FOLDER);
        if (Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                files.filter(file -> file.toString().endsWith(StrayFiles.ENDING))
                        .sorted()
                        .forEach(reader::readFile);
            } catch (IOException e) {
                faults.add(new RuleFault(folder.toString(), 0, 0, "The folder of cases can't be read: " + e + "."));
            }
        }
        warnings.addAll(StrayFiles.of(ruleFolder, reader.read));
        return List.copyOf(reader.cases);
    }

    private void note(Path path) {
        read.add(path.toAbsolutePath().normalize());
    }

    private void readFile(Path path) {
        note(path);
        JsonFile.read(path, path.toString(), faults).ifPresent(file -> {
            if (file.root().isArray() && file.root().isEmpty()) {
                faults.add(
                        file.fault("", "The file is an empty list, which tests nothing: expected at least one case."));
            }
            if (!file.root().isArray()) {
                readCase(path, file, "", new HashSet<>());
                return;
            }
            Set<String> names = new HashSet<>();
            for (int i = 0; i < file.root().size(); i++) {
                readCase(path, file, "/" + i, names);
            }
        });
    }

    private void readCase(Path path, JsonFile file, String pointer, Set<String> names) {
        int before = faults.size();
        JsonFields fields = new JsonFields(file, pointer, faults);
        if (faults.size() > before) {
            return;
        }
        fields.raw("$schema");
        Optional<String> name = fields.requiredText("name", "a sentence that says what happens");
        if (name.isPresent() && !names.add(name.get())) {
            fields.fault("name", "is the name of another case in this file");
        }
        LocalDate date = fields.text("date").map(text -> date(text, fields)).orElse(DAY);
        List<CaseEvent> events = events(path, file, fields, date);
        boolean hasAllEvents = faults.size() == before;
        List<Disturbance> disturbances = new ArrayList<>();
        for (String each : fields.list("also")) {
            String text = file.root().at(each).asText("");
            try {
                Disturbance disturbance = Disturbance.read(text, date);
                disturbances.add(disturbance);
                if (hasAllEvents) {
                    disturbance.pointless(events).ifPresent(why -> faults.add(file.fault(each, why)));
                }
            } catch (ShortForm.Misspelt e) {
                faults.add(file.within(each, inText(e), e.problem()));
            }
        }
        List<Expectation> expectations = expectations(file, fields, date);
        List<Notice.Kind> notices = notices(fields);
        if (!expectations.isEmpty()
                && notices.isEmpty()
                && expectations.stream().allMatch(each -> each.least() == 0 && each.most() > 0)) {
            fields.fault(
                    "expect",
                    "holds without any alert, as \"atMost\" alone does: expected \"atLeast\" beside it, another"
                            + " expectation that asks for an alert, or \"none\"");
        }
        Map<String, String> config = new HashMap<>();
        fields.object("config")
                .ifPresent(set -> set.names()
                        .forEach(key -> set.scalar(key).ifPresent(value -> config.put(key, value.toString()))));
        Optional<CaseTuning> tuning = fields.has("tuning")
                ? Optional.of(CaseTuning.of(fields.raw("tuning"), path, file, fields.pointer("tuning")))
                : Optional.empty();
        fields.refuseOthers("a case");
        if (faults.size() == before) {
            cases.add(new RuleCase(
                    ruleFolder,
                    path,
                    file.name(),
                    file.line(pointer),
                    name.orElseThrow(),
                    events,
                    disturbances,
                    expectations,
                    notices,
                    config,
                    tuning));
        }
    }

    /** A fault's place behind the quotation mark that opens the text; the text itself if all of it is meant. */
    private static int inText(ShortForm.Misspelt fault) {
        return fault.offset() == 0 ? 0 : fault.offset() + 1;
    }

    private static LocalDate date(String text, JsonFields fields) {
        try {
            return LocalDate.parse(text);
        } catch (DateTimeParseException e) {
            fields.fault("date", "is \"" + text + "\"; expected a day such as 2026-03-02");
            return DAY;
        }
    }

    // ---- events

    private List<CaseEvent> events(Path path, JsonFile file, JsonFields fields, LocalDate date) {
        List<CaseEvent> events = new ArrayList<>();
        if (!fields.has("events")) {
            fields.fault(
                    "",
                    "has no \"events\": expected a list, such as [\"12 x SecretGet,SecretList by user1 at 10:00:51\"]");
        }
        List<String> pointers = fields.list("events");
        if (fields.raw("events").isArray() && pointers.isEmpty()) {
            fields.fault("events", "is empty; expected at least one event");
        }
        for (String each : pointers) {
            JsonNode element = file.root().at(each);
            int before = events.size();
            if (element.isTextual()) {
                try {
                    events.addAll(ShortForm.read(element.textValue(), date));
                } catch (ShortForm.Misspelt e) {
                    faults.add(file.within(each, inText(e), e.problem()));
                }
            } else if (element.isObject() && element.size() == 1 && element.has("file")) {
                recordsOf(path.resolveSibling(element.get("file").asText()), file, each, events);
            } else if (element.isObject()) {
                inline(element.toString(), file, each, events);
            } else {
                faults.add(file.fault(
                        each,
                        "must be a text such as \"12 x SecretGet by user1 at 10:00:51\", a record in braces, or"
                                + " {\"file\": \"records.ndjson\"}"));
            }
            warnings.addAll(actions.unknown(file, each, events.subList(before, events.size())));
        }
        return events;
    }

    private void recordsOf(Path records, JsonFile file, String pointer, List<CaseEvent> events) {
        note(records);
        try {
            List<String> lines = Files.readAllLines(records, StandardCharsets.UTF_8);
            if (lines.stream().allMatch(String::isBlank)) {
                faults.add(file.fault(
                        pointer,
                        "names the file " + records + ", which has no record: expected lines of JSON records"));
            }
            for (String line : lines) {
                if (!line.isBlank()) {
                    inline(line, file, pointer, events);
                }
            }
        } catch (IOException e) {
            faults.add(file.fault(
                    pointer,
                    "names the file " + records
                            + ", which can't be read: expected lines of JSON records, in UTF-8, in a"
                            + " file beside this one"));
        }
    }

    private void inline(String record, JsonFile file, String pointer, List<CaseEvent> events) {
        Optional<CaseEvent> event = RecordEvent.of(record);
        if (event.isEmpty()) {
            faults.add(file.fault(
                    pointer,
                    "is no record of Key Vault with a time: expected such as {\"time\": …, \"category\": \"AuditEvent\","
                            + " \"operationName\": …}"));
        } else {
            events.add(event.get());
        }
    }

    // ---- what is expected

    private List<Expectation> expectations(JsonFile file, JsonFields fields, LocalDate date) {
        if (!fields.has("expect")) {
            fields.fault(
                    "", "has no \"expect\": expected \"none\", or an object such as {\"exactly\": 1, \"key\": {…}}");
            return List.of();
        }
        JsonNode expect = fields.raw("expect");
        if (expect.isTextual() && expect.textValue().equals("none")) {
            return List.of();
        }
        if (expect.isObject()) {
            return List.of(expectation(file, fields.pointer("expect"), date));
        }
        if (!expect.isArray() || expect.isEmpty()) {
            fields.fault("expect", "is " + expect + "; expected \"none\", an object, or a list of objects");
            return List.of();
        }
        return fields.list("expect").stream()
                .map(each -> expectation(file, each, date))
                .toList();
    }

    private List<Notice.Kind> notices(JsonFields fields) {
        List<Notice.Kind> notices = new ArrayList<>();
        for (String kind : fields.texts("notices")) {
            if (KINDS.contains(kind)) {
                notices.add(Notice.Kind.valueOf(kind));
            } else {
                fields.fault(
                        "notices",
                        "is \"" + kind + "\"; expected a kind of notice or a list of them"
                                + Nearest.asQuestion(kind, KINDS));
            }
        }
        return notices;
    }

    private Expectation expectation(JsonFile file, String pointer, LocalDate date) {
        JsonFields fields = new JsonFields(file, pointer, faults);
        Optional<Integer> exactly = fields.number("exactly", 0, 1_000_000);
        Optional<Integer> atLeast = fields.number("atLeast", 1, 1_000_000);
        Optional<Integer> atMost = fields.number("atMost", 0, 1_000_000);
        if (exactly.isPresent() && (atLeast.isPresent() || atMost.isPresent())) {
            fields.fault("exactly", "stands beside atLeast or atMost; expected one or the other");
        }
        int least = exactly.orElse(atLeast.orElse(atMost.isPresent() ? 0 : 1));
        int most = exactly.orElse(atMost.orElse(atLeast.isPresent() ? Integer.MAX_VALUE : least));
        Map<String, String> key = new TreeMap<>();
        fields.object("key")
                .ifPresent(values ->
                        values.names().forEach(name -> values.text(name).ifPresent(text -> key.put(name, text))));
        Optional<Instant> at = fields.text("window").flatMap(text -> {
            try {
                return Optional.of(ShortForm.time(text, 0, date));
            } catch (ShortForm.Misspelt e) {
                fields.fault("window", e.problem());
                return Optional.empty();
            }
        });
        List<AlertStage> stages = new ArrayList<>();
        for (String stage : fields.texts("stage")) {
            if (STAGES.contains(stage)) {
                stages.add(AlertStage.valueOf(stage));
            } else {
                fields.fault(
                        "stage",
                        "is \"" + stage + "\"; expected EARLY, ON_TIME, REVISED, RETRACTED or a list of these");
            }
        }
        Map<String, Expectation.Total> totals = new TreeMap<>();
        fields.object("totals")
                .ifPresent(values -> values.names()
                        .forEach(name -> total(file, values, name).ifPresent(total -> totals.put(name, total))));
        fields.refuseOthers("an expectation");
        return new Expectation(least, most, key, at, stages, totals, pointer);
    }

    private Optional<Expectation.Total> total(JsonFile file, JsonFields values, String name) {
        JsonNode value = values.raw(name);
        if (value.isArray()) {
            return Optional.of(new Expectation.Total.Elements(values.texts(name)));
        }
        if (value.isObject()) {
            JsonFields range = new JsonFields(file, values.pointer(name), faults);
            int least = range.number("atLeast", 0, Integer.MAX_VALUE).orElse(0);
            int most = range.number("atMost", 0, Integer.MAX_VALUE).orElse(Integer.MAX_VALUE);
            range.refuseOthers("a range");
            if (!range.has("atLeast") && !range.has("atMost")) {
                range.fault("", "has no bound, so that every number fits: expected \"atLeast\", \"atMost\" or both");
            } else if (least > most) {
                range.fault("atLeast", "is " + least + ", above \"atMost\", so that no number fits");
            }
            return Optional.of(new Expectation.Total.Between(BigDecimal.valueOf(least), BigDecimal.valueOf(most)));
        }
        Optional<Object> scalar = values.scalar(name);
        boolean isNumber = scalar.filter(BigDecimal.class::isInstance).isPresent();
        boolean isTruth = scalar.filter(Boolean.class::isInstance).isPresent();
        if (name.equals(Expectation.COUNT) && scalar.isPresent() && !isNumber) {
            values.fault(name, "is " + value + "; expected a number such as 12, or a range such as {\"atLeast\": 12}");
        } else if (name.equals(Expectation.AT_LEAST) && scalar.isPresent() && !isTruth) {
            values.fault(name, "is " + value + "; expected true or false, without quotation marks");
        }
        return scalar.map(Expectation.Total.Exactly::new);
    }
}
