package dev.vaultwatch.plugin;

import dev.vaultwatch.api.PreviewRequest;
import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.decode.IdentityMode;
import dev.vaultwatch.detect.Settings;
import dev.vaultwatch.engine.Compilations;
import dev.vaultwatch.engine.RuleCompiler;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.gate.EplGate;
import dev.vaultwatch.log.FsyncPolicy;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.RuleFolder;
import dev.vaultwatch.store.Bounds;
import dev.vaultwatch.tuning.Enabled;
import dev.vaultwatch.tuning.Tuning;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The configuration, read and checked. The keys, their defaults and ranges are those of {@code plugin-descriptor.json}; a test
 * holds the two together.
 *
 * @param rulesFolder where the rules lie; empty for those in the jar
 * @param tuningFile what the site says about rules; empty for nothing
 * @param identity which claims name the person
 * @param enrichFiles files of addresses in MaxMind's format; empty for none
 * @param hostOwnsTime whether only {@code advanceTo} moves the watermark
 * @param slack how far events may trail the newest and be in time. 5 s: measured disorder of one Event Hubs partition
 * @param idleTimeout silence after which event time runs on; zero for never
 * @param idleRetention for how much event time windows stay open to revision for an idle source. 2 h: a partition whose
 *     reader is replaced is read again well within that
 * @param maxFuture how far ahead of the wall clock an event may be; zero for any. 10 min: the lateness of Key Vault logs
 * @param lateness how long after its end a window can still change. 30 min: a record may lie maxFuture ahead, Key Vault logs come
 *     up to 10 min late, and as much again is in reserve for shippers
 * @param early whether alerts speak at the crossing event, too
 * @param cap whether rules' caps hold
 * @param maxValues the most values a list in an alert shows
 * @param watch whether the rules' folder is watched for changes
 * @param enabledRules ids of rules that run though their {@code rule.json} does not enable them; {@code *} for every one
 * @param onlyKey property names, sorted: only rules with that grouping key run; empty for every rule
 * @param keepAll whether events that no rule wants now are kept for rules to come
 * @param reveal whether rules may select confidential properties
 * @param ruleTime how much time a rule may spend within a second of event time. 10 s: a tenth of that is a very slow rule
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
        Optional<Path> tuningFile,
        IdentityMode identity,
        List<Path> enrichFiles,
        boolean hostOwnsTime,
        Duration slack,
        Duration idleTimeout,
        Duration idleRetention,
        Duration maxFuture,
        Duration lateness,
        boolean early,
        boolean cap,
        int maxValues,
        int maxRecordBytes,
        boolean watch,
        List<String> enabledRules,
        List<String> onlyKey,
        boolean keepAll,
        boolean reveal,
        Duration ruleTime,
        boolean allowUnbounded,
        Optional<Path> cacheFolder,
        Optional<Path> journalFolder,
        FsyncPolicy fsync,
        boolean dedupe,
        Bounds bounds,
        int alertQueue,
        Duration closeTimeout) {

    private static final String ALL = "*";

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
                reader.path("rules.tuning"),
                "upstream".equals(reader.choice("identity", "merged", "upstream"))
                        ? IdentityMode.UPSTREAM
                        : IdentityMode.MERGED,
                reader.paths("enrich.files"),
                "host".equals(reader.choice("time.owner", "events", "host")),
                reader.duration("time.slack", "PT5S", Duration.ofMinutes(10)),
                reader.duration("time.idle-timeout", "PT10S", Duration.ofHours(1)),
                reader.duration("time.idle-retention", "PT2H", Duration.ofHours(24)),
                reader.duration("time.max-future", "PT10M", Duration.ofDays(1)),
                reader.duration("time.lateness", "PT30M", Duration.ofHours(24)),
                reader.truth("alerts.early", true),
                reader.truth("alerts.cap", true),
                reader.number("alerts.max-values", 1_000, 1, 100_000),
                reader.number("record.max-bytes", 1_048_576, 1_024, 67_108_864),
                reader.truth("rules.watch", true),
                reader.list("rules.enabled"),
                reader.properties("rules.key"),
                "all".equals(reader.choice("rules.history", "wanted", "all")),
                reader.truth("rules.reveal", false),
                reader.duration("bounds.rule-time", "PT10S", Duration.ofMillis(1), Duration.ofHours(1)),
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

    /** What detection needs to know. */
    Settings detection() {
        return new Settings(
                slack,
                hostOwnsTime,
                idleTimeout,
                idleRetention,
                lateness,
                bounds,
                ruleTime,
                keepAll,
                identity == IdentityMode.MERGED,
                new SecureRandom().nextLong());
    }

    /** Whether a thread of the plugin's own looks at the wall clock. */
    boolean hasTicker() {
        return !hostOwnsTime && !idleTimeout.isZero();
    }

    /** A compiler as the site wants it, with what was compiled before. */
    RuleCompiler compiler(Consumer<String> complaints, Compilations shared) {
        return new RuleCompiler(new EplGate.Permissions(allowUnbounded, reveal), cacheFolder, complaints, shared);
    }

    /**
     * The rules that are to run.
     *
     * @param packed ids of the rules in the jar, for a site without a folder of its own
     * @throws RuleException if a rule can't be read, or one that is to be enabled is not there
     */
    RuleSet readRules(List<String> packed) {
        return readRules(packed, places());
    }

    /** The same for a trial. */
    RuleSet readRules(List<String> packed, Places places, PreviewRequest request) {
        Places asked =
                new Places(request.rules().or(places::rules), request.tuning().or(places::tuning));
        RuleSet set = readRules(packed, asked).with(request.settings());
        return request.isLimited() ? set : new RuleSet(set.rules(), set.tuning().unlimited());
    }

    /** As above, from other places than those that were configured. */
    RuleSet readRules(List<String> packed, Places places) {
        RuleFolder.Reading reading = places.rules()
                .map(RuleFolder::at)
                .orElseGet(() -> RuleFolder.packed(packed))
                .reading();
        if (!reading.faults().isEmpty()) {
            throw refused(reading);
        }
        List<Rule> all = reading.rules();
        List<String> ids = all.stream().map(Rule::id).toList();
        for (String id : enabledRules) {
            if (!id.equals(ALL) && !ids.contains(id)) {
                throw new RuleException(List.of(new RuleFault(
                        "rules.enabled",
                        0,
                        0,
                        "There is no rule " + id + "; there are " + String.join(", ", ids) + ".")));
            }
        }
        Tuning tuning = places.tuning().map(Tuning::read).orElse(Tuning.none());
        List<RuleFault> faults = tuning.faults(all);
        if (!faults.isEmpty()) {
            throw new RuleException(faults);
        }
        return new RuleSet(
                all.stream()
                        .filter(rule -> runs(rule, tuning))
                        .map(tuning::apply)
                        .toList(),
                tuning);
    }

    /** What is wrong with files, and with the logic beside a file that is at fault. */
    private RuleException refused(RuleFolder.Reading reading) {
        List<RuleFault> faults = new ArrayList<>(reading.faults());
        try (RuleCompiler compiler =
                new RuleCompiler(new EplGate.Permissions(allowUnbounded, reveal), Optional.empty(), complaint -> {})) {
            reading.drafts().forEach(draft -> faults.addAll(compiler.faults(draft)));
        }
        return new RuleException(faults);
    }

    /**
     * Where rules are read from.
     *
     * @param rules the rules' folder; empty for those in the jar
     * @param tuning what the site says about rules; empty for nothing
     */
    record Places(Optional<Path> rules, Optional<Path> tuning) {
        /** Those that the entries name in place of these; throws as {@link #read}. */
        Places with(Map<String, String> entries) {
            Reader reader = new Reader(entries);
            Optional<Path> otherRules = reader.path("rules.dir");
            Optional<Path> otherTuning = reader.path("rules.tuning");
            reader.refuseUnknown();
            return new Places(
                    entries.containsKey("rules.dir") ? otherRules : rules,
                    entries.containsKey("rules.tuning") ? otherTuning : tuning);
        }
    }

    /** The places that are configured. */
    Places places() {
        return new Places(rulesFolder, tuningFile);
    }

    private boolean runs(Rule rule, Tuning tuning) {
        if (!onlyKey.isEmpty()
                && !onlyKey.equals(
                        rule.key().properties().stream().map(Property::epl).toList())) {
            return false;
        }
        return tuning.enabled(rule.id())
                .map(enabled -> enabled != Enabled.OFF)
                .orElse(rule.enabled() || enabledRules.contains(ALL) || enabledRules.contains(rule.id()));
    }

    /** What to watch for changes of rules: their folder, the tuning, and the lists that usually lie beside it. */
    List<Path> watched() {
        List<Path> paths = new ArrayList<>();
        rulesFolder.ifPresent(paths::add);
        tuningFile.ifPresent(file -> {
            paths.add(file);
            paths.add(file.resolveSibling("lists"));
        });
        return paths;
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
            return value(key).map(text -> path(key, text));
        }

        List<Path> paths(String key) {
            return list(key).stream().map(text -> path(key, text)).toList();
        }

        private Path path(String key, String text) {
            try {
                return Path.of(text);
            } catch (InvalidPathException e) {
                throw refused(key, "a path of this file system; " + e.getReason());
            }
        }

        List<String> list(String key) {
            return value(key).stream()
                    .flatMap(value -> Stream.of(value.split(",")))
                    .map(String::strip)
                    .filter(each -> !each.isEmpty())
                    .toList();
        }

        /** Names of an event's properties, sorted: a name of none would leave no rule to run. */
        List<String> properties(String key) {
            List<String> names = list(key);
            if (!names.stream().allMatch(name -> Property.named(name).isPresent())) {
                throw refused(key, "names of an event's properties, comma-separated, such as upn or objectId,sourceIp");
            }
            return names.stream().distinct().sorted().toList();
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
            return duration(key, defaultValue, Duration.ZERO, most);
        }

        Duration duration(String key, String defaultValue, Duration least, Duration most) {
            String expected = "an ISO 8601 duration from " + least + " to " + most + ", such as " + defaultValue;
            try {
                Duration value = Duration.parse(value(key).orElse(defaultValue));
                // Less than a millisecond would be none, which is no limit for some and no time at all for others.
                boolean isNone = !value.isZero() && value.toMillis() == 0;
                if (value.compareTo(least) < 0 || value.compareTo(most) > 0 || isNone) {
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
                    throw new IllegalArgumentException("There is no configuration key " + key + " (its value is \""
                            + entries.get(key) + "\"); there are " + String.join(", ", known) + ".");
                }
            }
        }

        private IllegalArgumentException refused(String key, String expected) {
            return new IllegalArgumentException(key + " is \"" + entries.get(key) + "\"; expected " + expected + ".");
        }
    }
}
