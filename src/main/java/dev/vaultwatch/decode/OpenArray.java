package dev.vaultwatch.decode;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An array that is open while its elements are read: of an envelope, the members that lead to it from the object around it. */
final class OpenArray {
    /** Where the object or array starts. */
    final int start;

    int index;

    /** Whether it broke off inside an element, which said so. */
    boolean broken;

    private List<String> names;

    /** Of an envelope: from where to where what is not inside its arrays goes, piece by piece. */
    private final List<int[]> around = new ArrayList<>();

    /** Of the arrays that are its elements. */
    private @Nullable Beside beside;

    /** Takes no names for an array that is no envelope's, and where the first element is due. */
    OpenArray(List<String> names, int start, int first) {
        this.names = names;
        this.start = start;
        if (isEnvelope()) {
            around.add(new int[] {start, first});
        }
    }

    Beside beside(Reporter reporter) {
        Beside known = beside == null ? new Beside(reporter) : beside;
        beside = known;
        return known;
    }

    /** Reports what the rows inside held back. */
    void report() {
        if (beside != null) {
            beside.report();
        }
    }

    boolean isEnvelope() {
        return !names.isEmpty();
    }

    /** How many objects are around it. */
    int levels() {
        return names.size();
    }

    String pointer() {
        return AuditFields.pointer(names.toArray(String[]::new));
    }

    /** Notes what stands behind the array, from its closing bracket on. */
    void behind(int from, int to) {
        around.add(new int[] {from, to});
    }

    /** Goes on with another array of the same envelope, whose first element is due at a place. */
    void next(byte[] bytes, int first, int objects) {
        if (objects > 1) {
            names = List.of("hits", "hits");
        } else {
            int end = first;
            while (bytes[end] != '"') {
                end--;
            }
            int name = end;
            while (bytes[name - 1] != '"') {
                name--;
            }
            names = List.of(Bytes.text(bytes, name, end));
        }
        index = 0;
    }

    /** The envelope without what is in its arrays; absent if nothing else is in it. */
    byte @Nullable [] emptied(byte[] bytes) {
        boolean more = around.size() > 2;
        for (int[] piece : around) {
            more |= Bytes.indexOf(',', bytes, piece[0], piece[1]) < piece[1];
        }
        if (!more) {
            return null;
        }
        ByteArrayOutputStream emptied = new ByteArrayOutputStream();
        for (int[] piece : around) {
            emptied.write(bytes, piece[0], piece[1] - piece[0]);
        }
        return emptied.toByteArray();
    }

    /** Whether an array of that kind of element may hold records. */
    static boolean mayHoldRecords(byte first) {
        return first == '{' || first == '[';
    }
}
