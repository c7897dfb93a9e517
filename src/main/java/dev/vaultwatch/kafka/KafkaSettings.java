package dev.vaultwatch.kafka;

import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.kafka.ConfigFile.Entry;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;

/**
 * What the configuration file of a Kafka host says, checked as a whole before anything is read or written. Immutable.
 *
 * <p>Keys that begin with {@code kafka.} are the Kafka clients' own, those with {@code plugin.} the plugin's
 * ({@code plugin-descriptor.json} lists them); the others are listed in {@link #KEYS}.
 */
public final class KafkaSettings {
    /** The host's own keys, with what each means. */
    static final Map<String, String> KEYS = keys();

    /** What an alert's message has beside its text: the id, headers with a rule's name of 255 bytes at most, Kafka's own. */
    private static final int AROUND_ALERT = 1_024;

    private static final String KAFKA = "kafka.";
    private static final String PLUGIN = "plugin.";

    private final Map<String, Entry> own;
    private final Map<String, String> kafka;
    private final Map<String, String> plugin;
    private final List<String> rawTopics;
    private final AlertFormat format;
    private final Optional<InetSocketAddress> metrics;
    private final Guarantee guarantee;
    private final boolean shared;
    private final int partitions;
    private final Duration tick;

    private KafkaSettings(Path file, Map<String, Entry> entries) throws ConfigProblem {
        this.kafka = strip(entries, KAFKA);
        this.plugin = strip(entries, PLUGIN);
        this.own = entries;
        if (controlTopic().isPresent()) {
            required(file, "topics.control-results");
        }
        required(file, "topics.raw");
        required(file, "topics.alerts");
        required(file, "group");
        if (!kafka.containsKey("bootstrap.servers")) {
            throw new ConfigProblem(
                    file + ": 'kafka.bootstrap.servers' is missing; expected host:port, comma-separated.");
        }
        this.rawTopics = Arrays.stream(text("topics.raw").orElse("").split(",", -1))
                .map(String::strip)
                .filter(topic -> !topic.isEmpty())
                .toList();
        this.format = new FittingFormat(alertFormat(), mostMessageBytes() - AROUND_ALERT);
        this.metrics = address();
        this.guarantee = choice("guarantee", Guarantee.values(), Guarantee.EXACTLY_ONCE_V2);
        this.shared = choice("consumer.assignment", Assignment.values(), Assignment.SINGLE) == Assignment.SHARED;
        this.partitions = number("streams.partitions", 0, 10_000, 0);
        this.tick = duration("streams.tick", Duration.ofSeconds(1));
    }

    /** Delivery to the alerts topic by the Streams application. */
    enum Guarantee {
        EXACTLY_ONCE_V2,
        AT_LEAST_ONCE
    }

    private enum Assignment {
        SINGLE,
        SHARED
    }

    /**
     * Reads and checks a file.
     *
     * @param factory checks the plugin's configuration and rules
     * @throws ConfigProblem naming file, line, key and what was expected
     */
    public static KafkaSettings read(Path file, DetectionPluginFactory factory) throws ConfigProblem {
        return read(file, factory, name -> Optional.ofNullable(System.getenv(name)));
    }

    static KafkaSettings read(Path file, DetectionPluginFactory factory, Function<String, Optional<String>> environment)
            throws ConfigProblem {
        Map<String, Entry> entries = ConfigFile.read(file, environment);
        Set<String> clients = clientKeys();
        for (Map.Entry<String, Entry> each : entries.entrySet()) {
            String key = each.getKey();
            if (key.startsWith(KAFKA)) {
                if (!clients.contains(clientKey(key.substring(KAFKA.length())))) {
                    throw unknown(key, each.getValue(), prefixed(KAFKA, clients), "a setting of Kafka's clients");
                }
            } else if (!key.startsWith(PLUGIN) && !KEYS.containsKey(key)) {
                throw unknown(key, each.getValue(), KEYS.keySet(), "one of " + String.join(", ", KEYS.keySet()));
            }
        }
        KafkaSettings settings = new KafkaSettings(file, entries);
        settings.check(file, factory);
        return settings;
    }

    private void check(Path file, DetectionPluginFactory factory) throws ConfigProblem {
        try {
            factory.create(PluginContext.builder()
                            .config(plugin)
                            .onAlert(alert -> {})
                            .build())
                    .close();
            factory.keyReader(plugin);
        } catch (IllegalArgumentException e) {
            throw new ConfigProblem(file + ": below '" + PLUGIN + "': " + e.getMessage(), e);
        } catch (RuleException e) {
            throw new ConfigProblem(file + ": the rules can't run: " + e.getMessage(), e);
        }
    }

    /** The topics with raw records. */
    List<String> rawTopics() {
        return rawTopics;
    }

    String alertsTopic() {
        return text("topics.alerts").orElseThrow();
    }

    Optional<String> deadLettersTopic() {
        return text("topics.dead-letters");
    }

    Optional<String> lateTopic() {
        return text("topics.late");
    }

    /** The compacted topic with rule sets; empty where only files hold rules. */
    Optional<String> controlTopic() {
        return text("topics.control");
    }

    /** Where each instance's word on a rule set goes; there if {@link #controlTopic} is. */
    Optional<String> controlResultsTopic() {
        return text("topics.control-results");
    }

    /** The consumer group, or the application id of Kafka Streams. */
    String group() {
        return text("group").orElseThrow();
    }

    /** How alerts are written, so that each fits into a message. */
    AlertFormat format() {
        return format;
    }

    /** Opens the port for metrics, if there is to be one. */
    Metrics metrics() {
        return metrics.<Metrics>map(PrometheusPort::open).orElseGet(Metrics::off);
    }

    Guarantee guarantee() {
        return guarantee;
    }

    /** Whether members of the group share the partitions; else one member has them all. */
    boolean shared() {
        return shared;
    }

    /** Partitions of the repartition topic; 0 for as many as the raw topics have. */
    int partitions() {
        return partitions;
    }

    /** How often the Streams application tells every partition how far event time has come, in processing time. */
    Duration tick() {
        return tick;
    }

    /** The Kafka clients' own settings, without the prefix. */
    Map<String, String> kafka() {
        return kafka;
    }

    /** The largest message that the producer sends: {@code max.request.size}, as the client's default. */
    int mostMessageBytes() {
        String size = kafka.getOrDefault("producer.max.request.size", kafka.getOrDefault("max.request.size", ""));
        // Of what is no number the client says so.
        return size.strip().matches("\\d{1,9}") ? Integer.parseInt(size.strip()) : 1 << 20;
    }

    /** The plugin's own settings, without the prefix. */
    Map<String, String> plugin() {
        return plugin;
    }

    boolean hasJournal() {
        return !plugin.getOrDefault("journal.dir", "").isEmpty();
    }

    private Optional<String> text(String key) {
        return Optional.ofNullable(own.get(key)).map(Entry::value).filter(value -> !value.isEmpty());
    }

    private void required(Path file, String key) throws ConfigProblem {
        if (text(key).isEmpty()) {
            throw new ConfigProblem(file + ": '" + key + "' is missing; expected " + KEYS.get(key) + ".");
        }
    }

    private <T extends Enum<T>> T choice(String key, T[] choices, T otherwise) throws ConfigProblem {
        Entry entry = own.get(key);
        if (entry == null || entry.value().isEmpty()) {
            return otherwise;
        }
        for (T choice : choices) {
            if (name(choice).equals(entry.value())) {
                return choice;
            }
        }
        throw new ConfigProblem(entry.place() + ": '" + key + "' must be "
                + Arrays.stream(choices).map(KafkaSettings::name).collect(Collectors.joining(" or ")) + ", but was '"
                + entry.value() + "'.");
    }

    private static String name(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT);
    }

    private AlertFormat alertFormat() throws ConfigProblem {
        Entry entry = own.get("alerts.format");
        try {
            return AlertFormat.named(entry == null || entry.value().isEmpty() ? "ecs" : entry.value());
        } catch (IllegalArgumentException e) {
            throw new ConfigProblem(
                    (entry == null ? "" : entry.place() + ": ") + "'alerts.format': " + e.getMessage(), e);
        }
    }

    private Optional<InetSocketAddress> address() throws ConfigProblem {
        int port = number("metrics.port", 0, 65_535, -1);
        Entry host = own.get("metrics.host");
        InetSocketAddress address = new InetSocketAddress(
                host == null || host.value().isEmpty() ? "127.0.0.1" : host.value(), Math.max(port, 0));
        if (host != null && address.isUnresolved()) {
            throw new ConfigProblem(host.place() + ": 'metrics.host' is '" + host.value() + "', which has no address.");
        }
        return port < 0 ? Optional.empty() : Optional.of(address);
    }

    private int number(String key, int least, int most, int otherwise) throws ConfigProblem {
        Entry entry = own.get(key);
        if (entry == null || entry.value().isEmpty()) {
            return otherwise;
        }
        try {
            int value = Integer.parseInt(entry.value());
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Said below, as for a number out of range.
        }
        throw new ConfigProblem(entry.place() + ": '" + key + "' must be a whole number from " + least + " to " + most
                + ", but was '" + entry.value() + "'.");
    }

    private Duration duration(String key, Duration otherwise) throws ConfigProblem {
        Entry entry = own.get(key);
        if (entry == null || entry.value().isEmpty()) {
            return otherwise;
        }
        try {
            Duration value = Duration.parse(entry.value());
            if (value.compareTo(Duration.ofMillis(10)) >= 0 && value.compareTo(Duration.ofMinutes(1)) <= 0) {
                return value;
            }
        } catch (DateTimeParseException e) {
            // Said below, as for a duration out of range.
        }
        throw new ConfigProblem(entry.place() + ": '" + key
                + "' must be a duration from PT0.01S to PT1M, such as PT1S, but was '" + entry.value() + "'.");
    }

    private static Map<String, String> strip(Map<String, Entry> entries, String prefix) {
        Map<String, String> stripped = new TreeMap<>();
        entries.forEach((key, entry) -> {
            if (key.startsWith(prefix)) {
                stripped.put(key.substring(prefix.length()), entry.value());
            }
        });
        return Map.copyOf(stripped);
    }

    private static ConfigProblem unknown(String key, Entry entry, Set<String> names, String expected) {
        return new ConfigProblem(
                entry.place() + ": unknown key '" + key + "'; expected " + expected + "." + Nearest.to(key, names));
    }

    private static Set<String> prefixed(String prefix, Set<String> names) {
        return names.stream().map(name -> prefix + name).collect(Collectors.toSet());
    }

    /** A client's setting without Streams' prefix for one kind of client. */
    private static String clientKey(String key) {
        for (String kind :
                List.of("consumer.", "main.consumer.", "restore.consumer.", "producer.", "admin.", "topic.")) {
            if (key.startsWith(kind)) {
                return kind.equals("topic.") ? "topic.prefix" : key.substring(kind.length());
            }
        }
        return key;
    }

    private static Set<String> clientKeys() {
        Set<String> keys = new TreeSet<>(ConsumerConfig.configNames());
        keys.addAll(ProducerConfig.configNames());
        keys.addAll(AdminClientConfig.configNames());
        keys.addAll(StreamsConfig.configDef().names());
        keys.add("topic.prefix");
        return keys;
    }

    private static Map<String, String> keys() {
        Map<String, String> keys = new LinkedHashMap<>();
        keys.put("topics.raw", "the topics with Key Vault records, comma-separated");
        keys.put("topics.alerts", "the topic for alerts, keyed by alert id");
        keys.put("topics.dead-letters", "the topic for records that can't be read; without it they are counted alone");
        keys.put("topics.late", "the topic for events dropped as late; without it they are counted alone");
        keys.put(
                "topics.control",
                "the compacted topic with rule sets, of one partition; without it files alone hold rules");
        keys.put("topics.control-results", "the topic for what each instance says of a rule set");
        keys.put("group", "the consumer group, or Kafka Streams' application id");
        keys.put("alerts.format", "ecs (default), ocsf, cef, text, or a format of your own");
        keys.put("guarantee", "exactly_once_v2 (default) or at_least_once, of the Streams application");
        keys.put(
                "consumer.assignment", "single (default): one member reads all partitions; shared: members share them");
        keys.put("streams.partitions", "partitions of the repartition topic (default as many as the raw topics)");
        keys.put("streams.tick", "how often partitions hear of each other's event time (default PT1S)");
        keys.put("metrics.port", "the port for Prometheus, at /metrics; none without it");
        keys.put("metrics.host", "the address that metrics.port listens on (default 127.0.0.1)");
        return Collections.unmodifiableMap(keys);
    }
}
