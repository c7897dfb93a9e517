package dev.vaultwatch.store;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.GroupingKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Tells apart the people who have one user name in several directories (Entra tenants), where records say which directory issued
 * the token. Most records of a user don't, so that a directory can't be a part of the grouping key: one person would be two.
 *
 * <p>So the events of a name stay together until they name two directories. From then on there is a person for each of these, and
 * a record that names none counts for every one of them: which of them it was is not known, and a threshold must not be missed for
 * that. It is a function of the set of events alone, whatever their order, and a host that splits the stream by grouping key still
 * sends all of them to one place.
 */
public final class Directories {
    private static final int ID_LENGTH = 36;

    /** How redacted records write it. */
    private static final String NIL = "00000000-0000-0000-0000-000000000000";

    private Directories() {}

    /** Whether a key names users, and not their directory as well. */
    public static boolean matterTo(Collection<Property> key) {
        return key.contains(Property.UPN) && !key.contains(Property.TENANT);
    }

    /** As above. */
    public static boolean matterTo(GroupingKey key) {
        return matterTo(key.properties());
    }

    /** The directory that the event names; null if it names none. */
    public static @Nullable String of(KeyVaultEvent event) {
        String tenant = event.tenant();
        return tenant == null || tenant.equals(NIL) || !isId(tenant) ? null : tenant;
    }

    /** Tenant ids are UUIDs; what a shipper or a person has put in their place tells nobody apart. */
    private static boolean isId(String tenant) {
        if (tenant.length() != ID_LENGTH) {
            return false;
        }
        for (int i = 0; i < ID_LENGTH; i++) {
            char c = tenant.charAt(i);
            boolean dash = i == 8 || i == 13 || i == 18 || i == 23;
            if (dash ? c != '-' : !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f') && !(c >= 'A' && c <= 'F')) {
                return false;
            }
        }
        return true;
    }

    /** The events of each person, in their order: those that name the directory, and those that name none. By directory, sorted. */
    public static SortedMap<String, List<KeyVaultEvent>> divide(Iterable<KeyVaultEvent> events) {
        SortedMap<String, List<KeyVaultEvent>> people = new TreeMap<>();
        for (KeyVaultEvent event : events) {
            String directory = of(event);
            if (directory != null) {
                people.put(directory, new ArrayList<>());
            }
        }
        for (KeyVaultEvent event : events) {
            String directory = of(event);
            people.forEach((its, mine) -> {
                if (directory == null || directory.equals(its)) {
                    mine.add(event);
                }
            });
        }
        return people;
    }
}
