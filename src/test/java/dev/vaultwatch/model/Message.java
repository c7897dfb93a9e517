package dev.vaultwatch.model;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.fuzz.FuzzRule;
import dev.vaultwatch.fuzz.Group;
import dev.vaultwatch.model.Oracle.Expected;
import dev.vaultwatch.model.Read.Totals;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the host heard in one callback.
 *
 * @param life of the process, from 0, one more after each kill
 */
record Message(int life, String id, AlertStage stage, int revision, FuzzRule.Kind kind, Group group, Totals totals) {

    static Message of(int life, Alert alert, FuzzRule rule) {
        return new Message(
                life,
                alert.id(),
                alert.stage(),
                alert.revision(),
                rule.kind(),
                new Group(
                        alert.ruleId(),
                        alert.windowStart().toEpochMilli(),
                        Group.keyOf(alert.groupingKey().values())),
                new Totals(
                        alert.outputs().get(rule.countOutput()) instanceof Number count ? count.longValue() : 0,
                        values(alert, rule.valuesOutput("action")),
                        values(alert, rule.valuesOutput("sourceIp")),
                        values(alert, rule.valuesOutput("vault"))));
    }

    private static Set<String> values(Alert alert, String column) {
        return alert.outputs().get(column) instanceof List<?> values
                ? values.stream().map(Object::toString).collect(Collectors.toSet())
                : Set.of();
    }

    /** What was said and should not have been, or the other way round; empty if all is as it should be. */
    static List<String> differences(Map<Group, Expected> expected, List<Message> heard) {
        return differences(expected, heard, Message::alert);
    }

    /** As above, where alerts may be said again in other stages: nothing may be said that never was, and the last word counts. */
    static List<String> settledDifferences(Map<Group, Expected> expected, List<Message> heard) {
        return differences(expected, heard, Message::settledAlert);
    }

    private interface Comparison {
        void compare(Expected expected, List<Message> messages, Problems problems);
    }

    private static List<String> differences(Map<Group, Expected> expected, List<Message> heard, Comparison comparison) {
        List<String> differences = new ArrayList<>();
        Map<Group, List<Message>> byKey = new LinkedHashMap<>();
        heard.forEach(message ->
                byKey.computeIfAbsent(message.group(), key -> new ArrayList<>()).add(message));
        expected.forEach((key, alert) -> {
            List<Message> messages = byKey.getOrDefault(key, List.of());
            if (messages.isEmpty()) {
                differences.add("nothing was said of " + key + ", expected " + alert);
            } else if (alert.isStanding()) {
                Message last = messages.get(messages.size() - 1);
                if (last.stage() == AlertStage.RETRACTED) {
                    differences.add("taken back: " + key + ", heard " + messages);
                } else if (alert.most().isPresent()
                        && last.totals().count() != alert.most().getAsLong()) {
                    differences.add("not at its height: " + key + ", expected " + alert.most() + ", heard " + messages);
                }
            } else {
                comparison.compare(
                        alert,
                        messages,
                        problem -> differences.add(problem + "\n    expected " + alert + "\n    heard    " + messages));
            }
        });
        byKey.forEach((key, messages) -> {
            boolean isTakenBack = messages.get(0).kind() == FuzzRule.Kind.ORDERED
                    && messages.get(messages.size() - 1).stage() == AlertStage.RETRACTED;
            if (!expected.containsKey(key) && !isTakenBack) {
                differences.add("nothing should be said of " + key + ", heard " + messages);
            }
            // Events of one key and time are alerts of their own.
            if (messages.get(0).kind() != FuzzRule.Kind.EVENT
                    && messages.stream().map(Message::id).distinct().count() != 1) {
                differences.add("several ids: " + messages);
            }
        });
        Map<String, Group> ids = new HashMap<>();
        heard.forEach(message -> {
            if (!ids.computeIfAbsent(message.id(), id -> message.group()).equals(message.group())) {
                differences.add("an id for two: " + message);
            }
        });
        return differences;
    }

    private interface Problems {
        void add(String problem);
    }

    private static void alert(Expected expected, List<Message> messages, Problems problems) {
        Message last = messages.get(messages.size() - 1);
        if (!last.totals().equals(expected.last())) {
            problems.add("the last word is not the totals");
        }
        stage(AlertStage.EARLY, expected.early(), messages, problems);
        stage(AlertStage.ON_TIME, expected.onTime(), messages, problems);
        stage(AlertStage.RETRACTED, expected.isRetracted() ? expected.early() : Optional.empty(), messages, problems);
        Set<Totals> revised = new HashSet<>(expected.revised());
        if (messages.stream()
                .anyMatch(message -> message.stage() == AlertStage.REVISED && !revised.contains(message.totals()))) {
            problems.add("a revision with totals that never were");
        }
        if (!expected.revised().isEmpty() && last.stage() != AlertStage.REVISED) {
            problems.add("the last word is no revision");
        }
        for (int i = 1; i < messages.size(); i++) {
            Message before = messages.get(i - 1);
            Message message = messages.get(i);
            if (before.life() == message.life() && !message.follows(before)) {
                problems.add("one life says " + message.stage() + " " + message.revision() + " after " + before.stage()
                        + " " + before.revision());
            }
        }
    }

    private static void settledAlert(Expected expected, List<Message> messages, Problems problems) {
        if (!messages.get(messages.size() - 1).totals().equals(expected.last())) {
            problems.add("the last word is not the totals");
        }
        Set<Totals> ever = new HashSet<>(expected.revised());
        expected.early().ifPresent(ever::add);
        expected.onTime().ifPresent(ever::add);
        if (messages.stream().anyMatch(message -> !ever.contains(message.totals()))) {
            problems.add("totals that never were");
        }
    }

    private boolean follows(Message before) {
        return (before.stage == AlertStage.EARLY && stage != AlertStage.EARLY)
                || (before.stage == AlertStage.ON_TIME && stage == AlertStage.REVISED)
                || (before.stage == AlertStage.RETRACTED && stage == AlertStage.REVISED && revision > before.revision)
                || (stage == AlertStage.REVISED && before.stage == AlertStage.REVISED && revision > before.revision);
    }

    private static void stage(AlertStage stage, Optional<Totals> expected, List<Message> messages, Problems problems) {
        List<Message> said =
                messages.stream().filter(message -> message.stage() == stage).toList();
        if (expected.isPresent() && said.isEmpty()) {
            problems.add(stage + " was not said");
        }
        if (said.stream().anyMatch(message -> !Optional.of(message.totals()).equals(expected))) {
            problems.add(stage + " was said and should not have been, or with other totals");
        }
    }
}
