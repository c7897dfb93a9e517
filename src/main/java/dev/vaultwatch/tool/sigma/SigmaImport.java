package dev.vaultwatch.tool.sigma;

import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Converts Sigma rules about Key Vault's records to rule folders: correlations that count events or values, and rules about single
 * events. What the specification demands and can't be had here is a fault; nothing is written then. Used once, by one thread.
 */
public final class SigmaImport {
    /** More is no rule. */
    private static final long LARGEST_FILE = 1 << 20;

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
    private final List<RuleDraft> drafts = new ArrayList<>();

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
        List<RuleFault> errors =
                converted.all.stream().flatMap(each -> each.errors().stream()).toList();
        if (!errors.isEmpty()) {
            throw new RuleException(errors);
        }
        Set<Path> folders = new LinkedHashSet<>();
        for (RuleDraft draft : converted.drafts) {
            Path folder = parent.resolve(draft.id());
            if (Files.exists(folder) || !folders.add(folder)) {
                throw new FileAlreadyExistsException(folder.toString(), null, "there is such a rule already");
            }
        }
        for (RuleDraft draft : converted.drafts) {
            draft.write(parent.resolve(draft.id()));
        }
        return new Imported(
                List.copyOf(folders),
                converted.all.stream().flatMap(each -> each.warnings().stream()).toList());
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
        if (root.text("title").isEmpty()) {
            document.faults().error(root, "The rule has no \"title\".");
        }
        root.get("action")
                .ifPresent(at ->
                        document.faults().error(at, "\"action\" is of Sigma 1; expected documents that are whole."));
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
                drafts.add(RuleDraft.ofEvent(SigmaFacts.of(document.root(), document.faults()), matching));
            }
        }
    }

    private void correlate(Document document, Correlation correlation, Set<Document> parts) {
        List<Matching> about = new ArrayList<>();
        boolean whole = true;
        for (YamlNode name : correlation.rules()) {
            Optional<Document> rule =
                    events.stream().filter(each -> each.isCalled(name.text())).findFirst();
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
            if (matching != null) {
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
        drafts.add(RuleDraft.ofCorrelation(
                SigmaFacts.of(document.root(), document.faults()),
                about.size() == 1 ? about.get(0) : new Matching.Any(about),
                correlation,
                windows));
    }
}
