package dev.vaultwatch.enrich;

import com.maxmind.db.Reader;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * One file in MaxMind's format (MaxMind DB specification 2.0), held in memory as it was when it was read: a file that is replaced or
 * overwritten meanwhile disturbs nobody. Immutable; any thread may look up.
 */
final class MaxMindFile {
    private final Path path;
    private final Stamp stamp;
    private final Reader reader;

    /** What tells one content of a file from another without reading it. */
    private record Stamp(long modified, long size, String key) {
        static Stamp of(Path path) throws IOException {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            return new Stamp(
                    attributes.lastModifiedTime().toMillis(),
                    attributes.size(),
                    Objects.toString(attributes.fileKey(), ""));
        }
    }

    private MaxMindFile(Path path, Stamp stamp, Reader reader) {
        this.path = path;
        this.stamp = stamp;
        this.reader = reader;
    }

    /**
     * Reads a file.
     *
     * @throws IOException if it can't be read, or is not in MaxMind's format
     */
    static MaxMindFile read(Path path) throws IOException {
        Stamp stamp = Stamp.of(path);
        return new MaxMindFile(path, stamp, new Reader(path.toFile(), Reader.FileMode.MEMORY));
    }

    /**
     * Whether the file on disk is another than the one read.
     *
     * @throws IOException if there is none
     */
    boolean isReplaced() throws IOException {
        return !Stamp.of(path).equals(stamp);
    }

    Path path() {
        return path;
    }

    /** What the file says of an address, by ECS field under {@code source}; empty if it says nothing. Handles City, Country, ASN and Enterprise. */
    Map<String, String> lookUp(InetAddress address) throws IOException {
        Map<?, ?> found = reader.get(address, Map.class);
        Map<String, String> fields = new LinkedHashMap<>();
        if (found == null) {
            return fields;
        }
        put(fields, GeoEnricher.CITY, name(found.get("city")));
        Object regions = found.get("subdivisions");
        if (regions instanceof List<?> list && !list.isEmpty()) {
            put(fields, GeoEnricher.REGION, name(list.get(0)));
        }
        put(fields, GeoEnricher.COUNTRY, name(found.get("country")));
        put(fields, GeoEnricher.COUNTRY_ISO, at(found.get("country"), "iso_code"));
        Object network = found.get("traits") instanceof Map<?, ?> traits ? traits : found;
        put(fields, GeoEnricher.AS_NUMBER, at(network, "autonomous_system_number"));
        put(fields, GeoEnricher.AS_NAME, at(network, "autonomous_system_organization"));
        return fields;
    }

    /** The English name, as Elastic's and Azure's own enrichment has it. */
    private static String name(@org.jspecify.annotations.Nullable Object place) {
        return place instanceof Map<?, ?> map ? at(map.get("names"), "en") : "";
    }

    private static String at(@org.jspecify.annotations.Nullable Object map, String key) {
        return map instanceof Map<?, ?> values ? Objects.toString(values.get(key), "") : "";
    }

    private static void put(Map<String, String> fields, String name, String value) {
        if (!value.isEmpty()) {
            fields.put(name, value);
        }
    }
}
