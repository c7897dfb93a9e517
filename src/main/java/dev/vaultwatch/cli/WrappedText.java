package dev.vaultwatch.cli;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertFormat;

/**
 * The text format for a terminal: wrapped between words at a width, with a hanging indent: a line's continuation begins where its own text does, behind the
 * label. A word that is wider than the room is cut, since a terminal would cut it in any case. Escape sequences for colour count as
 * nothing. Characters count by code point.
 */
final class WrappedText implements AlertFormat {
    /** Narrower than this the room behind a label is no room. */
    private static final int LEAST_ROOM = 20;

    private final AlertFormat text;
    private final int width;

    /**
     * Wraps what another format writes.
     *
     * @param width of the terminal in columns
     */
    WrappedText(AlertFormat text, int width) {
        this.text = text;
        this.width = width;
    }

    @Override
    public String name() {
        return text.name();
    }

    @Override
    public String render(Alert alert) {
        return of(text.render(alert), width);
    }

    /**
     * Wraps each line.
     *
     * @param width in columns
     */
    static String of(String text, int width) {
        StringBuilder wrapped = new StringBuilder(text.length() + 64);
        String separator = "";
        for (String line : text.split("\n", -1)) {
            wrapped.append(separator);
            wrap(line, width, wrapped);
            separator = "\n";
        }
        return wrapped.toString();
    }

    private static void wrap(String line, int width, StringBuilder wrapped) {
        if (columns(line) <= width) {
            wrapped.append(line);
            return;
        }
        int indent = indent(line);
        if (width - indent < LEAST_ROOM) {
            indent = 0;
        }
        String rest = line;
        int room = width;
        while (columns(rest) > room) {
            int cut = cut(rest, room, room == width ? indent : 0);
            wrapped.append(rest.substring(0, cut).stripTrailing()).append('\n').append(" ".repeat(indent));
            rest = rest.substring(cut).stripLeading();
            room = width - indent;
        }
        wrapped.append(rest);
    }

    /** Where the text behind {@code "  label   "} begins; a line without a label hangs by two. */
    private static int indent(String line) {
        int at = 0;
        while (at < line.length() && line.charAt(at) == ' ') {
            at++;
        }
        if (at == 0) {
            return 2;
        }
        while (at < line.length() && line.charAt(at) != ' ') {
            at++;
        }
        while (at < line.length() && line.charAt(at) == ' ') {
            at++;
        }
        return at;
    }

    /** How many characters fit: up to the last space behind the label, or to the last column if there is none. */
    private static int cut(String text, int room, int label) {
        int at = 0;
        int space = -1;
        for (int column = 0; at < text.length(); ) {
            int escape = escape(text, at);
            if (escape > 0) {
                at += escape;
                continue;
            }
            if (text.charAt(at) == ' ' && at > label) {
                space = at;
            }
            if (column == room) {
                break;
            }
            column++;
            at += Character.charCount(text.codePointAt(at));
        }
        return space > 0 ? space : at;
    }

    private static int columns(String text) {
        int columns = 0;
        for (int at = 0; at < text.length(); ) {
            int escape = escape(text, at);
            if (escape > 0) {
                at += escape;
            } else {
                columns++;
                at += Character.charCount(text.codePointAt(at));
            }
        }
        return columns;
    }

    /** The length of the "Select Graphic Rendition" (ECMA-48) that begins there, or 0. */
    private static int escape(String text, int at) {
        if (text.charAt(at) != '\u001b' || at + 1 == text.length() || text.charAt(at + 1) != '[') {
            return 0;
        }
        int end = text.indexOf('m', at);
        return end < 0 ? 0 : end - at + 1;
    }
}
