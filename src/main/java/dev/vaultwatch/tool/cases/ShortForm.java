package dev.vaultwatch.tool.cases;

import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.Nearest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads events that are written as a sentence:
 *
 * <pre>
 *   [N x] ACTIONS [by USERS] [as APPS] [on VAULTS] [of OBJECTS] [from ADDRESSES] [status CODES] [with PROPERTY=VALUE,…]
 *         [over DURATION] at TIME
 * </pre>
 *
 * <p>{@code N} events, the first at {@code TIME} and the last {@code DURATION} later, evenly spread. A list is separated by commas,
 * and {@code user1..8} stands for {@code user1} to {@code user8}; the n-th event has the n-th of each list, which begins again at
 * its end. Without {@code N} there is one event for each element of the longest list.
 *
 * <p>A user's name stands for {@code name@contoso.example}; {@code by nobody} is an event without identity, and {@code as} without
 * {@code by} a service principal, which has no UPN. Without {@code by} and {@code as} it is {@code user1}, without {@code on} it is
 * {@code kv1}.
 */
final class ShortForm {
    private static final Pattern WORD = Pattern.compile("\\S+");
    private static final Pattern RANGE = Pattern.compile("(.*?)(\\d+)\\.\\.(\\d+)");
    private static final Pattern DURATION = Pattern.compile("(\\d+)(ms|s|m|h|d)");
    private static final List<String> CLAUSES = List.of("by", "as", "on", "of", "from", "status", "with", "over", "at");

    /** More than any rule's case needs; a slip of the key should not fill the heap. */
    private static final int MOST_EVENTS = 100_000;

    private final String text;
    private final LocalDate date;
    private final List<Word> words = new ArrayList<>();
    private final Map<String, Word> clauses = new HashMap<>();

    private record Word(String text, int offset) {}

    /** What is wrong with a short form, and how many characters behind its beginning. */
    static final class Misspelt extends Exception {
        private static final long serialVersionUID = 1L;
        private final int offset;

        Misspelt(int offset, String problem) {
            super(problem);
            this.offset = offset;
        }

        int offset() {
            return offset;
        }

        String problem() {
            return String.valueOf(getMessage());
        }
    }

    private ShortForm(String text, LocalDate date) {
        this.text = text;
        this.date = date;
        Matcher matcher = WORD.matcher(text);
        while (matcher.find()) {
            words.add(new Word(matcher.group(), matcher.start()));
        }
    }

    /**
     * Reads a sentence.
     *
     * @param date of a time of day, in UTC
     */
    static List<CaseEvent> read(String text, LocalDate date) throws Misspelt {
        return new ShortForm(text, date).read();
    }

    private List<CaseEvent> read() throws Misspelt {
        int next = 0;
        Optional<Word> count = Optional.empty();
        if (words.size() > 1 && words.get(1).text().equals("x")) {
            count = Optional.of(words.get(0));
            next = 2;
        }
        if (next >= words.size() || CLAUSES.contains(words.get(next).text())) {
            throw new Misspelt(
                    0, "says no action: expected such as \"12 x SecretGet,SecretList by user1 at 10:00:51\"");
        }
        Word actions = words.get(next++);
        clauses(next);
        Word at = clauses.get("at");
        if (at == null) {
            throw new Misspelt(text.length(), "says no time: expected \"at\" and a time of day, such as at 10:00:51");
        }
        List<String> actionList = list(actions);
        List<String> users = list("by");
        List<String> apps = list("as");
        List<String> vaults = list("on");
        List<String> objects = list("of");
        List<String> addresses = list("from");
        List<Integer> statuses = statuses();
        int longest = 1;
        for (List<?> each : List.of(actionList, users, apps, vaults, objects, addresses, statuses)) {
            longest = Math.max(longest, each.size());
        }
        int number = count.isPresent() ? count(count.get()) : longest;
        Instant first = time(at);
        Word over = clauses.get("over");
        long spread = over == null ? 0 : duration(over.text(), over.offset()).toMillis();
        Map<Property, String> others = others();
        boolean anyone = users.isEmpty() && apps.isEmpty();
        List<CaseEvent> events = new ArrayList<>(number);
        for (int i = 0; i < number; i++) {
            long behind = number == 1 ? 0 : spread * i / (number - 1);
            Optional<String> user = anyone ? Optional.of("user1") : nth(users, i);
            events.add(new AuditRecord(
                            first.plusMillis(behind),
                            actionList.get(i % actionList.size()),
                            user.filter(name -> !name.equals(Names.NOBODY)),
                            nth(apps, i),
                            nth(vaults, i).orElse("kv1"),
                            nth(objects, i),
                            nth(addresses, i).orElse("203.0.113.10"),
                            statuses.isEmpty() ? 200 : statuses.get(i % statuses.size()),
                            others,
                            i)
                    .event());
        }
        return events;
    }

    private void clauses(int from) throws Misspelt {
        for (int i = from; i < words.size(); i += 2) {
            Word name = words.get(i);
            if (!CLAUSES.contains(name.text())) {
                throw new Misspelt(
                        name.offset(),
                        "has \"" + name.text() + "\" where one of " + String.join(", ", CLAUSES) + " is expected"
                                + question(name.text()));
            }
            if (i + 1 == words.size()) {
                throw new Misspelt(name.offset(), "ends after \"" + name.text() + "\", which needs a value");
            }
            if (clauses.put(name.text(), words.get(i + 1)) != null) {
                throw new Misspelt(name.offset(), "says \"" + name.text() + "\" twice; expected a list with commas");
            }
        }
    }

    private static String question(String name) {
        return Nearest.of(name, CLAUSES)
                .map(each -> "; did you mean \"" + each + "\"?")
                .orElse("; a list has no blanks behind its commas");
    }

    private static Optional<String> nth(List<String> list, int i) {
        return list.isEmpty() ? Optional.empty() : Optional.of(list.get(i % list.size()));
    }

    private List<String> list(String clause) throws Misspelt {
        Word word = clauses.get(clause);
        return word == null ? List.of() : list(word);
    }

    private static List<String> list(Word word) throws Misspelt {
        List<String> values = new ArrayList<>();
        int offset = word.offset();
        for (String each : word.text().split(",", -1)) {
            if (each.isEmpty()) {
                throw new Misspelt(offset, "has a comma without a value; a list has no blanks behind its commas");
            }
            Matcher range = RANGE.matcher(each);
            if (range.matches()) {
                long from = Long.parseLong(range.group(2));
                long to = Long.parseLong(range.group(3));
                if (to < from || to - from >= MOST_EVENTS) {
                    throw new Misspelt(offset, "has the range " + each + "; expected the lesser number first");
                }
                for (long n = from; n <= to; n++) {
                    values.add(range.group(1) + n);
                }
            } else {
                values.add(each);
            }
            offset += each.length() + 1;
        }
        return values;
    }

    private List<Integer> statuses() throws Misspelt {
        List<Integer> codes = new ArrayList<>();
        Word word = clauses.get("status");
        for (String each : word == null ? List.<String>of() : list(word)) {
            if (word != null && !each.matches("[1-5]\\d\\d")) {
                throw new Misspelt(word.offset(), "has the status \"" + each + "\"; expected such as 200 or 403");
            }
            codes.add(Integer.valueOf(each));
        }
        return codes;
    }

    private int count(Word word) throws Misspelt {
        try {
            int number = Integer.parseInt(word.text());
            if (number > 0 && number <= MOST_EVENTS) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below, in the same words.
        }
        throw new Misspelt(
                word.offset(),
                "has the number \"" + word.text() + "\"; expected a whole number from 1 to " + MOST_EVENTS);
    }

    private Map<Property, String> others() throws Misspelt {
        Map<Property, String> others = new EnumMap<>(Property.class);
        Word with = clauses.get("with");
        if (with == null) {
            return others;
        }
        int offset = with.offset();
        for (String each : with.text().split(",", -1)) {
            int equals = each.indexOf('=');
            if (equals < 1 || equals == each.length() - 1) {
                throw new Misspelt(
                        offset, "has \"" + each + "\"; expected a property and its value, such as country=DE");
            }
            String name = each.substring(0, equals);
            Optional<Property> property = Property.named(name);
            if (property.isEmpty()) {
                throw new Misspelt(
                        offset,
                        "names the property \"" + name + "\", which an event does not have"
                                + Nearest.asQuestion(
                                        name,
                                        Property.all().stream()
                                                .map(Property::epl)
                                                .toList()));
            }
            Optional<String> instead = instead(property.get());
            if (instead.isPresent()) {
                throw new Misspelt(
                        offset, "sets \"" + name + "\", which a record has from elsewhere; expected " + instead.get());
            }
            others.put(property.get(), each.substring(equals + 1));
            offset += each.length() + 1;
        }
        return others;
    }

    /** What to write for a property whose value a record does not state by itself: one beside it would not be read. */
    private static Optional<String> instead(Property property) {
        return switch (property) {
            case ACTION -> Optional.of("the action first, as in \"SecretGet at 10:00:51\"");
            case TIME -> Optional.of("the time, as in \"at 10:00:51\"");
            case VAULT, RESOURCE_ID, RESOURCE_GROUP -> Optional.of("the vault, as in \"on kv1\"");
            case OBJECT_NAME -> Optional.of("the object, as in \"of object1\"");
            case SOURCE_IP, SOURCE_ADDRESS -> Optional.of("the address, as in \"from 203.0.113.10\"");
            case OBJECT_TYPE, OBJECT_VERSION, SUBSCRIPTION_ID, IDENTITY_CLAIM ->
                Optional.of("a record in place of the sentence");
            default -> Optional.empty();
        };
    }

    private Instant time(Word at) throws Misspelt {
        return time(at.text(), at.offset(), date);
    }

    /** A time of day on the date, or an instant. */
    static Instant time(String text, int offset, LocalDate date) throws Misspelt {
        try {
            return text.contains("T")
                    ? Instant.parse(text)
                    : date.atTime(LocalTime.parse(text)).toInstant(ZoneOffset.UTC);
        } catch (DateTimeException e) {
            throw new Misspelt(
                    offset,
                    "has the time \"" + text
                            + "\"; expected a time of day in UTC, such as 10:00:51, or an instant such as"
                            + " 2026-03-02T10:00:51Z");
        }
    }

    /** A duration such as 40s, 4m or PT4M. */
    static Duration duration(String text, int offset) throws Misspelt {
        Matcher matcher = DURATION.matcher(text);
        try {
            if (matcher.matches()) {
                long number = Long.parseLong(matcher.group(1));
                return switch (matcher.group(2)) {
                    case "ms" -> Duration.ofMillis(number);
                    case "s" -> Duration.ofSeconds(number);
                    case "m" -> Duration.ofMinutes(number);
                    case "h" -> Duration.ofHours(number);
                    default -> Duration.ofDays(number);
                };
            }
            Duration duration = Duration.parse(text);
            if (!duration.isNegative()) {
                return duration;
            }
        } catch (DateTimeParseException | ArithmeticException | NumberFormatException e) {
            // Said below, in the same words.
        }
        throw new Misspelt(offset, "has the duration \"" + text + "\"; expected such as 40s, 4m, 2h or PT40S");
    }
}
