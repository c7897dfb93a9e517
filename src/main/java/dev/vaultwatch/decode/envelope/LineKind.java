package dev.vaultwatch.decode.envelope;

import java.util.Optional;
import java.util.regex.Pattern;

/** Kinds of text that hold records, if any, in a form that isn't read, recognised by one line of theirs. */
public enum LineKind {
    /** ArcSight's Common Event Format: an event as a product tells it, after the record was read. */
    CEF("CEF", "Send the Key Vault record itself, as JSON.", ".*\\bCEF:\\d+\\|.*"),
    /** QRadar's Log Event Extended Format. */
    LEEF("LEEF", "Send the Key Vault record itself, as JSON.", ".*\\bLEEF:\\d+(?:\\.\\d+)?\\|.*"),
    /** XML without a declaration, or HTML: a syslog priority in such brackets is a number. */
    XML("XML or HTML", "Export it as JSON or CSV.", "<[A-Za-z!/].*"),
    /** A table drawn with lines: Markdown, a database's client, PowerShell's Format-Table, the az command line's. */
    TABLE("a table drawn for reading", "Export it as JSON or CSV.", "(?:\\|.*\\||\\+-{2,}.*\\+|-{3,}(?: +-{3,})+)"),
    /** PowerShell's Format-List, which is what it prints where columns don't fit. */
    LIST("a list as PowerShell prints it", "Export it with ConvertTo-Json -Depth 10.", "[A-Za-z_]\\w* +: .*"),
    /** YAML 1.2: the start of a document, of an item, of a mapping. */
    YAML(
            "YAML",
            "Convert it to JSON, such as with yq -o json.",
            "(?:---(?: .*)?|%YAML .*|- *[\"']?[A-Za-z_@][\\w.@]*[\"']?:(?: .*)?|[\"']?[A-Za-z_@][\\w.@]*[\"']?:(?: [^{]*)?)"),
    /** Heroku's logfmt, and whatever else writes a name, an equals sign and a value. */
    PAIRS("pairs of names and values", "Send the record as JSON.", "[\\w.@-]+=\\S*(?: +[\\w.@-]+=.*)+"),
    /** What CSV is without its first line. */
    ROW(
            "a row of values, and no line with the names of its columns came before it",
            "Put the line of names first, or export with it.",
            "[^\\t{]*(?:\\t[^\\t{]*){2,}|[^,{]*(?:,[^,{]*){3,}|[^;{]*(?:;[^;{]*){3,}");

    /** What is enough of a line to know it. */
    public static final int HEAD = 4096;

    private final String what;
    private final String advice;

    @SuppressWarnings("ImmutableEnumChecker") // patterns are
    private final Pattern pattern;

    LineKind(String what, String advice, String pattern) {
        this.what = what;
        this.advice = advice;
        this.pattern = Pattern.compile(pattern);
    }

    /** What the line is, and what to do about it, in two sentences. */
    public String sentence() {
        return "This is " + what + ". " + advice;
    }

    /** The kind of a line that is no JSON; empty for what is of none. */
    public static Optional<LineKind> of(String line) {
        String text = line.strip();
        for (LineKind kind : values()) {
            if (kind.pattern.matcher(text).matches()) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }
}
