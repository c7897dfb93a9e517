package dev.vaultwatch.decode;

import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.event.KeyVaultEvent;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** What a sink was given, in order. */
class Outcome implements EventSink {
    static final int MAX_BYTES = 1 << 20;
    static final Predicate<String> ALL = action -> true;

    private static final KeyVaultDecoder MERGED = new KeyVaultDecoder(IdentityMode.MERGED, MAX_BYTES);
    private static final KeyVaultDecoder UPSTREAM = new KeyVaultDecoder(IdentityMode.UPSTREAM, MAX_BYTES);

    final List<KeyVaultEvent> events = new ArrayList<>();
    final List<DeadLetter> letters = new ArrayList<>();
    final List<Userless> userless = new ArrayList<>();
    final List<List<String>> unrecognised = new ArrayList<>();
    final List<Ignored> reasons = new ArrayList<>();
    final List<String> notes = new ArrayList<>();
    int ignored;
    int invalidUtf8;

    @Override
    public void event(KeyVaultEvent event) {
        events.add(event);
    }

    @Override
    public void ignored() {
        throw new AssertionError("ignored without a reason");
    }

    @Override
    public void ignored(Ignored reason) {
        ignored++;
        reasons.add(reason);
    }

    @Override
    public void unrecognised(List<String> firstKeys) {
        unrecognised.add(firstKeys);
    }

    @Override
    public void userless(Userless cause) {
        userless.add(cause);
    }

    @Override
    public void invalidUtf8() {
        invalidUtf8++;
    }

    @Override
    public void note(String sentence) {
        notes.add(sentence);
    }

    @Override
    public void deadLetter(DeadLetter letter) {
        letters.add(letter);
    }

    int records() {
        return events.size() + letters.size() + ignored + unrecognised.size();
    }

    KeyVaultEvent event() {
        if (events.size() != 1 || records() != 1) {
            throw new AssertionError("not one event but " + this);
        }
        return events.get(0);
    }

    DeadLetter letter() {
        if (letters.size() != 1 || records() != 1) {
            throw new AssertionError("not one dead letter but " + this);
        }
        return letters.get(0);
    }

    List<String> actions() {
        return events.stream().map(KeyVaultEvent::action).toList();
    }

    @Override
    public String toString() {
        return "events=" + events + " ignored=" + ignored + " unrecognised=" + unrecognised + " letters=" + letters;
    }

    static Outcome of(String json) {
        return of(json.getBytes(StandardCharsets.UTF_8), IdentityMode.MERGED);
    }

    static Outcome of(byte[] json, IdentityMode identity) {
        Outcome outcome = new Outcome();
        (identity == IdentityMode.MERGED ? MERGED : UPSTREAM).decode(json, 0, json.length, ALL, outcome);
        return outcome;
    }

    static Outcome of(Map<String, ?> event) {
        Outcome outcome = new Outcome();
        MERGED.decode(event, ALL, outcome);
        return outcome;
    }

    /** How many cases a test of random records takes: as many as usual, or fewer with {@code -Dvaultwatch.fuzz=100}. */
    static int cases(int usual) {
        return (int) Math.min(usual, Long.getLong("vaultwatch.fuzz", usual));
    }

    /** Through a reader. */
    static Outcome read(String json) {
        return read(json.getBytes(StandardCharsets.UTF_8), MAX_BYTES);
    }

    static Outcome read(byte[] json, int maxRecordBytes) {
        return read(new ByteArrayInputStream(json), maxRecordBytes);
    }

    static Outcome read(InputStream in, int maxRecordBytes) {
        Outcome outcome = new Outcome();
        KeyVaultDecoder decoder =
                maxRecordBytes == MAX_BYTES ? MERGED : new KeyVaultDecoder(IdentityMode.MERGED, maxRecordBytes);
        try (RecordReader reader = new RecordReader(in, maxRecordBytes)) {
            while (reader.next()) {
                decoder.decode(reader.buffer(), reader.offset(), reader.length(), ALL, outcome, reader.dayOrder());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return outcome;
    }
}
