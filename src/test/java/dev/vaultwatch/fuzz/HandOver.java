package dev.vaultwatch.fuzz;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertListener;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.KeyGroup;
import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourceSpec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Two plugins share partitions that are split by user, and hand them over in both directions: by sending again what can still
 * change, or by a snapshot. Nothing settles meanwhile, so the last message about each group, whichever plugin it comes from, must
 * be what all its events deserve.
 */
final class HandOver {
    private static final DetectionPluginFactory FACTORY =
            ServiceLoader.load(DetectionPluginFactory.class).findFirst().orElseThrow();
    private static final long ORIGIN = 1_772_323_200_000L;

    private final Dice dice;
    private final FuzzRule rule;
    private final boolean bySnapshot;
    private final List<List<Item>> partitions = new ArrayList<>();
    private final int[] next;
    private final int[] owner;
    private final List<Member> members = new ArrayList<>();
    private final List<Message> heard = new ArrayList<>();
    private final List<String> story = new ArrayList<>();
    private final List<String> wrong = new ArrayList<>();

    /** One of the two plugins. */
    private final class Member implements AlertListener {
        final int number;
        final DetectionPlugin plugin;
        final Map<Integer, Source> sources = new HashMap<>();

        Member(int number, Path rules, Path cache) {
            this.number = number;
            plugin = FACTORY.create(PluginContext.builder()
                    .config("rules.dir", rules.toString())
                    .config("rules.cache-dir", cache.toString())
                    .config("rules.watch", "false")
                    .config("time.idle-timeout", "PT0S")
                    .config("time.max-future", "PT0S")
                    .config("time.lateness", "PT24H")
                    .config("alerts.cap", "false")
                    .config("alerts.early", Boolean.toString(dice.coin()))
                    .onAlert(this)
                    .build());
            plugin.start();
        }

        @Override
        public void onAlert(Alert alert) {
            Message message = Message.of(number, story.size(), alert, rule);
            heard.add(message);
            int partition = partitionOf(message.group().key());
            if (owner[partition] != number) {
                wrong.add("a message about a partition that was revoked: " + message);
            }
        }

        @Override
        public void onEarly(Alert alert) {
            onAlert(alert);
        }

        Source source(int partition) {
            return sources.computeIfAbsent(partition, each -> plugin.source(SourceSpec.of("hub-" + each)));
        }
    }

    HandOver(long seed, Path folder, Path cache) {
        this.dice = new Dice(seed);
        this.rule = FuzzRule.shipped(dice.oneOf(3, 6), 2);
        this.bySnapshot = dice.coin();
        int count = 2 + dice.below(3);
        this.next = new int[count];
        this.owner = new int[count];
        for (int i = 0; i < count; i++) {
            partitions.add(new ArrayList<>());
            owner[i] = dice.below(2);
        }
        draw();
        // The same for every seed: a rule is compiled once.
        Path rules = folder.resolveSibling("rules");
        Folders.writeRules(rules, List.of(rule), "");
        members.add(new Member(0, rules, cache));
        members.add(new Member(1, rules, cache));
        for (int i = 0; i < count; i++) {
            members.get(owner[i]).source(i);
        }
    }

    private int partitionOf(String user) {
        return Math.floorMod(user.hashCode(), owner.length);
    }

    private void draw() {
        int number = 0;
        long span = (2 + dice.below(10)) * 60_000L;
        for (int burst = 0; burst < 12; burst++) {
            String user = "user" + dice.below(8) + "@contoso.example";
            long begin = ORIGIN + dice.below((int) span);
            int count = 2 + dice.below(10);
            for (int i = 0; i < count; i++) {
                partitions
                        .get(partitionOf(user))
                        .add(new Item(
                                number++,
                                Item.Kind.EVENT,
                                begin + dice.below(40_000),
                                dice.oneOf("SecretGet", "SecretList", "KeyGet"),
                                user,
                                "oid",
                                "VAULT" + dice.below(3),
                                "192.0.2.1"));
            }
        }
        partitions.forEach(items -> items.sort(Comparator.comparingLong(Item::time)));
    }

    /** What is wrong, and the story of it; empty if nothing is. */
    List<String> differences() throws IOException {
        try {
            live();
        } finally {
            members.forEach(member -> member.plugin.close());
        }
        judge();
        if (!wrong.isEmpty()) {
            wrong.add(rule + (bySnapshot ? ", by snapshot" : ", sent again"));
            wrong.addAll(story);
        }
        return wrong;
    }

    private void live() throws IOException {
        while (left() > 0) {
            int partition = dice.below(owner.length);
            feed(partition, 1 + dice.below(dice.oneOf(2, 10, 30)));
            if (dice.oneIn(5)) {
                move(dice.below(owner.length));
            }
        }
        members.forEach(member -> member.plugin.endOfInput());
    }

    private int left() {
        int left = 0;
        for (int i = 0; i < next.length; i++) {
            left += partitions.get(i).size() - next[i];
        }
        return left;
    }

    private void feed(int partition, int most) {
        List<Item> items = partitions.get(partition);
        int to = Math.min(items.size(), next[partition] + most);
        story.add("feed hub-" + partition + " to " + owner[partition] + ": "
                + items.subList(next[partition], to).stream()
                        .map(item -> item.toString(ORIGIN))
                        .collect(Collectors.joining("; ")));
        for (; next[partition] < to; next[partition]++) {
            byte[] json = items.get(next[partition]).json().getBytes(StandardCharsets.UTF_8);
            Admission admission =
                    members.get(owner[partition]).source(partition).accept(OffsetRange.at(next[partition]), json);
            if (admission.kept() + admission.ignored() != 1) {
                wrong.add("step " + story.size() + ", offset " + next[partition] + ": " + admission);
            }
        }
    }

    private void move(int partition) throws IOException {
        Member from = members.get(owner[partition]);
        Member to = members.get(1 - owner[partition]);
        Long oldest = from.plugin.health().oldestPositions().get("hub-" + partition);
        ByteArrayOutputStream state = new ByteArrayOutputStream();
        if (bySnapshot) {
            from.plugin.snapshot(state, KeyGroup.where(key -> partitionOf(Group.keyOf(key.values())) == partition));
        }
        from.source(partition).revoke();
        from.sources.remove(partition);
        story.add("move hub-" + partition + " from " + from.number + " to " + to.number);
        owner[partition] = to.number;
        to.source(partition);
        if (bySnapshot) {
            to.plugin.restore(new ByteArrayInputStream(state.toByteArray()));
        } else if (oldest != null) {
            next[partition] = Math.toIntExact(oldest);
        }
    }

    private void judge() {
        Map<Group, List<Item>> groups = new HashMap<>();
        partitions.forEach(items -> items.stream()
                .filter(rule::wants)
                .forEach(item -> groups.computeIfAbsent(rule.group(item), none -> new ArrayList<>())
                        .add(item)));
        Map<Group, Message> last = new HashMap<>();
        Map<String, Message> names = new TreeMap<>();
        for (Message message : heard) {
            Message previous = last.put(message.group(), message);
            Message twin = names.put(message.name(), message);
            if (bySnapshot && twin != null) {
                wrong.add("came twice: " + twin + " and " + message);
            }
            if (bySnapshot
                    && previous != null
                    && message.stage() == AlertStage.REVISED
                    && previous.stage() != AlertStage.EARLY
                    && previous.showsTheSameAs(message)) {
                wrong.add("REVISED that changes nothing: " + previous + " and then " + message);
            }
            groups.computeIfAbsent(message.group(), none -> new ArrayList<>());
        }
        groups.forEach((group, events) -> judge(group, events, last));
    }

    private void judge(Group group, List<Item> events, Map<Group, Message> last) {
        Message message = last.get(group);
        boolean said = message != null && message.stage() != AlertStage.RETRACTED;
        TreeSet<Integer> numbers = events.stream().map(Item::number).collect(Collectors.toCollection(TreeSet::new));
        if (said != rule.isAlert(events)) {
            wrong.add((said ? "not deserved: " : "missing: ") + group + " " + numbers + "; heard last "
                    + (message == null ? "nothing" : message));
        } else if (said
                && message != null
                && (message.stage() == AlertStage.EARLY || !numbers.equals(new TreeSet<>(message.marks())))) {
            wrong.add("wrong totals: " + group + " " + numbers + "; heard last " + message);
        }
    }
}
