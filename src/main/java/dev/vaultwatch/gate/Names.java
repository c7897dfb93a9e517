package dev.vaultwatch.gate;

import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarBaseListener;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.ColumnListContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.EventFilterExpressionContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.ExpressionLambdaDeclContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.IdentOrTickedContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.KeywordAllowedIdentContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.MatchRecogPatternAtomContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.PatternFilterExpressionContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.SelectionListElementExprContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.StreamExpressionContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.SubSelectFilterExprContext;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.antlr.v4.runtime.tree.ParseTree;
import org.antlr.v4.runtime.tree.ParseTreeWalker;

/**
 * The names that a rule has declared so far. They have to be known before they are used: a select list stands before the from
 * clause that names the streams.
 */
final class Names {
    /** Columns and properties, of all statements so far. */
    final Set<String> columns;

    final Set<String> variables = new HashSet<>();

    /** The streams that the rule fills, and how many rows each may get of one event. */
    final Map<String, Long> streams = new HashMap<>();

    final Set<String> readStreams = new HashSet<>();

    /** What stands for a stream in the statement at hand. */
    final Set<String> aliases = new HashSet<>();

    Names(Set<String> properties) {
        this.columns = new HashSet<>(properties);
    }

    /** Forgets what held for the statement before. */
    void startStatement() {
        aliases.clear();
    }

    void declare(ParseTree tree) {
        if (tree instanceof StreamExpressionContext || tree instanceof SubSelectFilterExprContext) {
            for (int i = 0; i < tree.getChildCount(); i++) {
                if (tree.getChild(i) instanceof IdentOrTickedContext alias) {
                    aliases.add(Report.plain(alias.getText()));
                }
            }
        } else if (tree instanceof EventFilterExpressionContext filter) {
            aliases.add(Report.plain(filter.classIdentifier().getText()));
            if (filter.i != null) {
                aliases.add(filter.i.getText());
            }
        } else if (tree instanceof PatternFilterExpressionContext filter && filter.i != null) {
            aliases.add(filter.i.getText());
        } else if (tree instanceof MatchRecogPatternAtomContext atom) {
            aliases.add(atom.i.getText());
        } else if (tree instanceof ExpressionLambdaDeclContext lambda) {
            ParseTreeWalker.DEFAULT.walk(new LambdaNames(aliases), lambda);
        } else if (tree instanceof SelectionListElementExprContext element && element.keywordAllowedIdent() != null) {
            columns.add(Report.plain(element.keywordAllowedIdent().getText()));
        } else if (tree instanceof ColumnListContext list) {
            list.IDENT().forEach(column -> columns.add(column.getText()));
        }
        for (int i = 0; i < tree.getChildCount(); i++) {
            declare(tree.getChild(i));
        }
    }

    private static final class LambdaNames extends EsperEPL2GrammarBaseListener {
        private final Set<String> names;

        LambdaNames(Set<String> names) {
            this.names = names;
        }

        @Override
        public void enterKeywordAllowedIdent(KeywordAllowedIdentContext name) {
            names.add(Report.plain(name.getText()));
        }
    }
}
