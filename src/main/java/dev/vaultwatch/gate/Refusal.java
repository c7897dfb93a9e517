package dev.vaultwatch.gate;

/**
 * Why the gate lets a statement not pass.
 *
 * @param line from 1, within the statement
 * @param column from 0, as ANTLR counts
 * @param problem what was found, that rules may not do it, and what they may do instead
 */
public record Refusal(int line, int column, String problem) {

    /** In Esper's own form of words, so that whoever finds places for Esper's faults finds them for these, too. */
    public String inEspersWords() {
        return " at line " + line + " column " + column + " " + problem;
    }
}
