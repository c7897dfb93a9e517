package dev.vaultwatch.kafka;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The lines of a configuration file: {@code key = value}, comments after {@code #} at the start of a line, and
 * {@code ${env:NAME}} for what must not stand in a file. No escapes: a value ends with its line.
 */
final class ConfigFile {
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{env:([^}]*)}");

    private ConfigFile() {}

    /** A value and where it stands; the place reads {@code file:line}. */
    record Entry(String value, String place) {}

    static Map<String, Entry> read(Path file, Function<String, Optional<String>> environment) throws ConfigProblem {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (MalformedInputException e) {
            throw new ConfigProblem(file + ": expected UTF-8.", e);
        } catch (IOException e) {
            throw new ConfigProblem(file + ": can't be read (" + e + ").", e);
        }
        Map<String, Entry> entries = new LinkedHashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            String place = file + ":" + (i + 1);
            int equals = line.indexOf('=');
            if (equals < 1) {
                throw new ConfigProblem(place + ": expected 'key = value', but was '" + line + "'.");
            }
            String key = line.substring(0, equals).strip();
            String value = expand(line.substring(equals + 1).strip(), place, environment);
            Entry before = entries.put(key, new Entry(value, place));
            if (before != null) {
                throw new ConfigProblem(
                        place + ": '" + key + "' stands at " + before.place() + " already; expected each key once.");
            }
        }
        return entries;
    }

    private static String expand(String value, String place, Function<String, Optional<String>> environment)
            throws ConfigProblem {
        Matcher matcher = VARIABLE.matcher(value);
        StringBuilder expanded = new StringBuilder();
        while (matcher.find()) {
            String name = matcher.group(1);
            Optional<String> found = environment.apply(name);
            if (found.isEmpty()) {
                throw new ConfigProblem(place + ": the environment variable '" + name + "' is not set.");
            }
            matcher.appendReplacement(expanded, Matcher.quoteReplacement(found.get()));
        }
        return matcher.appendTail(expanded).toString();
    }
}
