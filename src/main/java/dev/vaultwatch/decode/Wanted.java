package dev.vaultwatch.decode;

import dev.vaultwatch.event.Property;
import java.util.Set;

/** The properties that events are to have, as a mask, and the fields that are of no use then. Immutable. */
final class Wanted {

    /** Everything. */
    static final Wanted ALL = new Wanted(EventSink.ALL_PROPERTIES);

    private final Set<Property> from;
    private final long properties;
    private final long useless;

    Wanted(Set<Property> from) {
        this.from = from;
        long mask = 0;
        for (Property property : from) {
            mask |= 1L << property.index();
        }
        long object = 1L << Property.OBJECT_TYPE.index()
                | 1L << Property.OBJECT_NAME.index()
                | 1L << Property.OBJECT_VERSION.index();
        // Read off one address, they come together.
        mask |= (mask & object) == 0 ? 0 : object;
        this.properties = mask;
        long fields = 0;
        for (Field field : Field.values()) {
            Property only = field.only();
            if (only != null && (mask >>> only.index() & 1) == 0) {
                fields |= 1L << field.index();
            }
        }
        this.useless = fields;
    }

    /** Whether this was made of that very set. */
    boolean isOf(Set<Property> set) {
        return from == set;
    }

    boolean has(Property property) {
        return (properties >>> property.index() & 1) != 0;
    }

    /** The fields that no wanted property needs, a bit each. */
    long useless() {
        return useless;
    }
}
