package dev.vaultwatch.kafka;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.StringSerializer;

/** Writes a folder of rules, and a tuning, to the control topic. */
final class Announcement {
    private Announcement() {}

    /**
     * Reads the files of a rule set.
     *
     * @param rules a folder with one folder per rule
     * @param tuning a tuning file, whose lists lie in {@code lists} beside it
     * @throws ConfigProblem if a file can't be read
     */
    static RuleSetChange read(String version, Instant from, Path rules, Optional<Path> tuning) throws ConfigProblem {
        if (!ControlTopic.isVersion(version)) {
            throw new ConfigProblem(
                    "'" + version + "' is no version; expected up to 64 letters, digits, '.', '_' and" + " '-'.");
        }
        Map<String, String> files = new TreeMap<>();
        try {
            for (Path file : files(rules)) {
                String path = rules.relativize(file).toString().replace('\\', '/');
                // Cases and guides are for people and for tests.
                if (path.matches("[^/]+/rule[.](json|epl)")) {
                    files.put(RuleFiles.RULES + "/" + path, Files.readString(file));
                }
            }
            if (files.isEmpty()) {
                throw new ConfigProblem(rules + " holds no rule; expected <id>/rule.json and <id>/rule.epl.");
            }
            if (tuning.isPresent()) {
                files.put(RuleFiles.TUNING, Files.readString(tuning.get()));
                Path lists = tuning.get().resolveSibling(RuleFiles.LISTS);
                if (Files.isDirectory(lists)) {
                    for (Path file : files(lists)) {
                        String path = lists.relativize(file).toString().replace('\\', '/');
                        files.put(RuleFiles.LISTS + "/" + path, Files.readString(file));
                    }
                }
            }
        } catch (NoSuchFileException e) {
            throw new ConfigProblem(e.getFile() + ": no such file or folder.", e);
        } catch (IOException e) {
            throw new ConfigProblem("The rules can't be read: " + e + ".", e);
        }
        return new RuleSetChange(version, from, files);
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).sorted().toList();
        }
    }

    /**
     * Writes it, and returns when the brokers have it.
     *
     * @throws ConfigProblem if no control topic is configured
     * @throws KafkaException if it can't be written
     */
    static void send(KafkaSettings settings, RuleSetChange change, PrintWriter out) throws ConfigProblem {
        String topic = settings.controlTopic()
                .orElseThrow(() -> new ConfigProblem("'topics.control' is missing in the configuration; expected "
                        + KafkaSettings.KEYS.get("topics.control") + "."));
        Map<String, Object> config = new HashMap<>(Clients.of(settings.kafka(), ProducerConfig.configNames()));
        config.putIfAbsent("acks", "all");
        try (var producer = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
            List<Future<?>> sent = new ArrayList<>();
            ControlTopic.messages(change)
                    .forEach((key, value) -> sent.add(producer.send(new ProducerRecord<>(topic, 0, key, value))));
            producer.flush();
            for (Future<?> each : sent) {
                each.get();
            }
        } catch (ExecutionException e) {
            throw new KafkaException(
                    "Version " + change.version() + " can't be written to " + topic + ".", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("Interrupted while version " + change.version() + " was written.", e);
        }
        out.println("Version " + change.version() + ", " + change.files().size() + " files, is announced for "
                + change.from() + ". What each instance says of it comes to "
                + settings.controlResultsTopic().orElseThrow() + ".");
    }
}
