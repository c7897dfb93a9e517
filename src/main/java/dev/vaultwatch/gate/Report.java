package dev.vaultwatch.gate;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.misc.Interval;
import org.jspecify.annotations.Nullable;

/** Collects why one statement may not pass, and words it. */
final class Report {
    private static final String UNLESS_ALLOWED = ", unless the site allows rules without bounds";
    private static final int SHOWN = 60;

    private final boolean allowUnboundedState;
    private final List<Refusal> refusals = new ArrayList<>();

    Report(boolean allowUnboundedState) {
        this.allowUnboundedState = allowUnboundedState;
    }

    List<Refusal> refusals() {
        return List.copyOf(refusals);
    }

    /** Refuses state or cost without a bound, which a site may allow. */
    void endless(Token token, String problem) {
        if (!allowUnboundedState) {
            refuse(token, problem + UNLESS_ALLOWED + ".");
        }
    }

    void refuse(Token token, String problem) {
        refusals.add(new Refusal(token.getLine(), token.getCharPositionInLine(), problem));
    }

    static String sorted(Set<String> names) {
        return String.join(", ", names.stream().sorted().toList());
    }

    static String sentence(String words) {
        return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
    }

    /** A name without the backticks around it. */
    static String plain(String name) {
        return name.startsWith("`") && name.endsWith("`") && name.length() > 1
                ? name.substring(1, name.length() - 1)
                : name;
    }

    /** The text as it is written, in quotes and not too long. */
    static String quoted(ParserRuleContext context) {
        return "'" + shortened(written(context.getStart(), context.getStop())) + "'";
    }

    static String shortened(String text) {
        String line = text.replaceAll("\\s+", " ").strip();
        return line.length() > SHOWN ? line.substring(0, SHOWN - 3) + "..." : line;
    }

    private static String written(Token start, @Nullable Token stop) {
        if (stop == null || stop.getStopIndex() < start.getStartIndex()) {
            return start.getText();
        }
        return start.getInputStream().getText(Interval.of(start.getStartIndex(), stop.getStopIndex()));
    }
}
