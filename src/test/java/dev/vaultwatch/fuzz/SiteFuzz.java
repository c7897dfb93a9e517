package dev.vaultwatch.fuzz;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertListener;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.KeyGroup;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.ReloadResult;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourceSpec;
import dev.vaultwatch.fuzz.Scenario.Feeder;
import dev.vaultwatch.fuzz.Scenario.Places;
import dev.vaultwatch.fuzz.SiteOracle.Seen;
import dev.vaultwatch.fuzz.SiteOracle.Standing;
import dev.vaultwatch.fuzz.SiteScenario.Op;
import dev.vaultwatch.fuzz.Step.Shape;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Leads a {@link SiteScenario} with the plugin. Where every event is kept, the oracle is exact. */
final class SiteFuzz {
    private static final DetectionPluginFactory FACTORY =
            ServiceLoader.load(DetectionPluginFactory.class).findFirst().orElseThrow();
    private static final List<String> COUNTRIES = List.of("Germany", "France", "Spain");

    private final SiteScenario scenario;
    private final Path folder;
    private final Path rules;
    private final Path cache;
    private final Path tuningFile;
    private final Map<String, FuzzRule> byId;
    private final Reading feed;
    private final SiteOracle oracle;
    private final List<Heard> heard = new ArrayList<>();
    private final List<String> wrong = new ArrayList<>();
    private Optional<SiteScenario.Restart> armed = Optional.empty();
    /** How far event time had come at the last reload, and at the last before a hand-over: who takes over judges again what is kept. */
    private long closedBefore = Long.MIN_VALUE;

    private long judgedAgain = Long.MIN_VALUE;
    private Life life;
    private int lives;
    private int at;

    /** A message, and what the site has to do with it. */
    private record Heard(Message message, String severity, long before, boolean complete) {}

    /** One plugin, until it is killed or closed. */
    private final class Life implements AlertListener {
        final int number = lives++;
        final DetectionPlugin plugin;
        final Source source;
        private int callbacks;
        private int killAt = -1;
        private boolean dead;

        Life() {
            PluginContext.Builder context = PluginContext.builder()
                    .config("rules.dir", rules.toString())
                    .config("rules.cache-dir", cache.toString())
                    .config("rules.watch", "false")
                    .config("rules.tuning", tuningFile.toString())
                    .config("rules.history", scenario.keepsAll() ? "all" : "wanted")
                    .config("time.slack", Duration.ofMillis(scenario.slack()).toString())
                    .config("time.idle-timeout", "PT0S")
                    .config("time.max-future", "PT0S")
                    .config("alerts.early", Boolean.toString(scenario.early()))
                    .config("alerts.max-values", "100000")
                    .config("bounds.rule-time", "PT1H")
                    .enrichWith(event -> enriched(event.get("source.ip").orElse("")))
                    .onAlert(this);
            if (!scenario.handsOver()) {
                context.config("journal.dir", journal(number).toString());
            }
            plugin = FACTORY.create(context.build());
            plugin.start();
            source = plugin.source(SourceSpec.of("hub-0"));
        }

        private Map<String, String> enriched(String address) {
            String country = country(address, number);
            if (country.isEmpty()) {
                throw new IllegalStateException("the enricher's own trouble");
            }
            return Map.of("source.geo.country_name", country);
        }

        @Override
        public void onAlert(Alert alert) {
            if (dead) {
                return;
            }
            boolean killed = ++callbacks == killAt;
            if (!killed || at % 2 == 0) {
                Object before = alert.outputs().get("vaultwatch.suppressed_before");
                heard.add(new Heard(
                        Message.of(number, at, alert, Objects.requireNonNull(byId.get(alert.ruleId()))),
                        alert.severity(),
                        before instanceof Number many ? many.longValue() : 0,
                        alert.isHistoryComplete()));
            }
            if (killed) {
                die();
            }
        }

        @Override
        public void onEarly(Alert alert) {
            onAlert(alert);
        }

        void die() {
            dead = true;
            Folders.copy(journal(number), journal(number + 1));
        }
    }

    SiteFuzz(SiteScenario scenario, Path folder, Path rules, Path cache) {
        this.scenario = scenario;
        this.folder = folder;
        this.rules = rules;
        this.cache = cache;
        this.tuningFile = folder.resolve("tuning.json");
        this.byId = scenario.rules().stream().collect(Collectors.toMap(FuzzRule::id, rule -> rule));
        Folders.writeRules(rules, scenario.rules(), "");
        this.feed = new Reading(new Feeder("hub-0", Places.OFFSETS, 1, scenario.items()));
        this.oracle = new SiteOracle(
                scenario.rules(), scenario.early(), scenario.keepsAll(), scenario.slack(), scenario.tuning());
        scenario.tuning().write(tuningFile);
        this.life = new Life();
    }

    private Path journal(int number) {
        return folder.resolve("journal" + number);
    }

    /** What the enricher of a life knows; empty if it fails. */
    private static String country(String address, int life) {
        int last = Integer.parseInt(address.substring(address.lastIndexOf('.') + 1));
        return last == 3 && life % 2 == 1 ? "" : COUNTRIES.get((last + life) % COUNTRIES.size());
    }

    /** What is wrong; empty if nothing is. */
    List<String> differences() throws IOException {
        try {
            for (Op op : scenario.ops()) {
                take(op);
                reviveIfDead();
                at++;
            }
            life.killAt = -1;
            life.plugin.endOfInput();
            oracle.end();
            checkExcepted();
        } finally {
            life.plugin.close();
        }
        judge();
        return wrong;
    }

    private void take(Op op) throws IOException {
        if (op instanceof SiteScenario.Feed its) {
            give(its);
        } else if (op instanceof SiteScenario.Reload reload) {
            reload.tuning().write(tuningFile);
            ReloadResult result = life.plugin.reload();
            if (!result.applied()) {
                wrong.add("refused: step " + at + ": " + result.faults());
            }
            oracle.reload(reload.tuning());
            closedBefore = oracle.watermark();
        } else if (op instanceof SiteScenario.Restart restart) {
            armed = Optional.of(restart);
            if (restart.inCallback() < 0) {
                life.plugin.close();
                Folders.copy(journal(life.number), journal(life.number + 1));
                revive();
            } else if (restart.inCallback() == 0) {
                life.die();
            } else {
                life.killAt = life.callbacks + restart.inCallback();
            }
        } else {
            move();
        }
    }

    private void give(SiteScenario.Feed its) {
        int count = its.items().size();
        int number = life.number;
        Admission admission =
                Calls.give(life.plugin, Optional.of(life.source), feed, feed.next, its.items(), its.shape());
        if (admission.kept() != count) {
            wrong.add("not kept: step " + at + ": " + admission);
        }
        its.items().forEach(item -> oracle.take(new Seen(item, country(item.address(), number))));
        feed.next += count;
    }

    private void reviveIfDead() {
        if (life.dead) {
            life.plugin.close();
            revive();
        }
    }

    private void revive() {
        SiteScenario.Restart restart = armed.orElseThrow();
        restart.meanwhile().ifPresent(tuning -> {
            tuning.write(tuningFile);
            oracle.reload(tuning);
        });
        life = new Life();
        for (int i = Math.max(0, feed.next - restart.resent()); i < feed.next; i++) {
            List<Item> again = feed.feeder.items().subList(i, i + 1);
            Admission admission = Calls.give(life.plugin, Optional.of(life.source), feed, i, again, Shape.SINGLE);
            if (admission.status() != Admission.Status.REPEATED) {
                wrong.add("sent again, and taken: step " + at + ": " + admission);
            }
        }
    }

    private void move() throws IOException {
        ByteArrayOutputStream state = new ByteArrayOutputStream();
        life.plugin.snapshot(state, KeyGroup.all());
        life.source.revoke();
        life.plugin.close();
        judgedAgain = closedBefore;
        life = new Life();
        life.plugin.restore(new ByteArrayInputStream(state.toByteArray()));
    }

    /**
     * The exceptions that are in force at the end say how many events they left out. After a kill events may be judged again, by the
     * exceptions of then.
     */
    private void checkExcepted() {
        boolean recounted = scenario.ops().stream()
                .anyMatch(op -> op instanceof SiteScenario.Restart restart
                        && restart.meanwhile().isPresent());
        if (!scenario.handsOver() && !recounted) {
            Map<String, Long> counted = life.plugin.health().parts(Counter.EXCEPTED_EVENTS);
            Map<String, Long> expected = new TreeMap<>();
            counted.keySet().forEach(id -> expected.put(id, oracle.excepted().getOrDefault(id, 0L)));
            if (!counted.equals(expected)) {
                wrong.add("excepted events: counted " + counted + ", expected " + expected);
            }
        }
    }

    private void judge() {
        Map<Group, Heard> last = new HashMap<>();
        Map<String, Heard> names = new HashMap<>();
        for (Heard each : heard) {
            Message message = each.message();
            Heard twin = names.putIfAbsent(message.name(), each);
            if (twin == null) {
                last.put(message.group(), each);
            } else if (!twin.message().saysTheSameAs(message) || twin.message().life() == message.life()) {
                wrong.add("came twice: " + twin + " and " + each);
            }
            if (!each.complete() && scenario.keepsAll() && !scenario.handsOver()) {
                wrong.add("incomplete, though every event is kept: " + each);
            }
        }
        Map<Group, Standing> expected = oracle.standing();
        Set<Group> all = new TreeSet<>(Group.ORDER);
        all.addAll(expected.keySet());
        all.addAll(last.keySet());
        all.removeAll(oracle.unjudged());
        all.removeIf(group ->
                group.start() + Objects.requireNonNull(byId.get(group.rule())).length() <= judgedAgain);
        all.forEach(
                group -> judge(group, Optional.ofNullable(expected.get(group)), Optional.ofNullable(last.get(group))));
    }

    /** An alert that does not count all that was ever kept says so. */
    private static boolean isCounted(Standing wanted, Heard its) {
        TreeSet<Integer> marks = new TreeSet<>(its.message().marks());
        return wanted.marks().equals(marks)
                || (!its.complete()
                        && marks.containsAll(wanted.least())
                        && wanted.marks().containsAll(marks));
    }

    private void judge(Group group, Optional<Standing> expected, Optional<Heard> last) {
        Optional<Heard> standing = last.filter(each -> each.message().stage() != AlertStage.RETRACTED);
        String kind = "";
        if (expected.isEmpty()) {
            kind = standing.isEmpty() ? "" : "not deserved";
        } else if (standing.isEmpty()) {
            kind = expected.get().certain() ? "missing" : "";
        } else {
            Standing wanted = expected.get();
            Heard its = standing.get();
            kind = its.message().stage() == AlertStage.EARLY
                    ? "only early"
                    : !isCounted(wanted, its)
                            ? "other totals"
                            : !wanted.severity().equals(its.severity())
                                    ? "other severity"
                                    : wanted.before() != its.before() ? "other number suppressed" : "";
        }
        if (!kind.isEmpty()) {
            wrong.add(kind + ": " + group + " +" + (group.start() - SiteScenario.ORIGIN) / 1_000 + " s expected "
                    + expected + "; heard "
                    + heard.stream()
                            .filter(each -> each.message().group().equals(group))
                            .toList());
        }
    }
}
