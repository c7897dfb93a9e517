package dev.vaultwatch.tool.cases;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What happens to a run of a case beside its events, and must not change its outcome. Immutable values. */
sealed interface Disturbance {

    /** Nothing: records come in the order of their times. */
    record Straight() implements Disturbance {
        @Override
        public String toString() {
            return "straight";
        }
    }

    /** The rules are reloaded before the first record of that time or later. */
    record Reload(Instant at) implements Disturbance {
        @Override
        public String toString() {
            return "reload at " + at;
        }
    }

    /** The process ends before the first record of that time or later, and another goes on with its journal. */
    record Restart(Instant at) implements Disturbance {
        @Override
        public String toString() {
            return "restart at " + at;
        }
    }

    /** The last records come so much later, when event time has gone on. */
    record Late(int records, Duration by) implements Disturbance {
        @Override
        public String toString() {
            return records + " late by " + by;
        }
    }

    /** Each record is delivered twice, under the same offset, as after a consumer's rebalance. */
    record Duplicate() implements Disturbance {
        @Override
        public String toString() {
            return "duplicate";
        }
    }

    /** Records are delayed by up to four minutes each, the same ones each time, and come in the order that this makes. */
    record Shuffled() implements Disturbance {
        @Override
        public String toString() {
            return "shuffled";
        }
    }

    /** The forms, for faults. */
    String FORMS = "\"reload at 10:01:20\", \"restart at 10:01:20\", \"3 late by 4m\", \"duplicate\" or \"shuffled\"";

    Pattern AT = Pattern.compile("(reload|restart) at (\\S+)");
    Pattern LATE = Pattern.compile("(\\d{1,6}) late by (\\S+)");

    /** Reads one; a time of day is on the given date. */
    static Disturbance read(String text, LocalDate date) throws ShortForm.Misspelt {
        Matcher at = AT.matcher(text);
        if (at.matches()) {
            Instant time = ShortForm.time(at.group(2), at.start(2), date);
            return at.group(1).equals("reload") ? new Reload(time) : new Restart(time);
        }
        Matcher late = LATE.matcher(text);
        if (late.matches() && Integer.parseInt(late.group(1)) > 0) {
            return new Late(Integer.parseInt(late.group(1)), ShortForm.duration(late.group(2), late.start(2)));
        }
        return switch (text) {
            case "duplicate" -> new Duplicate();
            case "shuffled" -> new Shuffled();
            default -> throw new ShortForm.Misspelt(0, "is \"" + text + "\"; expected " + FORMS);
        };
    }
}
