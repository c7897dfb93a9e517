package dev.vaultwatch.store;

import java.util.AbstractCollection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The groups of one window by their keys: open addressing with linear probing. The keys' hashes stand together in an array of their
 * own, so that of a key without a group, which most users of a minute are at first, neither the text nor any group has to be fetched from
 * memory to know so.
 *
 * <p>A key that finds no room near its place goes to a map, which holds its own whatever keys an outsider invents; so those who make
 * keys that look alike make nobody else's slower.
 */
final class GroupTable extends AbstractCollection<Group> {
    private static final int LEAST = 64;

    /** So many places in a row may hold a key. */
    private static final int NEAR = 16;

    /** That of Fibonacci hashing: it spreads hashes that differ in a few bits only. */
    private static final int GOLDEN = 0x9e3779b9;

    /** The key's hash for each place; 0 where it is free. */
    private int[] hashes = new int[LEAST];

    private @Nullable Group[] groups = new Group[LEAST];
    private int placed;
    private final Map<@Nullable Object, Group> others = new HashMap<>(0);

    /**
     * The group of a key; null if there is none.
     *
     * @param hash the key's, as {@link Objects#hashCode} gives it
     */
    @Nullable
    Group find(@Nullable Object key, int hash) {
        int tag = tag(hash);
        int place = place(tag);
        for (int i = 0; i < NEAR; i++) {
            int there = hashes[place];
            if (there == 0) {
                return null;
            }
            if (there == tag) {
                Group group = Objects.requireNonNull(groups[place]);
                if (isOf(group, key)) {
                    return group;
                }
            }
            place = (place + 1) & (hashes.length - 1);
        }
        return others.isEmpty() ? null : others.get(key);
    }

    /** Adds a group whose key has none, with the key's hash. */
    void add(Group group, int hash) {
        if (2 * (placed + 1) > hashes.length) {
            grow();
        }
        if (!put(group, tag(hash))) {
            others.put(group.key(), group);
        }
    }

    private boolean put(Group group, int tag) {
        int place = place(tag);
        for (int i = 0; i < NEAR; i++) {
            if (hashes[place] == 0) {
                hashes[place] = tag;
                groups[place] = group;
                placed++;
                return true;
            }
            place = (place + 1) & (hashes.length - 1);
        }
        return false;
    }

    private void grow() {
        int[] oldHashes = hashes;
        @Nullable Group[] old = groups;
        hashes = new int[2 * oldHashes.length];
        groups = new Group[hashes.length];
        placed = 0;
        for (int i = 0; i < old.length; i++) {
            Group group = old[i];
            if (group != null && !put(group, oldHashes[i])) {
                others.put(group.key(), group);
            }
        }
        // Each of them may have room now, and must be where it is looked for.
        others.values().removeIf(group -> put(group, tag(Objects.hashCode(group.key()))));
    }

    @Override
    public boolean removeIf(Predicate<? super Group> unwanted) {
        List<Group> kept = new ArrayList<>();
        for (Group group : this) {
            if (!unwanted.test(group)) {
                kept.add(group);
            }
        }
        if (kept.size() == size()) {
            return false;
        }
        hashes = new int[LEAST];
        groups = new Group[LEAST];
        placed = 0;
        others.clear();
        kept.forEach(group -> add(group, Objects.hashCode(group.key())));
        return true;
    }

    @Override
    public int size() {
        return placed + others.size();
    }

    @Override
    public Iterator<Group> iterator() {
        Iterator<Group> rest = others.values().iterator();
        return new Iterator<>() {
            private int at;

            @Override
            public boolean hasNext() {
                while (at < groups.length && groups[at] == null) {
                    at++;
                }
                return at < groups.length || rest.hasNext();
            }

            @Override
            public Group next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                return at < groups.length ? Objects.requireNonNull(groups[at++]) : rest.next();
            }
        };
    }

    @SuppressWarnings(
            "ReferenceEquality") // the decoder gives the very same text nearly always, and it is not looked at then
    private static boolean isOf(Group group, @Nullable Object key) {
        return group.key() == key || Objects.equals(group.key(), key);
    }

    /** A hash that is not 0. */
    private static int tag(int hash) {
        return hash == 0 ? 1 : hash;
    }

    private int place(int tag) {
        return (tag * GOLDEN) >>> Integer.numberOfLeadingZeros(hashes.length - 1);
    }
}
