package dev.vaultwatch.plugin;

import dev.vaultwatch.decode.IdentityMode;
import dev.vaultwatch.journal.Bounds;
import dev.vaultwatch.log.SegmentLog.FsyncPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The configuration, read and checked. The keys, their defaults and ranges are those of {@code plugin-descriptor.json}; a test
 * holds the two together.
 *
 * @param rulesFolder where the rules lie; empty for those in the jar
 * @param identity which claims name the person
 * @param hostOwnsTime whether only {@code advanceTo} moves the watermark
 * @param slack how far events may trail the newest and be in time. 5 s: measured disorder of one Event Hubs partition
 * @param idleTimeout silence after which event time runs on; zero for never
 * @param maxFuture how far ahead of the wall clock an event may be; zero for any. 10 min: the lateness of Key Vault logs
 * @param lateness how long after its end a window can still change. 10 min: Key Vault logs come that late
 * @param early whether alerts speak at the crossing event, too
 * @param cap whether rules' caps hold
 * @param maxValues the most values a list in an alert shows
 * @param watch whether the rules' folder is watched for changes
 * @param allowUnbounded whether rules may keep state without a bound
 * @param cacheFolder where compiled rules are kept for the next start; empty for nowhere
 * @param journalFolder where the journal lies on disk; empty for memory alone
 * @param fsync when the journal is forced to the disk
 * @param dedupe whether a record equal to one of the last windows is taken for a repetition
 * @param bounds how much is kept in full
 * @param alertQueue the most alerts that wait for a callback
 * @param closeTimeout how long closing waits for other threads. 10 s: a third of what container platforms give a process
 * @param maxRecordBytes the largest record that is read. 1 MiB: the most that Event Hubs carries in a message
 */
record PluginConfig(
        Optional<Path> rulesFolder,
        IdentityMode identity,
        boolean hostOwnsTime,
        Duration slack,
        Duration idleTimeout,
        Duration maxFuture,
        Duration lateness,
        boolean early,
        boolean cap,
        int maxValues,
        int maxRecordBytes,
        boolean watch,
        boolean allowUnbounded,
        Optional<Path> cacheFolder,
        Optional<Path> journalFolder,
        FsyncPolicy fsync,
        boolean dedupe,
        Bounds bounds,
        int alertQueue,
        Duration closeTimeout) {

    private static final FsyncPolicy EVERY_SECOND = FsyncPolicy.interval(Duration.ofSeconds(1));

    /**
     * Reads a configuration.
     *
     * @throws IllegalArgumentException for an unknown key or a value out of range
     */
    static PluginConfig read(Map<String, String> entries) {
        Reader reader = new Reader(entries);
        PluginConfig config = new PluginConfig(
                reader.path("rules.dir"),
                "upstream".equals(reader.choice("identity", "merged", "upstream"))
                        ? IdentityMode.UPSTREAM
                        : IdentityMode.MERGED,
                "host".equals(reader.choice("time.owner", "events", "host")),
                reader.duration("time.slack", "PT5S", Duration.ofMinutes(10)),
                reader.duration("time.idle-timeout", "PT10S", Duration.ofHours(1)),
                reader.duration("time.max-future", "PT10M", Duration.ofDays(1)),
                reader.duration("time.lateness", "PT10M", Duration.ofHours(24)),
                reader.truth("alerts.early", true),
                reader.truth("alerts.cap", true),
                reader.number("alerts.max-values", 1_000, 1, 100_000),
                reader.number("record.max-bytes", 1_048_576, 1_024, 67_108_864),
                reader.truth("rules.watch", true),
                reader.truth("rules.allow-unbounded", false),
                reader.path("rules.cache-dir"),
                reader.path("journal.dir"),
                reader.fsync(),
                "content".equals(reader.choice("dedupe", "none", "content")),
                reader.bounds(),
                reader.number("bounds.alert-queue", 10_000, 1, 10_000_000),
                reader.duration("close.timeout", "PT10S", Duration.ofMinutes(10)));
        reader.refuseUnknown();
        return config;
    }

    private static final class Reader {
        private final Map<String, String> entries;
        private final TreeSet<String> known = new TreeSet<>();

        Reader(Map<String, String> entries) {
            this.entries = entries;
        }

        private Optional<String> value(String key) {
            known.add(key);
            return Optional.ofNullable(entries.get(key)).map(String::strip).filter(value -> !value.isEmpty());
        }

        Optional<Path> path(String key) {
            return value(key).map(Path::of);
        }

        /** The first choice is the default. */
        String choice(String key, String... choices) {
            String value = value(key).orElse(choices[0]).toLowerCase(Locale.ROOT);
            if (!List.of(choices).contains(value)) {
                throw refused(key, String.join(" or ", choices));
            }
            return value;
        }

        Duration duration(String key, String defaultValue, Duration most) {
            String expected = "an ISO 8601 duration from PT0S to " + most + ", such as " + defaultValue;
            try {
                Duration value = Duration.parse(value(key).orElse(defaultValue));
                if (value.isNegative() || value.compareTo(most) > 0) {
                    throw refused(key, expected);
                }
                return value;
            } catch (DateTimeParseException e) {
                throw refused(key, expected);
            }
        }

        boolean truth(String key, boolean defaultValue) {
            String value = value(key).orElse(Boolean.toString(defaultValue)).toLowerCase(Locale.ROOT);
            if (!value.equals("true") && !value.equals("false")) {
                throw refused(key, "true or false");
            }
            return Boolean.parseBoolean(value);
        }

        FsyncPolicy fsync() {
            return switch (choice("journal.fsync", "interval", "each", "never")) {
                case "each" -> FsyncPolicy.EACH_BATCH;
                case "never" -> FsyncPolicy.NEVER;
                default -> EVERY_SECOND;
            };
        }

        Bounds bounds() {
            long bytes = number("bounds.journal-megabytes", 0, 0, 1_000_000) * 1_048_576L;
            int events = number("bounds.events", 0, 0, 1_000_000_000);
            return new Bounds(
                    number("bounds.keys", 100_000, 10, 100_000_000),
                    events == 0 ? eventsThatFit() : events,
                    number("bounds.events-per-key", 100_000, 100, 100_000_000),
                    number("bounds.counted-keys", 4_000_000, 10, 50_000_000),
                    bytes == 0 ? Runtime.getRuntime().maxMemory() / 4 : bytes);
        }

        /** An event costs some 350 bytes in journal and engine; a third of the heap is for them. */
        private static int eventsThatFit() {
            return (int) Math.min(4_000_000, Runtime.getRuntime().maxMemory() / 1024);
        }

        int number(String key, int defaultValue, int least, int most) {
            String expected = "a whole number from " + least + " to " + most;
            try {
                int value = Integer.parseInt(value(key).orElse(Integer.toString(defaultValue)));
                if (value < least || value > most) {
                    throw refused(key, expected);
                }
                return value;
            } catch (NumberFormatException e) {
                throw refused(key, expected);
            }
        }

        void refuseUnknown() {
            for (String key : new TreeSet<>(entries.keySet())) {
                if (!known.contains(key)) {
                    throw new IllegalArgumentException(
                            "There is no configuration key " + key + "; there are " + String.join(", ", known) + ".");
                }
            }
        }

        private IllegalArgumentException refused(String key, String expected) {
            return new IllegalArgumentException(key + " is \"" + entries.get(key) + "\"; expected " + expected + ".");
        }
    }
}
