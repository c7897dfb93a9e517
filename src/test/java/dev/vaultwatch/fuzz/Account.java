package dev.vaultwatch.fuzz;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a host knows when a scenario has ended: what it gave, what it was answered and what it heard. */
final class Account {
    /** By number, the events that the plugin took and did not hand back as late or bad. */
    final Map<Integer, Taken> taken = new HashMap<>();

    /** The events that came back as late and were never taken. */
    final Set<Integer> late = new HashSet<>();

    /** Rule and number of an event that may be, or may not be, in the rule's totals. */
    final Set<String> doubtful = new HashSet<>();

    /** Groups that were forgotten with the source that they came from, and how many messages had been heard then. */
    final Map<Group, Integer> forgotten = new HashMap<>();

    /** The events that were forgotten with them. */
    final Set<Integer> gone = new HashSet<>();

    /** Of the forgotten groups, those that may have been settled by then: what waited for delivery is nobody else's to say. */
    final Set<Group> perhapsSettled = new HashSet<>();

    /** The events of sources that were revoked. */
    final Set<Integer> revoked = new HashSet<>();

    /** The eras in which every window was closed. */
    final Set<Integer> ended = new HashSet<>();

    /** Every event that was in a call which was taken, or may have been, and the era in which it first was. */
    final Map<Integer, Integer> offered = new HashMap<>();

    /** Messages that were acknowledged to a plugin that was not closed, by name, and how many had been heard then. */
    final Map<String, Integer> acknowledged = new HashMap<>();

    /** Groups whose alerts a cap withheld, as health() has told. */
    final Set<Group> withheldGroups = new HashSet<>();

    /** Rules and windows in which a bound kept events from being counted, as a notice has told: rule, blank, start. */
    final Set<String> limited = new HashSet<>();

    final Set<Integer> bad = new HashSet<>();
    final List<Message> heard = new ArrayList<>();
    final List<Era> eras = new ArrayList<>();

    /** What was wrong on the way; empty if nothing was. */
    final List<String> wrong = new ArrayList<>();

    /** The lives that ended with a kill. */
    final Set<Integer> killed = new HashSet<>();

    /** Kinds of notices heard, by name, with their counts. */
    final Map<String, Long> notices = new HashMap<>();

    long withheld;

    /** Whether totals may stand for more events than an alert lists. */
    boolean cut;

    /**
     * @param era in which it was taken
     * @param ceiling the furthest that time can have come then
     */
    record Taken(int era, long ceiling) {}

    void wrong(String what) {
        if (wrong.size() < 20) {
            wrong.add(what);
        }
    }
}
