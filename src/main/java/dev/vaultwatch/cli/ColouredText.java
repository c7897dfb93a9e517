package dev.vaultwatch.cli;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.AlertStage;

/**
 * The text format with the severity in colour, for a terminal. Only the bracket that begins the first line is coloured: the rest
 * comes from records and is left as the format cleaned it.
 */
final class ColouredText implements AlertFormat {
    /** ECMA-48, "Select Graphic Rendition". */
    private static final String RESET = "\u001b[0m";

    private static final String BOLD_RED = "\u001b[1;31m";
    private static final String RED = "\u001b[31m";
    private static final String YELLOW = "\u001b[33m";
    private static final String CYAN = "\u001b[36m";
    private static final String FAINT = "\u001b[2m";

    private final AlertFormat text;

    ColouredText(AlertFormat text) {
        this.text = text;
    }

    @Override
    public String name() {
        return text.name();
    }

    @Override
    public String render(Alert alert) {
        String plain = alert.render(text);
        int end = plain.indexOf(']') + 1;
        return colour(alert) + plain.substring(0, end) + RESET + plain.substring(end);
    }

    private static String colour(Alert alert) {
        if (alert.stage() == AlertStage.RETRACTED) {
            return FAINT;
        }
        return switch (alert.severity()) {
            case "critical" -> BOLD_RED;
            case "high" -> RED;
            case "low" -> CYAN;
            default -> YELLOW;
        };
    }
}
