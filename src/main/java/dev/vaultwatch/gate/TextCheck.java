package dev.vaultwatch.gate;

import com.espertech.esper.common.client.module.Module;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarLexer;
import com.espertech.esper.compiler.internal.parse.CaseChangingCharStreamFactory;
import com.espertech.esper.compiler.internal.parse.ParseHelper;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.antlr.v4.runtime.Lexer;
import org.antlr.v4.runtime.Token;
import org.jspecify.annotations.Nullable;

/**
 * What a rule's text must be before anything parses it. Esper 9.0.0's parser takes quadratic time for a chain of operators
 * (1.8 s for 5,000 of them) and recurses for every bracket, so both are counted on the tokens, which cost linear time.
 */
final class TextCheck {
    /** An exception list of 5,000 users fits. */
    static final int MAX_CHARACTERS = 256 * 1024;

    /** A rule is a handful; each costs Esper some milliseconds and classes. */
    static final int MAX_STATEMENTS = 50;

    static final int MAX_NESTING = 40;
    static final int MAX_OPERATORS = 400;

    static final int MAX_CONCATENATIONS = 20;

    /** Of 5,000 Esper makes a class that is nearly as large as can be; to find that out of 10,000 takes it ten seconds. */
    static final int MAX_TEXTS = 6_000;

    /**
     * Names, numbers, words and signs beside texts and commas. Of 3,000 aggregations in a select clause Esper makes 190,000 lines
     * of Java in 26 s; within this number it takes some 2 s.
     */
    static final int MAX_WORDS = 4_000;

    /** Names alone: of each that stands in a list Esper makes up to half a megabyte of heap while it compiles. */
    static final int MAX_NAMES = 1_500;

    /** The same of a whole file: Esper compiles its statements together. */
    static final int MAX_WORDS_OF_FILE = 12_000;

    private static final Set<Integer> TEXTS =
            Set.of(EsperEPL2GrammarLexer.STRING_LITERAL, EsperEPL2GrammarLexer.QUOTED_STRING_LITERAL);

    private static final Set<Integer> OPENING = Set.of(
            EsperEPL2GrammarLexer.LPAREN,
            EsperEPL2GrammarLexer.LBRACK,
            EsperEPL2GrammarLexer.LCURLY,
            EsperEPL2GrammarLexer.CASE);
    private static final Set<Integer> CLOSING = Set.of(
            EsperEPL2GrammarLexer.RPAREN,
            EsperEPL2GrammarLexer.RBRACK,
            EsperEPL2GrammarLexer.RCURLY,
            EsperEPL2GrammarLexer.END);
    private static final Set<Integer> OPERATORS = Set.of(
            EsperEPL2GrammarLexer.PLUS,
            EsperEPL2GrammarLexer.MINUS,
            EsperEPL2GrammarLexer.STAR,
            EsperEPL2GrammarLexer.DIV,
            EsperEPL2GrammarLexer.MOD,
            EsperEPL2GrammarLexer.LOR,
            EsperEPL2GrammarLexer.BAND,
            EsperEPL2GrammarLexer.BOR,
            EsperEPL2GrammarLexer.BXOR,
            EsperEPL2GrammarLexer.AND_EXPR,
            EsperEPL2GrammarLexer.OR_EXPR,
            EsperEPL2GrammarLexer.NOT_EXPR,
            EsperEPL2GrammarLexer.EQUALS,
            EsperEPL2GrammarLexer.IS,
            EsperEPL2GrammarLexer.NOT_EQUAL,
            EsperEPL2GrammarLexer.SQL_NE,
            EsperEPL2GrammarLexer.LT,
            EsperEPL2GrammarLexer.LE,
            EsperEPL2GrammarLexer.GT,
            EsperEPL2GrammarLexer.GE,
            EsperEPL2GrammarLexer.DOT);

    private static final Pattern HEADER = Pattern.compile("(?m)^\\s*(module|uses|import)\\b");

    private TextCheck() {}

    /** What is wrong with a whole file, before it is cut into statements; empty if nothing. */
    static Optional<Refusal> ofFile(String text) {
        if (text.length() > MAX_CHARACTERS) {
            return Optional.of(new Refusal(
                    1,
                    0,
                    "The file has " + text.length() + " characters; a rule may have at most " + MAX_CHARACTERS + "."));
        }
        OptionalInt hidden = text.chars().filter(TextCheck::deceives).findFirst();
        if (hidden.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(at(
                text,
                text.indexOf(hidden.getAsInt()),
                String.format(
                        "The character U+%04X makes a file look different from what it says; a rule may have line ends,"
                                + " tabs and visible characters.",
                        hidden.getAsInt())));
    }

    /** Control characters, and those that turn the direction of writing, with which a rule can hide from its reviewer. */
    private static boolean deceives(int c) {
        boolean space = c == '\n' || c == '\r' || c == '\t' || c == '\f';
        boolean turns = c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
        return turns || (Character.isISOControl(c) && !space);
    }

    /** What is wrong with a file once it is cut into statements; empty if nothing. Esper would import classes by its header. */
    static Optional<Refusal> ofModule(Module module, String text) {
        if (module.getItems().size() > MAX_STATEMENTS) {
            return Optional.of(at(
                    text,
                    0,
                    "The file has " + module.getItems().size() + " statements; a rule may have at most "
                            + MAX_STATEMENTS + "."));
        }
        int words = 0;
        Lexer lexer = ParseHelper.newLexer(CaseChangingCharStreamFactory.make(text));
        for (Token token = lexer.nextToken(); token.getType() != Token.EOF; token = lexer.nextToken()) {
            words += isWord(token) ? 1 : 0;
            if (words > MAX_WORDS_OF_FILE) {
                return Optional.of(at(
                        token,
                        "The file has more than " + MAX_WORDS_OF_FILE
                                + " words, numbers and signs beside texts in quotes; a rule may have as many."));
            }
        }
        boolean named = module.getName() != null;
        if (!named && isEmpty(module.getImports()) && isEmpty(module.getUses())) {
            return Optional.empty();
        }
        Matcher header = HEADER.matcher(text);
        int start = header.find() ? header.start(1) : 0;
        return Optional.of(at(
                text,
                start,
                "The file begins with 'module', 'uses' or 'import', which rules may not; a rule stands for itself and has no"
                        + " use for Java's classes."));
    }

    private static boolean isEmpty(@Nullable Set<String> names) {
        return names == null || names.isEmpty();
    }

    /** What is wrong with one statement, before it is parsed; empty if nothing. */
    static Optional<Refusal> ofStatement(String statement) {
        Lexer lexer = ParseHelper.newLexer(CaseChangingCharStreamFactory.make(statement));
        int depth = 0;
        int operators = 0;
        int concatenations = 0;
        int texts = 0;
        int words = 0;
        int names = 0;
        for (Token token = lexer.nextToken(); token.getType() != Token.EOF; token = lexer.nextToken()) {
            if (OPENING.contains(token.getType())) {
                depth++;
            } else if (CLOSING.contains(token.getType())) {
                depth = Math.max(0, depth - 1);
            } else if (OPERATORS.contains(token.getType())) {
                operators++;
            }
            if (depth > MAX_NESTING) {
                return Optional.of(at(token, "The statement nests deeper than " + MAX_NESTING + " brackets."));
            }
            if (token.getType() == EsperEPL2GrammarLexer.LOR) {
                concatenations++;
            }
            if (concatenations > MAX_CONCATENATIONS) {
                return Optional.of(at(
                        token,
                        "The statement joins texts with '||' more than " + MAX_CONCATENATIONS
                                + " times, and a text of an event may be long; select the parts."));
            }
            if (TEXTS.contains(token.getType())) {
                texts++;
            }
            if (texts > MAX_TEXTS) {
                return Optional.of(at(
                        token,
                        "The statement has more than " + MAX_TEXTS
                                + " texts in quotes, and what Esper makes of so many is no class that Java takes."));
            }
            names += token.getType() == EsperEPL2GrammarLexer.IDENT ? 1 : 0;
            if (names > MAX_NAMES) {
                return Optional.of(at(
                        token,
                        "The statement has more than " + MAX_NAMES
                                + " names; write fewer columns, aggregations or conditions."));
            }
            words += isWord(token) ? 1 : 0;
            if (words > MAX_WORDS) {
                return Optional.of(at(
                        token,
                        "The statement has more than " + MAX_WORDS
                                + " words, numbers and signs beside texts in quotes; write fewer columns, aggregations or"
                                + " conditions."));
            }
            if (operators > MAX_OPERATORS) {
                return Optional.of(at(
                        token,
                        "The statement has more than " + MAX_OPERATORS
                                + " operators; write a long list of values as x in ('a', 'b')."));
            }
        }
        return Optional.empty();
    }

    private static boolean isWord(Token token) {
        return token.getChannel() == Token.DEFAULT_CHANNEL
                && token.getType() != EsperEPL2GrammarLexer.COMMA
                && token.getType() != EsperEPL2GrammarLexer.WS
                && !TEXTS.contains(token.getType());
    }

    private static Refusal at(String text, int offset, String problem) {
        String before = text.substring(0, offset);
        return new Refusal(
                (int) before.chars().filter(c -> c == '\n').count() + 1,
                before.length() - before.lastIndexOf('\n') - 1,
                problem);
    }

    private static Refusal at(Token token, String problem) {
        return new Refusal(token.getLine(), token.getCharPositionInLine(), problem);
    }
}
