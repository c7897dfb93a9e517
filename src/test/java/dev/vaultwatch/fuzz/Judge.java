package dev.vaultwatch.fuzz;

import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.fuzz.Scenario.Memory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The oracle. It knows the events, the rules and, from {@link Ceiling}, which windows may still have changed; every alert's last
 * message must be what its events deserve.
 */
final class Judge {
    private final Scenario scenario;
    private final Account account;
    private final List<String> wrong;

    private Judge(Scenario scenario, Account account) {
        this.scenario = scenario;
        this.account = account;
        this.wrong = new ArrayList<>(account.wrong);
    }

    /** What is wrong; empty if nothing is. */
    static List<String> differences(Scenario scenario, Account account) {
        Judge judge = new Judge(scenario, account);
        judge.judgeLastWords();
        judge.judgeEveryMessage();
        judge.judgeSequences();
        judge.judgeSilence();
        return judge.wrong;
    }

    /**
     * What should have been heard already: alerts of windows that the watermark has passed, of which every event was in time.
     *
     * @param watermark what the plugin says
     */
    static List<String> overdue(Scenario scenario, Account account, long watermark) {
        Judge judge = new Judge(scenario, account);
        Map<Integer, Item> items = judge.items();
        Set<Group> heard = account.heard.stream()
                .filter(message -> message.stage() != AlertStage.EARLY)
                .map(Message::group)
                .collect(Collectors.toSet());
        Map<Group, List<Item>> groups = new HashMap<>();
        account.taken
                .keySet()
                .forEach(number -> scenario.rules().forEach(rule -> {
                    Item item = Objects.requireNonNull(items.get(number));
                    if (rule.wants(item)) {
                        groups.computeIfAbsent(rule.group(item), group -> new ArrayList<>())
                                .add(item);
                    }
                }));
        List<String> overdue = new ArrayList<>();
        groups.forEach((group, events) -> {
            FuzzRule rule = judge.rules(group).get(0);
            long end = group.start() + rule.length();
            boolean inTime = events.stream()
                    .allMatch(event -> Objects.requireNonNull(account.taken.get(event.number()))
                                    .ceiling()
                            < end);
            if (end <= watermark && inTime && rule.isAlert(events) && !heard.contains(group)) {
                overdue.add("not heard when its window had closed: " + judge.describe(group, events));
            }
        });
        return overdue;
    }

    private void judgeLastWords() {
        Map<Integer, Item> items = items();
        Map<Group, List<Message>> heard = new LinkedHashMap<>();
        // What was not acknowledged comes again, when later messages of its alert have been heard: the first time
        // counts.
        Set<String> names = new HashSet<>();
        account.heard.stream()
                .filter(message ->
                        names.add(message.name()) || scenario.settings().memory() == Memory.HEALTH)
                .forEach(message -> heard.computeIfAbsent(message.group(), group -> new ArrayList<>())
                        .add(message));
        Map<Group, List<Item>> groups = new TreeMap<>(Group.ORDER);
        Map<String, FuzzRule> byId = new HashMap<>();
        account.eras.forEach(era -> era.rules().forEach(rule -> byId.putIfAbsent(rule.id(), rule)));
        account.taken
                .keySet()
                .forEach(number -> byId.values().forEach(rule -> {
                    Item item = Objects.requireNonNull(items.get(number));
                    if (rule.wants(item)) {
                        groups.computeIfAbsent(rule.group(item), group -> new ArrayList<>())
                                .add(item);
                    }
                }));
        heard.keySet().forEach(group -> groups.computeIfAbsent(group, none -> new ArrayList<>()));

        int missing = 0;
        for (Map.Entry<Group, List<Item>> entry : groups.entrySet()) {
            Group group = entry.getKey();
            List<Item> events = entry.getValue();
            List<Message> messages = heard.getOrDefault(group, List.of());
            Integer forgotten = account.forgotten.get(group);
            if (forgotten != null) {
                // It begins anew with what other sources bring afterwards; of the rest judgeSilence() speaks.
                events = events.stream()
                        .filter(event -> !account.gone.contains(event.number()))
                        .toList();
                Set<Message> after = new HashSet<>(account.heard.subList(forgotten, account.heard.size()));
                messages = messages.stream().filter(after::contains).toList();
                if (events.isEmpty()) {
                    continue;
                }
            }
            if (isLimited(group, messages)) {
                judgeAtLeast(group, events, messages);
                continue;
            }
            Set<Boolean> verdicts = verdicts(group, events);
            boolean said =
                    !messages.isEmpty() && messages.get(messages.size() - 1).stage() != AlertStage.RETRACTED;
            if (!said && messages.isEmpty() && account.withheldGroups.contains(group)) {
                if (!verdicts.contains(true)) {
                    wrong.add("withheld, and not deserved: " + describe(group, events));
                }
            } else if (!verdicts.contains(said)) {
                if (!said && mayBeWithheld(messages)) {
                    missing++;
                    continue;
                }
                wrong.add((said ? "not deserved: " : "missing: ") + describe(group, events) + "; heard " + messages);
            } else if (said) {
                judgeTotals(group, events, messages);
            }
        }
        // A period may begin, be capped and be settled within one call: health() names nothing of it afterwards.
        long unnamed = Math.max(0, account.withheld - account.withheldGroups.size());
        if (missing > unnamed) {
            wrong.add(missing
                    + " alerts are missing of which health() did not say that a cap withheld them, and it withheld "
                    + unnamed + " that it did not name");
        }
    }

    /** Whether a bound kept events of the group from being counted, as a notice said of the window or the alert itself. */
    private boolean isLimited(Group group, List<Message> messages) {
        return !rules(group).get(0).isCountable()
                && (account.limited.contains(group.rule() + " " + group.start())
                        || messages.stream().anyMatch(Message::atLeast));
    }

    /** An alert that does not count every event says so. */
    private void judgeAtLeast(Group group, List<Item> events, List<Message> messages) {
        for (Message message : messages) {
            if (!numbers(events).containsAll(message.marks())) {
                wrong.add("more than there is: " + describe(group, events) + "; heard " + message);
            }
        }
        Message last = messages.isEmpty() ? null : messages.get(messages.size() - 1);
        boolean isFinal = last != null
                && last.stage() != AlertStage.RETRACTED
                && last.stage() != AlertStage.EARLY
                && !isOfALostLife(last);
        if (last != null
                && isFinal
                && !last.atLeast()
                && last.count() < certain(group, events).size()) {
            wrong.add("fewer than there are, and it does not say so: " + describe(group, events) + "; heard " + last);
        }
    }

    private boolean mayBeWithheld(List<Message> messages) {
        return scenario.settings().cap() && account.withheld > 0 && messages.isEmpty();
    }

    private void judgeTotals(Group group, List<Item> events, List<Message> messages) {
        Message last = messages.get(messages.size() - 1);
        if (last.stage() == AlertStage.EARLY && isPerhapsWithheldAnew(last) && account.withheldGroups.contains(group)) {
            return;
        }
        if (last.stage() == AlertStage.EARLY) {
            wrong.add("only EARLY was heard: " + describe(group, events) + "; heard " + messages);
            return;
        }
        FuzzRule rule = rules(group).get(0);
        List<Item> certain = certain(group, events);
        if (certain.size() < events.size()) {
            boolean within = numbers(events).containsAll(last.marks())
                    && (account.cut || last.marks().containsAll(numbers(certain)));
            if (!within) {
                wrong.add("wrong totals: " + describe(group, events) + "; heard " + messages);
            }
            return;
        }
        Set<Integer> numbers = numbers(events);
        boolean same = last.count() == events.size()
                && last.distinct() == rule.distinct(events)
                && (account.cut ? numbers.containsAll(last.marks()) : numbers.equals(new TreeSet<>(last.marks())));
        if (!same && !isLeftStanding(group, events, last) && !isPerhapsWithheldAnew(last)) {
            wrong.add("wrong totals: " + describe(group, events) + "; heard " + messages);
        }
    }

    /**
     * Whether what was said last stands though events came after it: late ones, which under the rules that they came to did not
     * amount to an alert. Other rules alone take nothing back of a window that is closed.
     */
    private boolean isLeftStanding(Group group, List<Item> events, Message last) {
        long end = group.start() + rules(group).get(0).length();
        return numbers(events).containsAll(last.marks())
                && last.marks().size() < events.size()
                && last.count() >= last.marks().size()
                && events.stream()
                        .filter(event -> !last.marks().contains(event.number()))
                        .allMatch(event -> isUnsaid(group, events, event, end));
    }

    /** Without a journal the next life counts its cap anew, and may withhold what the one before it said. */
    private boolean isPerhapsWithheldAnew(Message last) {
        return account.withheld > 0 && isOfALostLife(last);
    }

    /** Whether the next life knows nothing of it, and may meet other bounds with what is sent again. */
    private boolean isOfALostLife(Message message) {
        return scenario.settings().memory() == Memory.HEALTH && account.killed.contains(message.life());
    }

    private boolean isUnsaid(Group group, List<Item> events, Item event, long end) {
        Account.Taken taken = Objects.requireNonNull(account.taken.get(event.number()));
        int first = account.offered.getOrDefault(event.number(), taken.era());
        for (int era = first; era <= taken.era(); era++) {
            int asOf = era;
            List<Item> then = events.stream()
                    .filter(each -> account.offered.getOrDefault(each.number(), 0) <= asOf)
                    .toList();
            boolean isAlert = account.eras.get(era).rules().stream()
                    .anyMatch(rule -> rule.id().equals(group.rule()) && rule.isAlert(then));
            if (taken.ceiling() >= end && !isAlert) {
                return true;
            }
        }
        return false;
    }

    private static Set<Integer> numbers(Collection<Item> events) {
        return events.stream().map(Item::number).collect(Collectors.toCollection(TreeSet::new));
    }

    /** What the rules may say of a group: both, where a window can have been judged by one set of rules or by the next. */
    private Set<Boolean> verdicts(Group group, List<Item> events) {
        Set<Boolean> verdicts = new HashSet<>();
        for (int era : eras(group, events)) {
            for (FuzzRule rule : account.eras.get(era).rules()) {
                if (rule.id().equals(group.rule())) {
                    verdicts.add(rule.isAlert(events));
                    verdicts.add(rule.isAlert(certain(group, events)));
                }
            }
        }
        return verdicts.isEmpty() ? Set.of(false) : verdicts;
    }

    private List<Item> certain(Group group, List<Item> events) {
        return events.stream()
                .filter(event -> !account.doubtful.contains(group.rule() + " " + event.number()))
                .toList();
    }

    private Set<Integer> eras(Group group, List<Item> events) {
        FuzzRule any = rules(group).get(0);
        long end = group.start() + any.length();
        Set<Integer> possible = new TreeSet<>();
        int last = account.eras.size() - 1;
        for (int i = 0; i <= last; i++) {
            boolean openAtItsStart = i == 0 || account.eras.get(i).least() < end;
            boolean closedAtItsEnd = i == last || account.eras.get(i + 1).most() >= end;
            if (openAtItsStart && closedAtItsEnd) {
                possible.add(i);
            }
        }
        possible.addAll(account.ended);
        for (Item event : events) {
            Account.Taken taken = Objects.requireNonNull(account.taken.get(event.number()));
            if (taken.ceiling() >= end) {
                for (int i = taken.era(); i <= last; i++) {
                    possible.add(i);
                }
            }
        }
        return possible;
    }

    private List<FuzzRule> rules(Group group) {
        List<FuzzRule> rules = account.eras.stream()
                .flatMap(era -> era.rules().stream())
                .filter(rule -> rule.id().equals(group.rule()))
                .toList();
        if (rules.isEmpty()) {
            throw new IllegalStateException("an alert of a rule that there is not: " + group);
        }
        return rules;
    }

    private void judgeEveryMessage() {
        Map<Integer, Item> items = items();
        for (Message message : account.heard) {
            List<FuzzRule> rules = rules(message.group());
            FuzzRule any = rules.get(0);
            List<Item> events = new ArrayList<>();
            for (int mark : message.marks()) {
                Item item = items.get(mark);
                if (item == null || !any.wants(item) || !any.group(item).equals(message.group())) {
                    wrong.add("counts an event of another group, " + mark + ": " + message);
                } else {
                    events.add(item);
                }
            }
            if (message.end() - message.group().start() != any.length()) {
                wrong.add("the window's end is wrong: " + message);
            }
            boolean listed = account.cut
                    ? message.count() >= events.size()
                    : message.count() == events.size() && message.distinct() == any.distinct(events);
            if (!listed) {
                wrong.add("totals that its own list does not bear out: " + message);
            }
            if (message.stage() != AlertStage.RETRACTED
                    && !account.cut
                    && rules.stream().noneMatch(rule -> rule.isAlert(events))) {
                wrong.add("below every threshold that ever held: " + message);
            }
            if (message.stage() == AlertStage.EARLY && !scenario.settings().early()) {
                wrong.add("EARLY though that is off: " + message);
            }
        }
    }

    private void judgeSequences() {
        Map<String, Group> groups = new HashMap<>();
        Map<Group, String> ids = new HashMap<>();
        Map<String, Message> last = new HashMap<>();
        Map<String, Message> names = new HashMap<>();
        for (int at = 0; at < account.heard.size(); at++) {
            Message message = account.heard.get(at);
            Group group = groups.putIfAbsent(message.id(), message.group());
            String id = ids.putIfAbsent(message.group(), message.id());
            if ((group != null && !group.equals(message.group())) || (id != null && !id.equals(message.id()))) {
                wrong.add("an id that does not name one group: " + message);
            }
            // A group that was forgotten with its source begins anew with what others bring.
            String anew = at >= account.forgotten.getOrDefault(message.group(), Integer.MAX_VALUE) ? " anew" : "";
            Message before = names.put(message.name() + anew, message);
            if (before != null) {
                judgeRepetition(before, message, at);
            } else {
                Message previous = last.put(message.id() + anew, message);
                if (previous != null && scenario.settings().memory() != Memory.HEALTH) {
                    judgeOrder(previous, message);
                }
            }
        }
    }

    /**
     * What comes again says the same, comes from another life, and was not acknowledged before. Without a journal it comes with
     * what is sent again, whose windows may be judged at other times: the last word alone is the same.
     */
    private void judgeRepetition(Message before, Message again, int at) {
        if (scenario.settings().memory() == Memory.HEALTH) {
            return;
        }
        Integer acknowledged = account.acknowledged.get(again.name());
        if (before.life() == again.life()) {
            wrong.add("came twice: " + before + " and " + again);
        } else if (acknowledged != null && acknowledged <= at) {
            wrong.add("came twice, and had been acknowledged: " + before + " and " + again);
        } else if (!before.saysTheSameAs(again)) {
            wrong.add("came twice, with other totals: " + before + " and " + again);
        }
    }

    private void judgeOrder(Message previous, Message message) {
        boolean ordered = switch (message.stage()) {
            case EARLY -> false;
            case ON_TIME -> previous.stage() == AlertStage.EARLY;
            case REVISED, RETRACTED ->
                message.revision() == previous.revision() + 1
                        || (previous.stage() == AlertStage.EARLY && message.stage() == AlertStage.RETRACTED);
        };
        if (!ordered) {
            wrong.add("out of order: " + previous + " and then " + message);
        }
        if (message.stage() == AlertStage.REVISED
                && previous.stage() != AlertStage.RETRACTED
                && previous.stage() != AlertStage.EARLY
                && previous.showsTheSameAs(message)) {
            wrong.add("REVISED that changes nothing: " + previous + " and then " + message);
        }
    }

    /** Nothing is said of a group whose only source was revoked, unless it got further events. */
    private void judgeSilence() {
        Map<Integer, Item> items = items();
        account.forgotten.forEach((group, heard) -> {
            for (Message message : account.heard.subList(heard, account.heard.size())) {
                boolean fromRevoked = message.marks().stream()
                        .allMatch(mark -> account.revoked.contains(mark) && items.containsKey(mark));
                boolean maySpeak = account.perhapsSettled.contains(group);
                if (message.group().equals(group) && fromRevoked && !maySpeak) {
                    wrong.add("said of a source that was revoked: " + message);
                }
            }
        });
    }

    private Map<Integer, Item> items() {
        return scenario.feeders().stream()
                .flatMap(feeder -> feeder.items().stream())
                .collect(Collectors.toMap(Item::number, item -> item));
    }

    private String describe(Group group, Collection<Item> events) {
        return group.rule() + " " + group.key() + " window +" + (group.start() - scenario.origin()) / 1_000 + " s has "
                + events.size() + " events "
                + events.stream().map(item -> String.valueOf(item.number())).collect(Collectors.joining(",", "[", "]"))
                + ", rules " + rules(group);
    }
}
