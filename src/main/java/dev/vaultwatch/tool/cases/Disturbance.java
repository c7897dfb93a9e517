package dev.vaultwatch.tool.cases;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What happens to a run of a case beside its events, and must not change its outcome. Immutable values. */
sealed interface Disturbance {

    /** As the case says it. */
    String text();

    /** Why it would leave a run with these events as it is, or can't be done; empty if it is well placed. */
    default Optional<String> pointless(List<CaseEvent> events) {
        Optional<Instant> at = this instanceof Reload reload
                ? Optional.of(reload.at())
                : this instanceof Restart restart ? Optional.of(restart.at()) : Optional.empty();
        Instant first =
                events.stream().map(CaseEvent::time).min(Instant::compareTo).orElse(Instant.MIN);
        Instant last =
                events.stream().map(CaseEvent::time).max(Instant::compareTo).orElse(Instant.MAX);
        if (at.filter(time -> !time.isAfter(first)).isPresent()) {
            return Optional.of(
                    "is \"" + text() + "\", and the first record comes at " + first
                            + ", so that nothing is there to go on from: expected a time between the first record and the last");
        }
        if (at.filter(time -> time.isAfter(last)).isPresent()) {
            return Optional.of("is \"" + text() + "\", and the last record comes at " + last
                    + ", so that nothing follows: expected a time between the first record and the last");
        }
        if (this instanceof Late late && late.records() > events.size()) {
            return Optional.of("is \"" + text() + "\", and the case has " + events.size()
                    + (events.size() == 1 ? " record" : " records") + ": expected no more than there are");
        }
        return Optional.empty();
    }

    /** Nothing: records come in the order of their times. */
    record Straight(String text) implements Disturbance {}

    /** The rules are reloaded before the first record of that time or later. */
    record Reload(String text, Instant at) implements Disturbance {}

    /** The process ends before the first record of that time or later, and another goes on with its journal. */
    record Restart(String text, Instant at) implements Disturbance {}

    /** The last records come so much later, when event time has gone on. */
    record Late(String text, int records, Duration by) implements Disturbance {}

    /** Each record is delivered twice, under the same offset, as after a consumer's rebalance. */
    record Duplicate(String text) implements Disturbance {}

    /** Records are delayed by up to four minutes each, the same ones each time, and come in the order that this makes. */
    record Shuffled(String text) implements Disturbance {}

    /** The forms, for faults. */
    String FORMS = "\"reload at 10:01:20\", \"restart at 10:01:20\", \"3 late by 4m\", \"duplicate\" or \"shuffled\"";

    Pattern AT = Pattern.compile("(reload|restart) at (\\S+)");
    Pattern LATE = Pattern.compile("(\\d{1,6}) late by (\\S+)");

    /** Reads one; a time of day is on the given date. */
    static Disturbance read(String text, LocalDate date) throws ShortForm.Misspelt {
        Matcher at = AT.matcher(text);
        if (at.matches()) {
            Instant time = ShortForm.time(at.group(2), at.start(2), date);
            return at.group(1).equals("reload") ? new Reload(text, time) : new Restart(text, time);
        }
        Matcher late = LATE.matcher(text);
        if (late.matches() && Integer.parseInt(late.group(1)) > 0) {
            return new Late(text, Integer.parseInt(late.group(1)), ShortForm.duration(late.group(2), late.start(2)));
        }
        return switch (text) {
            case "duplicate" -> new Duplicate(text);
            case "shuffled" -> new Shuffled(text);
            default -> throw new ShortForm.Misspelt(0, "is \"" + text + "\"; expected " + FORMS);
        };
    }
}
