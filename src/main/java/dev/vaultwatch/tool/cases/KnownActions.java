package dev.vaultwatch.tool.cases;

import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.event.Operations;
import dev.vaultwatch.rule.Nearest;
import dev.vaultwatch.tuning.JsonFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The actions that a case's events may have without a question: Key Vault's, and those that the rule names. With a misspelt one a case that
 * expects nothing holds whatever the rule says. Immutable.
 */
final class KnownActions {
    private static final Pattern TEXT = Pattern.compile("'([^'\\n]*)'|\"([^\"\\n]*)\"");

    /** As much as a rule's file may have. */
    private static final int MOST_BYTES = 1 << 20;

    private final Set<String> known;

    private KnownActions(Set<String> known) {
        this.known = known;
    }

    /** Those of a rule; Key Vault's alone if its file can't be read, which others tell. */
    static KnownActions of(Path ruleFolder) {
        Set<String> known = new TreeSet<>(Operations.known());
        Path logic = ruleFolder.resolve("rule.epl");
        // A pipe may never end.
        if (!Files.isRegularFile(logic)) {
            return new KnownActions(known);
        }
        try (InputStream in = Files.newInputStream(logic)) {
            String epl = new String(in.readNBytes(MOST_BYTES), StandardCharsets.UTF_8);
            TEXT.matcher(epl)
                    .results()
                    .forEach(text -> known.add(text.group(1) == null ? text.group(2) : text.group(1)));
        } catch (IOException e) {
            return new KnownActions(Operations.known());
        }
        return new KnownActions(known);
    }

    /** A sentence for each action of the events that nobody knows, at the events' place in the file. */
    List<RuleFault> unknown(JsonFile file, String pointer, List<CaseEvent> events) {
        Set<String> unknown = events.stream()
                .map(CaseEvent::action)
                .filter(action -> !known.contains(action))
                .collect(Collectors.toCollection(LinkedHashSet::new));
        List<RuleFault> found = new ArrayList<>();
        for (String action : unknown) {
            // Behind the quotation mark that opens the sentence.
            int at = file.root().at(pointer).asText().indexOf(action) + 1;
            found.add(file.within(
                    pointer,
                    at,
                    "has the action \"" + action
                            + "\", which is none of Key Vault's that are known here, and which the rule does not name"
                            + Nearest.asQuestion(action, known)));
        }
        return found;
    }
}
