package dev.vaultwatch.fuzz;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The rules' folder, the same for every scenario so that a rule is compiled once, and since when which rules are in force. */
final class RulesInForce {
    private final Path folder;
    private final Account account;
    private final Map<String, FuzzRule> every = new HashMap<>();
    private List<FuzzRule> now = List.of();

    RulesInForce(Path folder, Account account, List<FuzzRule> first) {
        this.folder = folder;
        this.account = account;
        begin(first, Long.MIN_VALUE, Long.MIN_VALUE);
        write(false);
    }

    Path folder() {
        return folder;
    }

    List<FuzzRule> now() {
        return now;
    }

    /** Every rule that there has been, by id; grows. */
    Map<String, FuzzRule> every() {
        return every;
    }

    /**
     * Puts others into the folder.
     *
     * @param others empty for those that are there
     * @param comment whether the text changes, if nothing else
     * @param least a watermark that had been reached
     * @param most a watermark that had not been passed
     */
    void change(List<FuzzRule> others, boolean comment, long least, long most) {
        if (!others.isEmpty()) {
            begin(others, least, most);
        }
        if (comment || !others.isEmpty()) {
            write(comment);
        }
    }

    private void begin(List<FuzzRule> rules, long least, long most) {
        now = rules;
        rules.forEach(rule -> every.putIfAbsent(rule.id(), rule));
        account.eras.add(new Era(rules, least, most));
    }

    private void write(boolean comment) {
        Folders.writeRules(folder, now, comment ? "// Tuned.\n" : "");
    }

    /** Puts text into the folder that can't be compiled, for the time of a call. */
    void whileBroken(Runnable call) {
        Folders.breakRules(folder, now);
        try {
            call.run();
        } finally {
            write(false);
        }
    }
}
