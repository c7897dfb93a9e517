package dev.vaultwatch.tool.sigma;

import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.rule.Nearest;
import dev.vaultwatch.tool.sigma.YamlNode.Kind;
import dev.vaultwatch.tool.sigma.YamlNode.NotYaml;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Converts Sigma rules about Key Vault's records to rule folders: correlations that count events or values, and rules about single
 * events. What the specification demands and can't be had here is a fault; nothing is written then. Used once, by one thread.
 */
public final class SigmaImport {
    /** More is no rule. */
    private static final long LARGEST_FILE = 1 << 20;

    private static final Set<String> KEYS = Set.of(
            "title",
            "id",
            "name",
            "related",
            "taxonomy",
            "status",
            "description",
            "license",
            "author",
            "references",
            "date",
            "modified",
            "fields",
            "falsepositives",
            "level",
            "tags",
            "scope");

    private static final Set<String> EVENT_KEYS = plus(KEYS, "logsource", "detection");
    private static final Set<String> CORRELATION_KEYS = plus(KEYS, "correlation", "generate");

    /** When a correlation begins to count. */
    public enum Windows {
        /** With any event: the timespan is any stretch of time. */
        SLIDING,
        /** At multiples of the timespan since the epoch. */
        STATIC
    }

    /**
     * What was written.
     *
     * @param folders of the rules
     * @param warnings what is otherwise than in Sigma, or was left out
     */
    public record Imported(List<Path> folders, List<RuleFault> warnings) {
        /** Copies the lists. */
        public Imported {
            folders = List.copyOf(folders);
            warnings = List.copyOf(warnings);
        }
    }

    /** One YAML document. */
    private record Document(YamlNode root, Faults faults) {
        YamlNode title() {
            return root.get("title").orElse(root);
        }

        boolean isCalled(String name) {
            return root.text("name").filter(name::equals).isPresent()
                    || root.text("id").filter(name::equals).isPresent();
        }
    }

    private final Windows windows;
    private final List<Faults> all = new ArrayList<>();
    private final List<Document> events = new ArrayList<>();
    private final List<Document> correlations = new ArrayList<>();
    private final Map<Document, Matching> matchings = new LinkedHashMap<>();
    private final Map<RuleDraft, Document> drafts = new LinkedHashMap<>();

    private static Set<String> plus(Set<String> some, String... others) {
        Set<String> all = new HashSet<>(some);
        all.addAll(List.of(others));
        return Set.copyOf(all);
    }

    private SigmaImport(Windows windows) {
        this.windows = windows;
    }

    /**
     * Converts files.
     *
     * @param files rules and correlations, several documents in a file or not; a correlation finds its rules in any of them
     * @param parent where the rules' folders are made
     * @throws RuleException with everything that can't be converted; nothing is written then
     * @throws IOException if a file can't be read or written, or a rule's folder is there already
     */
    public static Imported write(List<Path> files, Path parent, Windows windows) throws IOException {
        SigmaImport converted = new SigmaImport(windows);
        for (Path file : files) {
            converted.read(file);
        }
        converted.convert();
        converted.refuseErrors();
        List<Path> folders = new ArrayList<>();
        for (RuleDraft draft : converted.drafts.keySet()) {
            Path folder = parent.resolve(draft.id());
            if (Files.exists(folder)) {
                throw new FileAlreadyExistsException(folder.toString(), null, "there is such a rule already");
            }
            folders.add(folder);
        }
        List<RuleDraft> tried = new ArrayList<>();
        for (Map.Entry<RuleDraft, Document> each : converted.drafts.entrySet()) {
            Document document = each.getValue();
            tried.add(DraftTrial.of(each.getKey(), document.root(), document.faults()));
        }
        converted.refuseErrors();
        for (RuleDraft draft : tried) {
            draft.write(parent.resolve(draft.id()));
        }
        return new Imported(
                folders,
                converted.all.stream().flatMap(each -> each.warnings().stream()).toList());
    }

    private void refuseErrors() {
        List<RuleFault> errors =
                all.stream().flatMap(each -> each.errors().stream()).toList();
        if (!errors.isEmpty()) {
            throw new RuleException(errors);
        }
    }

    private void read(Path file) throws IOException {
        Faults faults = new Faults(file.toString());
        all.add(faults);
        if (!Files.isRegularFile(file) || Files.size(file) > LARGEST_FILE) {
            faults.error(0, 0, "Expected a regular file of at most 1 MiB.");
            return;
        }
        try {
            List<YamlNode> documents = YamlNode.documents(Files.readString(file));
            if (documents.isEmpty()) {
                faults.error(0, 0, "The file is empty; expected a Sigma rule.");
            }
            documents.forEach(root -> sort(new Document(root, faults)));
        } catch (CharacterCodingException e) {
            faults.error(0, 0, "The file is not in UTF-8.");
        } catch (NotYaml e) {
            faults.error(e.line(), e.column(), String.valueOf(e.getMessage()));
        }
    }

    private void sort(Document document) {
        YamlNode root = document.root();
        if (root.kind() != Kind.MAP) {
            document.faults().error(root, "The document has " + root.kind() + "; expected a Sigma rule.");
        } else if (root.get("correlation").isPresent()) {
            correlations.add(document);
        } else if (root.get("detection").isPresent()) {
            events.add(document);
        } else if (root.get("filter").isPresent()) {
            document.faults().error(root, "Sigma filters are not supported; see exceptions in tuning.json.");
        } else {
            document.faults().error(root, "This is no Sigma rule: it has neither \"detection\" nor \"correlation\".");
        }
        keys(document);
        if (root.text("title").isEmpty()) {
            document.faults().error(root, "The rule has no \"title\".");
        }
        root.get("action")
                .ifPresent(at ->
                        document.faults().error(at, "\"action\" is of Sigma 1; expected documents that are whole."));
    }

    /** The specification allows keys of one's own; a slip of the key looks like one. */
    private static void keys(Document document) {
        YamlNode root = document.root();
        boolean correlation = root.get("correlation").isPresent();
        Set<String> its = correlation ? CORRELATION_KEYS : EVENT_KEYS;
        for (YamlNode.Entry entry : root.entries()) {
            String name = entry.key().text();
            if (correlation && name.equals("detection")) {
                document.faults()
                        .error(
                                entry.key(),
                                "The document has a \"correlation\" and a \"detection\"; expected a document for each.");
            } else if (!its.contains(name) && !name.equals("action") && !name.equals("filter")) {
                document.faults()
                        .warning(
                                entry.key(),
                                "\"" + name + "\" is no key of a Sigma "
                                        + (correlation ? "correlation" : "rule about events") + ", and is ignored"
                                        + Nearest.asQuestion(name, its));
            } else if (name.equals("filter")
                    && (correlation || root.get("detection").isPresent())) {
                document.faults().error(entry.key(), "Sigma filters are not supported; see exceptions in tuning.json.");
            }
        }
    }

    /** Two rules of one name would have one folder. */
    private void draft(RuleDraft draft, Document document) {
        Optional<Document> other = drafts.entrySet().stream()
                .filter(each -> each.getKey().id().equals(draft.id()))
                .map(Map.Entry::getValue)
                .findFirst();
        if (other.isPresent()) {
            document.faults()
                    .error(
                            document.title(),
                            "The rule's folder would be \"" + draft.id() + "\", as that of the rule at "
                                    + other.get().faults().place(other.get().title())
                                    + "; expected titles that differ in letters or digits within the first "
                                    + SigmaFacts.LONGEST_ID + " characters.");
        }
        drafts.put(draft, document);
    }

    private void convert() {
        for (Document document : events) {
            LogSource.check(document.root(), document.faults());
            document.root()
                    .get("detection")
                    .flatMap(its -> Detection.of(its, document.faults()))
                    .ifPresent(matching -> matchings.put(document, matching));
        }
        Set<Document> parts = new HashSet<>();
        for (Document document : correlations) {
            Optional<Correlation> correlation = document.root()
                    .get("correlation")
                    .flatMap(its -> Correlation.of(document.root(), its, document.faults()));
            correlation.ifPresent(its -> correlate(document, its, parts));
        }
        for (Document document : events) {
            Matching matching = matchings.get(document);
            if (!parts.contains(document) && matching != null) {
                draft(RuleDraft.ofEvent(SigmaFacts.of(document.root(), document.faults()), matching), document);
            }
        }
    }

    private void correlate(Document document, Correlation correlation, Set<Document> parts) {
        List<Matching> about = new ArrayList<>();
        boolean whole = true;
        for (YamlNode name : correlation.rules()) {
            List<Document> called =
                    events.stream().filter(each -> each.isCalled(name.text())).toList();
            Optional<Document> rule = called.stream().findFirst();
            if (called.size() > 1) {
                document.faults()
                        .error(
                                name,
                                "\"" + name.text() + "\" is the name or id of " + called.size() + " rules: "
                                        + called.stream()
                                                .map(each -> each.faults().place(each.title()))
                                                .collect(Collectors.joining(", "))
                                        + "; expected one.");
                whole = false;
                continue;
            }
            if (rule.isEmpty()) {
                boolean chained = correlations.stream().anyMatch(each -> each.isCalled(name.text()));
                document.faults()
                        .error(
                                name,
                                chained
                                        ? "\"" + name.text()
                                                + "\" is a correlation; a correlation of correlations is not"
                                                + " supported."
                                        : "There is no rule with the name or id \"" + name.text()
                                                + "\"; give the file that has it, too.");
                whole = false;
                continue;
            }
            if (!correlation.generates()) {
                parts.add(rule.get());
            }
            Matching matching = matchings.get(rule.get());
            whole &= matching != null;
            // A rule may be named by its name and by its id.
            if (matching != null && !about.contains(matching)) {
                about.add(matching);
            }
        }
        if (!whole) {
            return;
        }
        if (windows == Windows.STATIC) {
            document.faults()
                    .warning(
                            document.root(),
                            "The windows are static: what begins in one and ends in the next is counted in two parts, and may"
                                    + " be missed.");
        }
        draft(
                RuleDraft.ofCorrelation(
                        SigmaFacts.of(document.root(), document.faults()),
                        about.size() == 1 ? about.get(0) : new Matching.Any(about),
                        correlation,
                        windows),
                document);
    }
}
