package dev.vaultwatch.engine;

import com.espertech.esper.common.client.EventPropertyDescriptor;
import com.espertech.esper.common.client.EventType;
import com.espertech.esper.common.client.type.EPType;
import com.espertech.esper.common.client.type.EPTypeClass;
import com.espertech.esper.common.client.type.EPTypeClassParameterized;
import dev.vaultwatch.event.KeyVaultEvent;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What the values of a column are to a destination that gives each name one type; of a list, what each of its values is, since
 * Elasticsearch makes no difference.
 */
enum ColumnKind {
    WHOLE("a whole number"),
    DECIMAL("a decimal number"),
    TRUTH("true or false"),
    TEXT("a text"),
    /** Not to be told from the rule. */
    UNKNOWN("unknown");

    private static final Set<Class<?>> WHOLE_NUMBERS =
            Set.of(long.class, Long.class, int.class, Integer.class, short.class, Short.class, byte.class, Byte.class);
    private static final Set<Class<?>> DECIMALS = Set.of(double.class, Double.class, float.class, Float.class);
    private static final Set<Class<?>> TRUTHS = Set.of(boolean.class, Boolean.class);
    private static final Set<Class<?>> TEXTS = Set.of(String.class, KeyVaultEvent.class);

    private final String words;

    ColumnKind(String words) {
        this.words = words;
    }

    /** With its article, for a sentence. */
    String words() {
        return words;
    }

    /** The kinds of a statement's columns, in their order. */
    static Map<String, ColumnKind> of(EventType rows) {
        // The names come in the order of the select clause, their descriptions in none.
        Map<String, ColumnKind> kinds = new LinkedHashMap<>();
        for (String name : rows.getPropertyNames()) {
            kinds.put(name, UNKNOWN);
        }
        for (EventPropertyDescriptor column : rows.getPropertyDescriptors()) {
            kinds.put(column.getPropertyName(), of(column.getPropertyEPType()));
        }
        kinds.remove(Columns.GROUP_SIZE);
        return kinds;
    }

    private static ColumnKind of(EPType type) {
        if (type instanceof EPTypeClassParameterized collection && collection.getParameters().length == 1) {
            return of(collection.getParameters()[0].getType());
        }
        return type instanceof EPTypeClass plain ? of(plain.getType()) : UNKNOWN;
    }

    private static ColumnKind of(Class<?> type) {
        if (type.isArray()) {
            return of(type.getComponentType());
        }
        if (WHOLE_NUMBERS.contains(type)) {
            return WHOLE;
        }
        if (DECIMALS.contains(type)) {
            return DECIMAL;
        }
        if (TRUTHS.contains(type)) {
            return TRUTH;
        }
        return TEXTS.contains(type) ? TEXT : UNKNOWN;
    }
}
