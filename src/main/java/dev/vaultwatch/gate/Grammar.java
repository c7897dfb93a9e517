package dev.vaultwatch.gate;

import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What of EPL rules may use, by the names of the grammar's rules in Esper 9.0.0. Whatever is not listed is refused, so a form
 * that a later Esper adds, or that nobody thought of, is refused too.
 */
final class Grammar {
    /** Structure that is harmless in itself; what stands in it is looked at on its own. */
    static final Set<String> PLAIN = Set.of(
            // Statements.
            "startEPLExpressionRule",
            "eplExpression",
            "selectExpr",
            "insertIntoExpr",
            "columnList",
            "fromClause",
            "regularJoin",
            "whereClause",
            "selectClause",
            "selectionList",
            "selectionListElement",
            "selectionListElementExpr",
            "streamExpression",
            "viewExpressions",
            "viewExpressionOptNamespace",
            "viewWParameters",
            "groupByListExpr",
            "groupByListChoice",
            "havingClause",
            "orderByListExpr",
            "orderByListElement",
            "rowLimit",
            "createVariableExpr",
            "subQueryExpr",
            "subSelectFilterExpr",
            "eventFilterExpression",
            // Expressions.
            "expression",
            "caseExpression",
            "whenClause",
            "elseClause",
            "evalOrExpression",
            "evalAndExpression",
            "bitWiseExpression",
            "negatedExpression",
            "evalEqualsExpression",
            "evalRelationalExpression",
            "inSubSelectQuery",
            "concatenationExpr",
            "additiveExpression",
            "multiplyExpression",
            "unaryExpression",
            "unaryMinus",
            "rowSubSelectExpression",
            "subSelectGroupExpression",
            "existsSubSelectExpression",
            "arrayExpression",
            "betweenList",
            "expressionList",
            "expressionListWithNamed",
            "expressionWithNamed",
            "expressionNamedParameter",
            "expressionWithTimeList",
            "expressionWithTime",
            "expressionWithTimeInclLast",
            "expressionQualifyable",
            "propertyStreamSelector",
            // Calls.
            "builtinFunc",
            "firstLastWindowAggregation",
            "chainable",
            "chainableRootWithOpt",
            "chainableElements",
            "chainableAtomicWithOpt",
            "chainableAtomic",
            "chainableWithArgs",
            "chainableIdent",
            "libFunctionArgs",
            "libFunctionArgItem",
            "expressionLambdaDecl",
            "columnListKeywordAllowed",
            // Words and values.
            "identOrTicked",
            "keywordAllowedIdent",
            "escapableStr",
            "classIdentifier",
            "classIdentifierWithDimensions",
            "dimensions",
            "timePeriod",
            "weekPart",
            "dayPart",
            "hourPart",
            "minutePart",
            "secondPart",
            "millisecondPart",
            "number",
            "constant",
            "numberconstant",
            "stringconstant");

    /** Forms that run no code but keep state without an end that can be read off the rule; a site may allow them. */
    static final Set<String> ENDLESS = Set.of(
            "contextExpr",
            "createContextExpr",
            "patternInclusionExpression",
            "matchRecog",
            "outerJoinList",
            "outputLimit",
            "groupByCubeOrRollup",
            "groupByGroupingSets");

    /** Of these, what rules with an ordered window may use: their form sees to the bounds. */
    static final Set<String> ORDERED = Set.of("patternInclusionExpression", "matchRecog", "outputLimit");

    /** What may stand within those, where a site allows them. */
    static final Set<String> WITHIN_ENDLESS = Set.of(
            "createContextDetail",
            "contextContextNested",
            "createContextChoice",
            "createContextDistinct",
            "createContextRangePoint",
            "createContextFilter",
            "createContextPartitionItem",
            "createContextPartitionInit",
            "createContextPartitionTerm",
            "createContextGroupItem",
            "crontabLimitParameterSetList",
            "crontabLimitParameterSet",
            "numericParameterList",
            "numericListParameter",
            "rangeOperand",
            "frequencyOperand",
            "lastOperand",
            "outputLimitAfter",
            "outputLimitAndTerm",
            "outerJoin",
            "outerJoinIdent",
            "outerJoinIdentPair",
            "patternExpression",
            "followedByExpression",
            "followedByRepeat",
            "orExpression",
            "andExpression",
            "matchUntilExpression",
            "matchUntilRange",
            "qualifyExpression",
            "guardPostFix",
            "guardWhereExpression",
            "guardWhileExpression",
            "distinctExpressionList",
            "distinctExpressionAtom",
            "atomicExpression",
            "observerExpression",
            "patternFilterExpression",
            "expressionListWithNamedWithTime",
            "expressionWithNamedWithTime",
            "matchRecogPartitionBy",
            "matchRecogMeasures",
            "matchRecogMeasureItem",
            "matchRecogMatchesSelection",
            "matchRecogPattern",
            "matchRecogMatchesAfterSkip",
            "matchRecogMatchesInterval",
            "matchRecogPatternAlteration",
            "matchRecogPatternConcat",
            "matchRecogPatternUnary",
            "matchRecogPatternNested",
            "matchRecogPatternAtom",
            "matchRecogPatternRepeat",
            "matchRecogDefine",
            "matchRecogDefineItem",
            "groupBySetsChoice",
            "groupByCombinableExpr",
            "yearPart",
            "monthPart",
            "microsecondPart");

    /** Esper's own functions, by the grammar's label of each. */
    static final Set<String> BUILT_IN =
            Set.of("sum", "avg", "cnt", "median", "stddev", "avedev", "firstlastwindow", "coalesce", "cast", "exists");

    /** Of these, the ones that keep state. */
    static final Set<String> BUILT_IN_AGGREGATIONS =
            Set.of("sum", "avg", "cnt", "median", "stddev", "avedev", "firstlastwindow");

    /** Aggregations that the grammar has no word for. */
    static final Set<String> FUNCTIONS = Set.of("min", "max");

    /**
     * What may follow a dot, with parameters. Not {@code aggregate}, with which a text doubles at every event; not {@code toMap}
     * and {@code groupBy}, which no alert can carry.
     */
    static final Set<String> ENUMERATIONS = Set.of(
            "allof",
            "anyof",
            "arrayof",
            "average",
            "countof",
            "distinctof",
            "except",
            "firstof",
            "intersect",
            "lastof",
            "leastfrequent",
            "max",
            "maxby",
            "min",
            "minby",
            "mostfrequent",
            "orderby",
            "orderbydesc",
            "reverse",
            "selectfrom",
            "sequenceequal",
            "sumof",
            "take",
            "takelast",
            "takewhile",
            "takewhilelast",
            "union",
            "where");

    /** Methods of texts that make nothing larger than what they are given, and of times (Esper reads those in UTC here). */
    static final Set<String> VALUE_METHODS = Set.of(
            "contains",
            "endsWith",
            "indexOf",
            "length",
            "startsWith",
            "toLowerCase",
            "toUpperCase",
            "trim",
            "getDayOfMonth",
            "getDayOfWeek",
            "getHourOfDay",
            "getMinuteOfHour",
            "getMonthOfYear");

    /** Types of variables and casts. */
    static final Set<String> TYPES =
            Set.of("string", "boolean", "bool", "byte", "short", "int", "integer", "long", "float", "double");

    /** Annotations that Esper only keeps. */
    static final Set<String> ANNOTATIONS = Set.of("name", "description", "tag");

    private static final Map<String, String> SPOKEN = Map.ofEntries(
            Map.entry("classDecl", "an inlined class"),
            Map.entry("createClassExpr", "an inlined class"),
            Map.entry("expressionDecl", "a declared expression or script"),
            Map.entry("createExpressionExpr", "a declared expression or script"),
            Map.entry("createSchemaExpr", "create schema"),
            Map.entry("createWindowExpr", "a named window"),
            Map.entry("createTableExpr", "a table"),
            Map.entry("createIndexExpr", "an index"),
            Map.entry("createDataflow", "a data flow"),
            Map.entry("createContextExpr", "a context"),
            Map.entry("contextExpr", "a context"),
            Map.entry("onExpr", "an on-trigger"),
            Map.entry("updateExpr", "update"),
            Map.entry("fafDelete", "delete"),
            Map.entry("fafUpdate", "update"),
            Map.entry("fafInsert", "insert without select"),
            Map.entry("intoTableExpr", "into table"),
            Map.entry("insertIntoEventPrecedence", "event precedence"),
            Map.entry("databaseJoinExpression", "a database query"),
            Map.entry("methodJoinExpression", "a method join"),
            Map.entry("patternInclusionExpression", "a pattern"),
            Map.entry("matchRecog", "match_recognize"),
            Map.entry("outerJoinList", "an outer join"),
            Map.entry("outputLimit", "an output clause"),
            Map.entry("propertyExpression", "contained-event selection"),
            Map.entry("substitution", "a substitution parameter"),
            Map.entry("substitutionCanChain", "a substitution parameter"),
            Map.entry("jsonobject", "a JSON object"),
            Map.entry("forExpr", "a for clause"),
            Map.entry("chainableArray", "an index in brackets"),
            Map.entry("selectionListElementAnno", "an annotation of a column"),
            Map.entry("typeExpressionAnnotation", "an annotation of a type"),
            Map.entry("typeParameters", "a type with parameters"),
            Map.entry("viewExpressionWNamespace", "a view in Esper's old notation"));

    private Grammar() {}

    /** What a person calls a form of the grammar. */
    static String spoken(String grammarRule) {
        return SPOKEN.getOrDefault(
                grammarRule,
                grammarRule
                        .replaceAll("([A-Z])", " $1")
                        .toLowerCase(Locale.ROOT)
                        .strip());
    }
}
