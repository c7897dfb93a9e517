package dev.vaultwatch.engine;

import com.espertech.esper.common.client.module.ModuleItem;
import com.espertech.esper.compiler.client.EPCompileExceptionItem;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.rule.EplText;
import dev.vaultwatch.rule.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds where in a rule file a fault is. Esper 9.0.0 gives a line and column for syntax, relative to the statement; for
 * anything else the statement alone, and the word it stumbled over in quotes; and nothing for an unbalanced quote.
 */
final class FaultFinder {
    private static final Pattern AT = Pattern.compile(" at line (\\d+)(?: column (\\d+))?");
    private static final Pattern LEADING_COMMENTS = Pattern.compile("(?:\\s|//[^\\n]*|/\\*(?s:.*?)\\*/)*");
    private static final Pattern TOKEN = Pattern.compile("\\w+|[^\\w\\s]");
    private static final Pattern QUOTE = Pattern.compile("['\"]");

    /** Quotes that editors and chat programs put in the place of straight ones. */
    private static final String TYPOGRAPHIC = "\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb";

    private static final Pattern QUOTED = Pattern.compile("'([^']+)'");

    private static final Pattern RESERVED = Pattern.compile("near '([^']+)' \\(a reserved keyword\\)");

    private static final Pattern UNKNOWN =
            Pattern.compile("(Property named '([^']+)' is not valid in any stream)(?: \\(did you mean '[^']*'\\?\\))?");

    /** Names that a property has in Azure's records and tables, in small letters; others are the property's own. */
    private static final Map<String, String> OF_RECORDS = Map.of(
            "operationname", "action",
            "calleripaddress", "sourceIp",
            "timegenerated", "time",
            "userprincipalname", "upn",
            "httpstatuscode", "httpStatus",
            "tenantid", "tenant",
            "clientinfo", "client",
            "duration", "durationMs");

    private final Rule rule;

    FaultFinder(Rule rule) {
        this.rule = rule;
    }

    /** A fault that belongs to no statement. */
    RuleFault inFile(Throwable thrown) {
        String message = message(thrown);
        Matcher at = AT.matcher(message);
        if (at.find()) {
            return new RuleFault(rule.file(), number(at.group(1)), number(at.group(2)), tidy(message));
        }
        int quote = badQuote(rule.epl());
        if (quote >= 0) {
            char which = rule.epl().charAt(quote);
            return at(
                    quote,
                    (TYPOGRAPHIC.indexOf(which) < 0
                                    ? "The quote that opens here is never closed. "
                                    : "The quote " + which + " is none of EPL's, but an editor's; expected ' or \". ")
                            + tidy(message));
        }
        return new RuleFault(rule.file(), 0, 0, tidy(message));
    }

    /** A fault found while one statement was parsed. */
    RuleFault inItem(ModuleItem item, Throwable thrown) {
        return inStatement(start(item), item.getExpression(), message(thrown));
    }

    /** A fault of ours in one statement; a word in quotes says where. */
    RuleFault inItem(ModuleItem item, String problem) {
        return inStatement(start(item), item.getExpression(), problem);
    }

    /** A fault of ours in a statement as a whole. */
    RuleFault atStart(ModuleItem item, String problem) {
        return at(start(item) + firstWord(item.getExpression()), tidy(problem));
    }

    /**
     * Faults found while the module was compiled. What is wrong with a statement is wrong with the early one derived from it;
     * that is told only if it is all there is.
     */
    List<RuleFault> inCompiled(List<ModuleItem> items, List<EPCompileExceptionItem> found) {
        List<RuleFault> written = new ArrayList<>();
        List<RuleFault> derived = new ArrayList<>();
        for (EPCompileExceptionItem fault : found) {
            String message = message(fault);
            Optional<ModuleItem> source = items.stream()
                    .filter(item -> sameText(item.getExpression(), fault.getExpression()))
                    .findFirst();
            if (source.isPresent()) {
                written.add(inStatement(start(source.get()), source.get().getExpression(), message));
            } else {
                derived.add(new RuleFault(
                        rule.file(), 0, 0, "In the early statement derived from this rule: " + tidy(message)));
            }
        }
        return written.isEmpty() ? derived : written;
    }

    /** Esper gives a statement back on one line. */
    private static boolean sameText(@Nullable String one, @Nullable String other) {
        return one != null && other != null && one.replaceAll("\\s+", " ").equals(other.replaceAll("\\s+", " "));
    }

    private RuleFault inStatement(int start, String statement, String told) {
        String message = meant(statement, told);
        Matcher at = AT.matcher(message);
        if (at.find()) {
            int line = number(at.group(1));
            int column = Math.max(number(at.group(2)), 0);
            int offset = offset(statement, line, column);
            return at(start + offset, tidy(message));
        }
        // Texts come second: a word that stands in one is seldom meant, and what is quoted may have a text in it.
        List<String> written = List.of(EplText.blanked(statement, true), EplText.blanked(statement, false));
        Matcher quoted = QUOTED.matcher(message);
        while (quoted.find()) {
            for (String code : written) {
                Matcher word = asWritten(quoted.group(1)).matcher(code);
                if (word.find(firstWord(statement))) {
                    return at(start + word.start(), tidy(message));
                }
            }
        }
        return at(start + firstWord(statement), tidy(message));
    }

    /** Esper guesses the nearest of its names; what a person knows from records or has named in the statement is another one. */
    private static String meant(String statement, String message) {
        Matcher unknown = UNKNOWN.matcher(message);
        if (!unknown.find()) {
            return message;
        }
        String name = unknown.group(2);
        String ofRecords = OF_RECORDS.get(name.toLowerCase(Locale.ROOT));
        boolean isColumn = Pattern.compile("(?i)\\bas\\s+`?" + Pattern.quote(name) + "`?(?!\\w)")
                .matcher(EplText.blanked(statement, true))
                .find();
        if (ofRecords == null && !isColumn) {
            return message;
        }
        String hint = ofRecords != null
                ? " (what a record has as " + name + " is '" + ofRecords + "' here)"
                : " (it is the name of a column, which is known last; expected what the column is, such as count(*))";
        return message.substring(0, unknown.start()) + unknown.group(1) + hint + message.substring(unknown.end());
    }

    /** Finds an expression that Esper prints without the spaces and line ends it was written with, and with quotes of its own. */
    private static Pattern asWritten(String printed) {
        String tokens = TOKEN.matcher(printed)
                .results()
                .map(MatchResult::group)
                // Esper prints all texts in double quotes.
                .map(token -> QUOTE.matcher(token).matches() ? QUOTE.pattern() : Pattern.quote(token))
                .collect(Collectors.joining("\\s*"));
        return Pattern.compile("(?<![\\w.])" + tokens + "(?!\\w)");
    }

    /** Where a statement's first word stands: Esper counts the comments before a statement as part of it. */
    private static int firstWord(String statement) {
        Matcher comments = LEADING_COMMENTS.matcher(statement);
        return comments.lookingAt() ? comments.end() : 0;
    }

    /** Where a statement begins in the file. Esper's own offset is of the text without comments, so it is looked for. */
    private int start(ModuleItem item) {
        int found = rule.epl().indexOf(item.getExpression());
        return Math.max(found, 0);
    }

    private RuleFault at(int offset, String problem) {
        String before = rule.epl().substring(0, Math.min(offset, rule.epl().length()));
        int line = (int) before.chars().filter(c -> c == '\n').count() + 1;
        int column = before.length() - (before.lastIndexOf('\n') + 1) + 1;
        return new RuleFault(rule.file(), line, column, problem);
    }

    private static int offset(String text, int line, int column) {
        int offset = 0;
        for (int i = 1; i < line; i++) {
            int end = text.indexOf('\n', offset);
            if (end < 0) {
                break;
            }
            offset = end + 1;
        }
        return Math.min(offset + column, text.length());
    }

    /**
     * Where a quote stands that is none of EPL's, or one opens that is never closed: the first literal that runs over a line's end, which
     * EPL does not allow; or the last that is open. Comments are passed over.
     */
    private static int badQuote(String text) {
        int open = -1;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (open >= 0) {
                if (c == '\n') {
                    return open;
                }
                if (c == '\\') {
                    i++;
                } else if (c == text.charAt(open)) {
                    if (i + 1 < text.length() && Character.isJavaIdentifierPart(text.charAt(i + 1))) {
                        // This was to open the next literal: the one before it was never closed.
                        return open;
                    }
                    open = -1;
                }
            } else if (text.startsWith("//", i)) {
                int end = text.indexOf('\n', i);
                i = end < 0 ? text.length() : end;
            } else if (text.startsWith("/*", i)) {
                int end = text.indexOf("*/", i);
                i = end < 0 ? text.length() : end + 1;
            } else if (TYPOGRAPHIC.indexOf(c) >= 0) {
                return i;
            } else if (c == '\'' || c == '"') {
                open = i;
            }
        }
        return open;
    }

    private static String message(Throwable thrown) {
        return thrown.getMessage() == null ? thrown.getClass().getName() : thrown.getMessage();
    }

    /** Esper appends the whole statement in brackets; the file is at hand, so it is cut. */
    private static String tidy(String message) {
        int bracket = message.lastIndexOf(" [");
        String text = bracket > 0 && message.endsWith("]") ? message.substring(0, bracket) : message;
        text = AT.matcher(text).replaceFirst("").strip();
        text = RESERVED.matcher(text)
                .replaceFirst("near '$1' (a reserved keyword; as a name write it in backticks, as in `$1`)");
        return text.endsWith(".") || text.endsWith("?") || text.endsWith("?)") ? text : text + ".";
    }

    private static int number(String digits) {
        return digits == null ? 0 : Integer.parseInt(digits);
    }
}
