package dev.vaultwatch.detect;

import dev.vaultwatch.alert.AlertDesk;
import dev.vaultwatch.alert.Judgement;
import dev.vaultwatch.alert.RuleEdition;
import dev.vaultwatch.alert.Said;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.store.Group;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Brings findings to the desk as judgements, and says what else an operator must know of rules. Under the detector's lock. */
public final class DeskReporter implements Reporter {
    /** What was found of the window that is closing, and has been said. */
    private final Set<About> inPart = new HashSet<>();

    private final AlertDesk desk;
    private final Consumer<Notice> notices;
    private final Map<Rule, RuleEdition> editions = new HashMap<>();

    /** What was asked for last: a window closes with many alerts of one rule. */
    private @Nullable Rule asked;

    private @Nullable RuleEdition latest;

    /** The rules in force by id, where others took over: those that find may be the same in another description. */
    private Map<String, Rule> inForce = Map.of();

    /** What closed in the present step of time: the desk wants it together. */
    private final List<Judgement> closed = new ArrayList<>();

    /** The windows that closed in it. */
    private final List<Ended> ended = new ArrayList<>();

    /**
     * A window that closed.
     *
     * @param standing keys of which what was said stands
     */
    private record Ended(String ruleId, long anchor, Set<Map<String, String>> standing) {}

    /** Windows that are remembered of each; one that is told of once more does no harm. */
    private static final int MOST_CUT_WINDOWS = 256;

    private record CutTold(Notice.Kind kind, String ruleId) {}

    /** By window, how many events a notice has said were cut. */
    private final Map<CutTold, TreeMap<Long, Long>> cutTold = new HashMap<>();

    private long failures;

    /**
     * Reports to a desk.
     *
     * @param notices is told what an operator must know, under the lock
     */
    public DeskReporter(AlertDesk desk, Consumer<Notice> notices) {
        this.desk = desk;
        this.notices = notices;
    }

    @SuppressWarnings("ReferenceEquality") // an equal rule has the same edition, and is looked up
    private RuleEdition edition(Rule rule) {
        RuleEdition known = latest;
        if (known == null || asked != rule) {
            known = editions.computeIfAbsent(rule, each -> {
                Rule described = described(each);
                return RuleEdition.of(described, described.json());
            });
            asked = rule;
            latest = known;
        }
        return known;
    }

    /** A rule that does not change in what it finds is not disturbed when others take over; what it is called is the new word. */
    private Rule described(Rule rule) {
        Rule now = inForce.get(rule.id());
        return now != null && now.fingerprint().equals(rule.fingerprint()) ? now : rule;
    }

    /** The desk takes back what this edition of a rule said; what another description of the same said is as much the rule's own. */
    private void retract(Rule rule, Map<String, String> key, long anchor, String discriminator) {
        RuleEdition now = edition(rule);
        RuleEdition by = inForce.isEmpty()
                ? now
                : desk.said(rule.id(), anchor).stream()
                        .filter(said ->
                                said.key().equals(key) && said.discriminator().equals(discriminator))
                        .map(Said::rule)
                        .filter(then ->
                                then.rule().fingerprint().equals(now.rule().fingerprint()))
                        .findFirst()
                        .orElse(now);
        desk.retract(by, key, anchor, discriminator);
    }

    /** From now on what rules find is told in the words of these: with their severity, name and labels. */
    public void describe(List<Rule> rules) {
        Map<String, Rule> byId = new HashMap<>();
        rules.forEach(rule -> byId.put(rule.id(), rule));
        inForce = byId;
        editions.clear();
        asked = null;
        latest = null;
    }

    private Judgement judgement(Found found) {
        Rule rule = found.finding().rule();
        return new Judgement(
                edition(rule),
                rule.key().named(found.finding().key()),
                found.anchor(),
                found.discriminator(),
                found.anchor(),
                found.end(),
                found.finding().columns(),
                found.withoutEvidence(),
                found.atLeast(),
                found.incomplete());
    }

    @Override
    public void early(Found found) {
        if (!leaving.contains(found.finding().rule().id())) {
            desk.early(judgement(found));
        }
    }

    @Override
    public OptionalLong firstEarly(String ruleId, long from) {
        return desk.firstEarly(ruleId, from);
    }

    /** Rules by which an open window is judged that others are about to judge instead. */
    private Set<String> leaving = Set.of();

    /**
     * Does a step in which of these rules no EARLY is said that was not said before: others take over, and judge what is open anew. By
     * the site's word of then it may have been withheld, of which only the word of now is known.
     */
    public void leaving(Set<String> ruleIds, Runnable step) {
        leaving = Set.copyOf(ruleIds);
        try {
            step.run();
        } finally {
            leaving = Set.of();
        }
    }

    @Override
    public void closed(
            Rule rule,
            long anchor,
            List<Found> found,
            Iterable<Group> judged,
            Collection<? extends @Nullable Object> unjudged) {
        Set<Map<String, String>> standing = named(rule, unjudged);
        if (desk.standing(rule.id(), anchor) > 0) {
            takeBack(rule, anchor, found, judged, standing);
        }
        inPart.clear();
        found.forEach(each -> closed.add(judgement(each)));
        ended.add(new Ended(rule.id(), anchor, standing));
    }

    private static Set<Map<String, String>> named(Rule rule, Collection<? extends @Nullable Object> keys) {
        Set<Map<String, String>> named = new HashSet<>();
        keys.forEach(key -> named.add(rule.key().named(key)));
        return named;
    }

    /** Retracts what was said of these groups when the window closed in an earlier run, whose input had ended, and is not found now. */
    private void takeBack(
            Rule rule, long anchor, List<Found> found, Iterable<Group> judged, Set<Map<String, String>> standing) {
        Set<Map<String, String>> confirmed = new HashSet<>(standing);
        found.forEach(each -> confirmed.add(rule.key().named(each.finding().key())));
        Set<Map<String, String>> keys = new HashSet<>();
        judged.forEach(group -> keys.add(rule.key().named(group.key())));
        for (Said said : desk.said(rule.id(), anchor)) {
            boolean isOfClose = said.stage() == AlertStage.ON_TIME || said.stage() == AlertStage.REVISED;
            if (isOfClose
                    && !confirmed.contains(said.key())
                    && !inPart.contains(About.of(said))
                    && keys.contains(said.key())) {
                retract(rule, said.key(), anchor, said.discriminator());
            }
        }
    }

    /** Brings the desk what closed in one step of time; to be called at its end. */
    void flush() {
        if (!closed.isEmpty()) {
            desk.closed(List.copyOf(closed));
            closed.clear();
        }
        for (Ended each : ended) {
            if (desk.early(each.ruleId, each.anchor) > 0) {
                retractEarly(each);
            }
        }
        ended.clear();
    }

    /** What is still said early only was not found when its window closed. */
    private void retractEarly(Ended window) {
        for (Said said : desk.said(window.ruleId, window.anchor)) {
            if (said.stage() == AlertStage.EARLY && !window.standing.contains(said.key())) {
                desk.retract(said.rule(), said.key(), window.anchor, said.discriminator());
            }
        }
    }

    @Override
    public void closedInPart(List<Found> found) {
        flush();
        List<Judgement> judgements = found.stream().map(this::judgement).toList();
        judgements.forEach(each -> inPart.add(About.of(each)));
        desk.closed(judgements);
    }

    @Override
    public void onTime(Found found) {
        desk.closed(List.of(judgement(found)));
    }

    /** What makes an alert the same one, whatever was said of it. */
    private record About(String ruleId, long anchor, Map<String, String> key, String discriminator) {
        static About of(Judgement judgement) {
            return new About(judgement.rule().id(), judgement.anchor(), judgement.key(), judgement.discriminator());
        }

        static About of(Said said) {
            return new About(said.rule().id(), said.anchor(), said.key(), said.discriminator());
        }
    }

    @Override
    public void judgedAgain(Rule rule, long anchor, Collection<? extends @Nullable Object> keys, List<Found> found) {
        Set<Map<String, String>> judged = named(rule, keys);
        Set<About> confirmed = new HashSet<>();
        for (Found each : found) {
            Judgement judgement = judgement(each);
            confirmed.add(About.of(judgement));
            desk.revised(judgement);
        }
        for (Said said : desk.said(rule.id(), anchor)) {
            if (judged.contains(said.key()) && !confirmed.contains(About.of(said))) {
                retract(rule, said.key(), anchor, said.discriminator());
            }
        }
    }

    @Override
    public void revised(Found found) {
        desk.revised(judgement(found));
    }

    @Override
    public void retracted(Rule rule, @Nullable Object key, long anchor, String discriminator) {
        retract(rule, rule.key().named(key), anchor, discriminator);
    }

    @Override
    public void revoked(Rule rule, @Nullable Object key, long anchor) {
        if (silent) {
            return;
        }
        Map<String, String> named = rule.key().named(key);
        for (Said said : desk.said(rule.id(), anchor)) {
            if (said.key().equals(named)) {
                desk.forget(rule.id(), named, anchor, said.discriminator());
            }
        }
        desk.forget(rule.id(), named, anchor, "");
    }

    private boolean silent;

    /** Does something that an earlier run did, and of which the desk knows. */
    public void silently(Runnable step) {
        silent = true;
        try {
            step.run();
        } finally {
            silent = false;
        }
    }

    // ---- what an operator must know

    @Override
    public void cut(String ruleId, long window, long counted, long limited) {
        if (isCutNews(Notice.Kind.EVIDENCE_CUT, ruleId, window, counted)) {
            notices.accept(Notice.of(
                    Notice.Kind.EVIDENCE_CUT,
                    "In the window of " + Instant.ofEpochMilli(window) + " rule " + ruleId + " counted " + counted
                            + " events without keeping what they hold, because a bound was reached (bounds.*)."
                            + " Its totals are right; an alert says how much of its evidence is missing.",
                    counted));
        }
        if (isCutNews(Notice.Kind.RULE_LIMITED, ruleId, window, limited)) {
            notices.accept(Notice.of(
                    Notice.Kind.RULE_LIMITED,
                    "In the window of " + Instant.ofEpochMilli(window) + " rule " + ruleId + " did not see "
                            + limited
                            + " events, because bounds were reached (bounds.*) that counting can't get round: its conditions"
                            + " are more than counts of events and of actions, or no heap is left to count more. Its alerts of that window say \"at least\", and some may be missing.",
                    limited));
        }
    }

    /** The first, and then what is at least twice what was told: late events come one by one. */
    private boolean isCutNews(Notice.Kind kind, String ruleId, long window, long cut) {
        TreeMap<Long, Long> told = cutTold.computeIfAbsent(new CutTold(kind, ruleId), key -> new TreeMap<>());
        boolean isNews = cut > 0 && cut >= 2 * told.getOrDefault(window, 0L);
        if (isNews) {
            told.put(window, cut);
            if (told.size() > MOST_CUT_WINDOWS) {
                told.pollFirstEntry();
            }
        }
        return isNews;
    }

    @Override
    public void madeRoom(String ruleId, long upTo) {
        notices.accept(Notice.of(
                Notice.Kind.LATENESS_CUT,
                "The event store reached bounds.journal-megabytes, and closed windows of rule " + ruleId
                        + " up to that of "
                        + Instant.ofEpochMilli(upTo)
                        + " had to make room; events that still come for them are dropped as late.",
                0));
    }

    @Override
    public void excepted(String exception) {
        excepted.merge(exception, 1L, Long::sum);
        exceptedNow = true;
    }

    private final Map<String, Long> excepted = new HashMap<>();
    private boolean exceptedNow;

    /** How many events each exception has kept from counting; one that has none is missing. A copy. */
    public Map<String, Long> excepted() {
        return Map.copyOf(excepted);
    }

    /** Whether an exception kept an event from counting since the last call. */
    public boolean takeExcepted() {
        boolean was = exceptedNow;
        exceptedNow = false;
        return was;
    }

    @Override
    public void failed(String ruleId, String problem, boolean first) {
        failures++;
        failuresByRule.merge(ruleId, 1L, Long::sum);
        if (first) {
            notices.accept(Notice.of(Notice.Kind.RULE_FAILED, "Rule " + ruleId + " failed and goes on: " + problem, 1));
        }
    }

    private final Map<String, Long> failuresByRule = new HashMap<>();

    @Override
    public void limited(String ruleId, String problem, boolean first) {
        if (first) {
            notices.accept(Notice.of(
                    Notice.Kind.RULE_LIMITED,
                    "Rule " + ruleId + " reached a bound. " + problem + " Its alerts say \"at least\" meanwhile.",
                    1));
        }
    }

    @Override
    public void suspended(String ruleId, String why) {
        notices.accept(Notice.of(
                Notice.Kind.RULE_SUSPENDED,
                "Rule " + ruleId + " " + why + "; it is suspended until the rules are reloaded. Other rules go on.",
                0));
    }

    /** Failures of rules so far. */
    public long failures() {
        return failures;
    }

    /** Failures so far, by rule id. */
    public Map<String, Long> failuresByRule() {
        return Map.copyOf(failuresByRule);
    }

    /** What was said of times before the given ones, by rule, can't change any more, but for anchors whose alerts go on. */
    void settledBefore(ToLongFunction<String> time, Function<String, Set<Long>> goOn) {
        for (String ruleId : desk.ruleIds()) {
            desk.settledBefore(ruleId, time.applyAsLong(ruleId), () -> goOn.apply(ruleId));
        }
    }

    /** Every window of the rule before that time is closed: capped periods that are over are summed up. */
    void closedBefore(Rule rule, long time) {
        desk.closedBefore(edition(rule), time);
    }

    /** The end: what was withheld is summed up. */
    void finish(Rule rule) {
        desk.finish(edition(rule));
    }
}
