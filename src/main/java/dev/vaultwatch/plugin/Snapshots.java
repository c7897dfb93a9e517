package dev.vaultwatch.plugin;

import dev.vaultwatch.alert.RuleEdition;
import dev.vaultwatch.alert.Said;
import dev.vaultwatch.api.KeyGroup;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.Snapshot;
import dev.vaultwatch.detect.Detector;
import dev.vaultwatch.detect.KeptFor;
import dev.vaultwatch.detect.SharedEvent;
import dev.vaultwatch.engine.CompiledRule;
import dev.vaultwatch.log.AlertCodec;
import dev.vaultwatch.log.EventCodec;
import dev.vaultwatch.rule.RuleFolder;
import dev.vaultwatch.time.SourceClock;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;

/** State in and out by key; the form is drawn at {@link dev.vaultwatch.api.DetectionPlugin#snapshot}. */
final class Snapshots {
    private static final int MAGIC = 0x56575333; // "VWS3"
    private static final int END = 0x56;

    /** No entry is longer: an event's texts are bounded by the record's size, an alert's lists by alerts.max-values. */
    private static final int MOST_BYTES = 1 << 28;

    private Snapshots() {}

    static void write(Core core, OutputStream to, KeyGroup keys) throws IOException {
        look(core, key -> keys.contains(key) ? 0 : 1).of(0).writeTo(to);
    }

    static Map<Integer, Snapshot> take(Core core, ToIntFunction<Map<String, String>> groupOf) {
        Look look = look(core, groupOf);
        Map<Integer, Snapshot> snapshots = new HashMap<>();
        look.events.keySet().forEach(group -> snapshots.put(group, look.of(group)));
        look.owed.keySet().forEach(group -> snapshots.put(group, look.of(group)));
        look.said.keySet().forEach(group -> snapshots.put(group, look.of(group)));
        return snapshots;
    }

    /** What was found at one moment, by group of its keys. */
    private record Look(
            long watermark,
            List<Kept> rules,
            Map<Integer, List<SharedEvent>> events,
            Map<Integer, List<Said>> owed,
            Map<Integer, List<Said>> said) {
        Snapshot of(int group) {
            List<SharedEvent> its = events.getOrDefault(group, List.of());
            List<Said> unacknowledged = owed.getOrDefault(group, List.of());
            List<Said> acknowledged = said.getOrDefault(group, List.of());
            return to -> write(to, watermark, rules, its, unacknowledged, acknowledged);
        }
    }

    /**
     * What was kept for a rule.
     *
     * @param since event time from which on it was every event that the rule asks for; the least of numbers if always
     * @param exclusions by what others were excluded; empty if by nothing
     * @param until event time before which others were excluded, or not asked for
     * @param asked which events the rule asks for
     */
    private record Kept(String rule, long since, String exclusions, long until, Asked asked) {
        static List<Kept> of(Detector live) {
            KeptFor kept = live.keptFor();
            OptionalLong greatest = live.time().greatest();
            long next = greatest.isPresent() ? greatest.getAsLong() + 1 : Long.MIN_VALUE;
            return kept.rules().rules().stream()
                    .map(rule -> {
                        KeptFor.Since since =
                                kept.since().getOrDefault(rule.rule().id(), KeptFor.Since.ALWAYS);
                        return new Kept(
                                rule.rule().id(),
                                since.isFromNext() ? Math.max(since.time(), next) : since.time(),
                                kept.keepAll() ? "" : rule.exclusions(),
                                next,
                                Asked.of(rule, kept.rules()));
                    })
                    .toList();
        }

        /** Since when the rule of now has every event that it asks for, if what was kept is all that there is of before. */
        long since(CompiledRule now) {
            boolean isMissing =
                    (!exclusions.isEmpty() && !exclusions.equals(now.exclusions())) || !asked.hasAllFor(now);
            return isMissing ? Math.max(since, until) : since;
        }
    }

    private static Look look(Core core, ToIntFunction<Map<String, String>> groupOf) {
        core.lock();
        try {
            Detector live = core.running();
            live.judgeLate();
            List<Said> owed = core.desk.unacknowledged();
            Set<Said> told = new HashSet<>(owed);
            List<Said> said = core.desk.said(key -> true).stream()
                    .filter(message -> !told.contains(message))
                    .toList();
            Look look = new Look(
                    live.closedTo().orElse(Long.MIN_VALUE),
                    Kept.of(live),
                    live.share(groupOf),
                    byGroup(owed, groupOf),
                    byGroup(said, groupOf));
            core.endStep();
            return look;
        } finally {
            core.unlock();
        }
    }

    private static Map<Integer, List<Said>> byGroup(List<Said> messages, ToIntFunction<Map<String, String>> groupOf) {
        return messages.stream().collect(Collectors.groupingBy(message -> groupOf.applyAsInt(message.key())));
    }

    private static void write(
            OutputStream to,
            long watermark,
            List<Kept> rules,
            List<SharedEvent> events,
            List<Said> owed,
            List<Said> said)
            throws IOException {
        CheckedOutputStream summed = new CheckedOutputStream(to, new CRC32C());
        DataOutputStream out = new DataOutputStream(summed);
        out.writeInt(MAGIC);
        out.writeLong(watermark);
        out.writeInt(rules.size());
        for (Kept rule : rules) {
            writeText(out, rule.rule());
            out.writeLong(rule.since());
            writeText(out, rule.exclusions());
            out.writeLong(rule.until());
            for (String part : rule.asked().texts()) {
                writeText(out, part);
            }
        }
        List<String> ids = rules.stream().map(Kept::rule).toList();
        EventCodec codec = new EventCodec();
        out.writeInt(events.size());
        for (SharedEvent shared : events) {
            writeText(out, shared.source());
            out.writeInt(shared.rules().size());
            for (String rule : shared.rules()) {
                out.writeInt(ids.indexOf(rule));
            }
            codec.reset();
            codec.putEvent(shared.event());
            writeBytes(out, codec);
        }
        Map<String, RuleEdition> editions = new LinkedHashMap<>();
        List<Said> messages = new ArrayList<>(owed);
        messages.addAll(said);
        messages.forEach(message -> editions.put(message.rule().fingerprint(), message.rule()));
        out.writeInt(editions.size());
        for (RuleEdition edition : editions.values()) {
            writeText(out, edition.id());
            writeText(out, edition.json());
            writeText(out, edition.rule().epl());
        }
        out.writeInt(owed.size());
        out.writeInt(messages.size());
        for (Said message : messages) {
            codec.reset();
            AlertCodec.putSaid(codec, message);
            writeBytes(out, codec);
        }
        out.writeByte(END);
        out.writeLong(summed.getChecksum().getValue());
        out.flush();
    }

    static void read(Core core, InputStream from) throws IOException {
        Taken taken;
        try {
            CheckedInputStream summed = new CheckedInputStream(from, new CRC32C());
            DataInputStream in = new DataInputStream(summed);
            taken = read(in);
            long sum = summed.getChecksum().getValue();
            if (in.readLong() != sum) {
                throw new IOException("The snapshot is damaged: its checksum is another.");
            }
        } catch (RuntimeException e) {
            // Of a rule, an event or an alert that nothing of this version has written so.
            throw new IOException("The snapshot is damaged, or of another version: " + e.getMessage(), e);
        }
        takeOver(core, taken);
    }

    private static Taken read(DataInputStream in) throws IOException {
        int magic = in.readInt();
        if (magic != MAGIC) {
            throw new IOException("This is no snapshot of this version: it begins with " + Integer.toHexString(magic)
                    + ", expected " + Integer.toHexString(MAGIC) + ".");
        }
        long watermark = in.readLong();
        List<Kept> rules = new ArrayList<>();
        for (int i = count(in); i > 0; i--) {
            rules.add(new Kept(
                    readText(in),
                    in.readLong(),
                    readText(in),
                    in.readLong(),
                    Asked.ofTexts(readText(in), readText(in), readText(in))));
        }
        List<SharedEvent> events = new ArrayList<>();
        for (int i = count(in); i > 0; i--) {
            String source = readText(in);
            List<String> its = new ArrayList<>();
            for (int j = count(in); j > 0; j--) {
                its.add(rules.get(in.readInt()).rule());
            }
            events.add(new SharedEvent(EventCodec.event(ByteBuffer.wrap(readBytes(in)), text -> text), source, its));
        }
        Map<String, RuleEdition> editions = new HashMap<>();
        for (int i = count(in); i > 0; i--) {
            String id = readText(in);
            String json = readText(in);
            RuleEdition edition = RuleEdition.of(RuleFolder.ofTexts(id, json, readText(in)), json);
            editions.put(edition.fingerprint(), edition);
        }
        int owed = count(in);
        List<Said> messages = new ArrayList<>();
        for (int i = count(in); i > 0; i--) {
            messages.add(AlertCodec.said(ByteBuffer.wrap(readBytes(in)), fingerprint -> {
                RuleEdition edition = editions.get(fingerprint);
                if (edition == null) {
                    throw new IllegalStateException("The snapshot has an alert of a rule that it does not have.");
                }
                return edition;
            }));
        }
        if (in.readByte() != END) {
            throw new IOException("The snapshot has no end mark where it should end.");
        }
        if (owed > messages.size()) {
            throw new IOException("The snapshot is damaged: of " + messages.size() + " alerts " + owed + " are owed.");
        }
        return new Taken(watermark, rules, events, messages, owed);
    }

    /**
     * What a snapshot holds.
     *
     * @param watermark the least of numbers if there was none
     * @param messages those that are owed first
     * @param owed how many are
     */
    private record Taken(long watermark, List<Kept> rules, List<SharedEvent> events, List<Said> messages, int owed) {}

    private static void takeOver(Core core, Taken taken) {
        List<Said> messages = taken.messages();
        core.lock();
        try {
            Detector live = core.running();
            List<String> inForce = live.rules().rules().stream()
                    .map(CompiledRule::rule)
                    .map(rule -> rule.id())
                    .toList();
            List<Said> owed = messages.subList(0, taken.owed()).stream()
                    .filter(message -> inForce.contains(message.rule().id()))
                    .toList();
            core.desk.takeOver(owed, true);
            if (owed.size() < taken.owed()) {
                tellPassedOver(core, messages.subList(0, taken.owed()), inForce);
            }
            List<Said> wanted = messages.stream()
                    .filter(message -> inForce.contains(message.rule().id()))
                    .toList();
            core.desk.takeOver(wanted, false);
            List<SharedEvent> missing = live.missing(taken.events());
            Map<String, SourceClock> sources = new HashMap<>();
            for (SharedEvent shared : missing) {
                if (!sources.containsKey(shared.source())) {
                    sources.put(shared.source(), core.lender(shared.source()).clock());
                }
            }
            core.durability.takenOver(live, missing);
            live.incompleteBefore(since(live, taken.rules()));
            core.meters.completeSince(live.completeSince());
            OptionalLong judgedTo =
                    taken.watermark() == Long.MIN_VALUE ? OptionalLong.empty() : OptionalLong.of(taken.watermark());
            live.takeOver(missing, sources, judgedTo, wanted);
            List.copyOf(core.previews()).forEach(preview -> preview.takeOver(missing, sources, judgedTo));
            core.endStep();
        } finally {
            core.unlock();
        }
    }

    /** The instance that wrote them takes them back when its source is revoked: then nobody delivers them. */
    private static void tellPassedOver(Core core, List<Said> owed, List<String> inForce) {
        Map<String, Long> byRule = owed.stream()
                .map(message -> message.rule().id())
                .filter(id -> !inForce.contains(id))
                .collect(Collectors.groupingBy(id -> id, TreeMap::new, Collectors.counting()));
        byRule.forEach((id, alerts) -> core.notice(Notice.of(
                Notice.Kind.DELIVERY_FAILED,
                "Another owner had " + alerts + (alerts == 1 ? " alert" : " alerts") + " of rule " + id
                        + " that the host had not acknowledged. The rule is not in force here, so that they are not delivered.",
                alerts)));
    }

    private static Map<String, Long> since(Detector live, List<Kept> rules) {
        Map<String, Long> since = new HashMap<>();
        // Of a rule that was not in force there nothing was kept.
        long newest = rules.stream().mapToLong(Kept::until).max().orElse(Long.MIN_VALUE);
        for (CompiledRule rule : live.rules().rules()) {
            since.put(rule.rule().id(), newest);
            rules.stream()
                    .filter(kept -> kept.rule().equals(rule.rule().id()))
                    .forEach(kept -> since.put(kept.rule(), kept.since(rule)));
        }
        return since;
    }

    private static int count(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 0) {
            throw new IOException("The snapshot is damaged: it has a count of " + count + ".");
        }
        return count;
    }

    private static void writeText(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static String readText(DataInputStream in) throws IOException {
        return new String(readBytes(in), StandardCharsets.UTF_8);
    }

    private static void writeBytes(DataOutputStream out, EventCodec codec) throws IOException {
        out.writeInt(codec.size());
        out.write(codec.bytes(), 0, codec.size());
    }

    private static byte[] readBytes(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > MOST_BYTES) {
            throw new IOException("The snapshot is damaged: it has an entry of " + length + " bytes.");
        }
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("The snapshot ends early.");
        }
        return bytes;
    }
}
