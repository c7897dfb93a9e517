package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.decode.KeyVaultDecoder.RecordSink;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What a sink is told, and what becomes of what it throws")
class SinkTest {
    private static final String READ = "{\"time\":\"2026-11-03T02:41:00Z\",\"operationName\":\"SecretGet\"";
    private static final String USER = ",\"identity\":{\"claim\":{\"upn\":\"ada@x\"}}";

    private final KeyVaultDecoder decoder = new KeyVaultDecoder(IdentityMode.MERGED, 1 << 20);

    /** Writes down all calls, in order. */
    private static class Told implements RecordSink {
        final List<Object> all = new ArrayList<>();
        boolean needsAnonymous = true;
        Set<Property> properties = EventSink.ALL_PROPERTIES;

        @Override
        public void event(KeyVaultEvent event) {
            all.add(event);
        }

        @Override
        public void record(KeyVaultEvent event, byte[] record) {
            all.add(event);
        }

        @Override
        public void longTexts() {
            all.add("long texts");
        }

        @Override
        public void userless(Userless cause) {
            all.add(cause);
        }

        @Override
        public boolean needsAnonymous(long time) {
            all.add("anonymous at " + time);
            return needsAnonymous;
        }

        @Override
        public Set<Property> properties() {
            return properties;
        }

        @Override
        public void ignored() {
            all.add("ignored");
        }

        @Override
        public void ignored(Ignored reason) {
            all.add(reason);
        }

        @Override
        public void unrecognised(List<String> firstKeys) {
            all.add(firstKeys);
        }

        @Override
        public void invalidUtf8() {
            all.add("invalid UTF-8");
        }

        @Override
        public void note(String sentence) {
            all.add(sentence);
        }

        @Override
        public void deadLetter(DeadLetter letter) {
            all.add(letter.toString());
        }
    }

    private static byte[] everything() {
        String lines = READ + USER + "}\n" + READ + ",\"callerIpAddress\":\"192.0.2.1\"}\n"
                + READ.replace("SecretGet", "KeyDelete") + "}\n"
                + READ + ",\"category\":\"Other\"}\n"
                + "{\"a\":1,\"b\":2}\n"
                + READ + ",\"x\":}\n"
                + READ + USER + ",\"callerIpAddress\":\"" + "x".repeat(3_000) + "\"}\n"
                + READ + USER + ",\"y\":\"\u00ff\"}\n"
                + READ.replace("2026-11-03T02:41:00Z", "4/2/2026 2:09:00 AM") + USER + "}\n";
        return lines.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static boolean isRead(String action) {
        return action.endsWith("Get");
    }

    @Test
    @DisplayName("splitting tells what decoding tells, in the same order, and asks the same")
    void split() {
        byte[] json = everything();
        for (boolean needsAnonymous : new boolean[] {true, false}) {
            for (Set<Property> properties : List.of(EventSink.ALL_PROPERTIES, Set.of(Property.UPN))) {
                Told decoded = new Told();
                decoded.needsAnonymous = needsAnonymous;
                decoded.properties = properties;
                decoder.decode(json, 0, json.length, SinkTest::isRead, decoded, new DayOrder());
                Told split = new Told();
                split.needsAnonymous = needsAnonymous;
                split.properties = properties;
                decoder.split(json, 0, json.length, SinkTest::isRead, split, new DayOrder());

                assertThat(split.all).isEqualTo(decoded.all);
                assertThat(decoded.all)
                        .contains(
                                "long texts",
                                "invalid UTF-8",
                                Ignored.ACTION,
                                Ignored.CATEGORY,
                                List.of("a", "b"),
                                Userless.NO_IDENTITY,
                                "anonymous at 1793673660000");
                assertThat(decoded.all)
                        .filteredOn(KeyVaultEvent.class::isInstance)
                        .hasSize(5);
                assertThat(decoded.all.toString()).contains("Dates such as").contains("DeadLetter");
            }
        }
    }

    @Test
    @DisplayName("an event of nobody is whole where the sink needs it, and else has its time and action alone")
    void anonymous() {
        byte[] json = (READ + ",\"callerIpAddress\":\"192.0.2.1\"}").getBytes(StandardCharsets.UTF_8);
        for (boolean needed : new boolean[] {true, false}) {
            Told told = new Told();
            told.needsAnonymous = needed;
            decoder.decode(json, 0, json.length, SinkTest::isRead, told);
            KeyVaultEvent event = (KeyVaultEvent) told.all.get(told.all.size() - 1);
            assertThat(event.action()).isEqualTo("SecretGet");
            assertThat(event.time()).isEqualTo(1_793_673_660_000L);
            assertThat(event.sourceIp()).isEqualTo(needed ? "192.0.2.1" : null);
        }
    }

    @Test
    @DisplayName("of the properties that are not wanted none is there; another call may want others")
    void properties() {
        byte[] json = (READ + USER + ",\"correlationId\":\"c\"}").getBytes(StandardCharsets.UTF_8);
        Set<Property> few = Set.of(Property.UPN);
        for (Set<Property> wanted : List.of(few, EventSink.ALL_PROPERTIES, few, few, EventSink.ALL_PROPERTIES)) {
            Told told = new Told();
            told.properties = wanted;
            decoder.decode(json, 0, json.length, SinkTest::isRead, told);
            assertThat(((KeyVaultEvent) told.all.get(0)).correlationId()).isEqualTo(wanted == few ? null : "c");
            told = new Told();
            told.properties = wanted;
            decoder.decode(
                    Map.of("time", "2026-11-03T02:41:00Z", "operationName", "SecretGet", "correlationId", "c"),
                    SinkTest::isRead,
                    told);
            assertThat(((KeyVaultEvent) told.all.get(told.all.size() - 1)).correlationId())
                    .isEqualTo(wanted == few ? null : "c");
        }
    }

    @Test
    @DisplayName(
            "what the sink or the predicate throws goes to the caller as it is, from every call, and the next call is as good")
    void thrown() {
        thrown(decoder);
        thrown(new KeyVaultDecoder(IdentityMode.MERGED, 1 << 20, false));
    }

    private static void thrown(KeyVaultDecoder decoder) {
        byte[] json = everything();
        Told whole = new Told();
        decoder.decode(json, 0, json.length, SinkTest::isRead, whole, new DayOrder());
        for (Throwable thrown : List.of(new IllegalStateException("mine"), new AssertionError("mine"))) {
            for (int call = 0; call < whole.all.size(); call++) {
                int last = call;
                Told throwing = new Told() {
                    private void check() {
                        if (all.size() > last) {
                            if (thrown instanceof Error error) {
                                throw error;
                            }
                            throw (RuntimeException) thrown;
                        }
                    }

                    @Override
                    public void event(KeyVaultEvent event) {
                        super.event(event);
                        check();
                    }

                    @Override
                    public void longTexts() {
                        super.longTexts();
                        check();
                    }

                    @Override
                    public void userless(Userless cause) {
                        super.userless(cause);
                        check();
                    }

                    @Override
                    public boolean needsAnonymous(long time) {
                        super.needsAnonymous(time);
                        check();
                        return true;
                    }

                    @Override
                    public void ignored(Ignored reason) {
                        super.ignored(reason);
                        check();
                    }

                    @Override
                    public void unrecognised(List<String> firstKeys) {
                        super.unrecognised(firstKeys);
                        check();
                    }

                    @Override
                    public void invalidUtf8() {
                        super.invalidUtf8();
                        check();
                    }

                    @Override
                    public void note(String sentence) {
                        super.note(sentence);
                        check();
                    }

                    @Override
                    public void deadLetter(DeadLetter letter) {
                        super.deadLetter(letter);
                        check();
                    }
                };
                assertThatThrownBy(
                                () -> decoder.decode(json, 0, json.length, SinkTest::isRead, throwing, new DayOrder()))
                        .as("call %d", call)
                        .isSameAs(thrown);
                assertThat(throwing.all).isEqualTo(whole.all.subList(0, call + 1));
            }
            assertThatThrownBy(() -> decoder.decode(
                            json,
                            0,
                            json.length,
                            action -> {
                                if (thrown instanceof Error error) {
                                    throw error;
                                }
                                throw (RuntimeException) thrown;
                            },
                            new Told()))
                    .isSameAs(thrown);
        }
        Told again = new Told();
        decoder.decode(json, 0, json.length, SinkTest::isRead, again, new DayOrder());
        assertThat(again.all).isEqualTo(whole.all);
    }

    @Test
    @DisplayName(
            "a decoder that is called again while it tells a sink, however deeply, reads what decoders of their own read")
    void nested() {
        assertThat(nested(true)).isEqualTo(nested(false)).hasSizeGreaterThan(60);
    }

    private List<String> nested(boolean same) {
        byte[] outer = (READ + USER + "}\n" + READ + USER + ",\"x\":1}\n").getBytes(StandardCharsets.UTF_8);
        byte[] inner = (READ.replace("SecretGet", "KeyGet") + USER + "}").getBytes(StandardCharsets.UTF_8);
        List<String> actions = new ArrayList<>();
        Told told = new Told() {
            @Override
            public void event(KeyVaultEvent event) {
                actions.add(event.action());
                if (actions.size() < 60) {
                    byte[] next = actions.size() % 2 == 0 ? inner : outer;
                    KeyVaultDecoder used = same ? decoder : new KeyVaultDecoder(IdentityMode.MERGED, 1 << 20);
                    used.decode(next, 0, next.length, SinkTest::isRead, this);
                }
            }
        };
        decoder.decode(outer, 0, outer.length, SinkTest::isRead, told);
        return actions;
    }

    @Test
    @DisplayName(
            "what is beside records in a wrapper is said with the first of them; a wrapper without any is one thing")
    void wrappers() {
        byte[] wrapped = ("{\"a\":{\"x\":1},\"message\":[{\"b\":1}," + READ + USER + "},{\"c\":1}]}")
                .getBytes(StandardCharsets.UTF_8);
        Told told = new Told();
        decoder.decode(wrapped, 0, wrapped.length, SinkTest::isRead, told);
        assertThat(told.all).filteredOn(KeyVaultEvent.class::isInstance).hasSize(1);
        assertThat(told.all).contains(List.of("b"), List.of("c"));

        byte[] none = "{\"a\":{\"x\":1},\"message\":[{\"b\":1},{\"c\":1}]}".getBytes(StandardCharsets.UTF_8);
        Told nothing = new Told();
        decoder.decode(none, 0, none.length, SinkTest::isRead, nothing);
        assertThat(nothing.all).containsExactly(List.of("a", "message"));
    }

    @Test
    @DisplayName("a wanted record of 2014 is an event, one of the year before has no good time")
    void earliest() {
        for (String time : List.of("2014-01-01T00:00:00Z", "2013-12-31T23:59:59.999Z")) {
            byte[] json = (READ.replace("2026-11-03T02:41:00Z", time) + USER + "}").getBytes(StandardCharsets.UTF_8);
            Told told = new Told();
            decoder.decode(json, 0, json.length, SinkTest::isRead, told);
            assertThat(told.all).hasSize(1);
            assertThat(told.all.get(0) instanceof KeyVaultEvent).as(time).isEqualTo(time.startsWith("2014"));
        }
    }

    @Test
    @DisplayName(
            "a date is read by what the call shows of the order of day and month, also behind it, alone and in an array")
    void dates() {
        String ambiguous = READ.replace("2026-11-03T02:41:00Z", "2/3/2026 2:09:00 AM") + USER + "}";
        String proof = READ.replace("2026-11-03T02:41:00Z", "13/3/2026 2:09:00 AM") + USER + "}";
        for (String text : List.of(
                ambiguous + "\n" + proof, "[" + ambiguous + "," + proof + "]", "x " + ambiguous + "\n" + proof)) {
            byte[] json = text.getBytes(StandardCharsets.UTF_8);
            Told told = new Told();
            decoder.decode(json, 0, json.length, SinkTest::isRead, told);
            assertThat(told.all).as(text).hasSize(2);
            assertThat(((KeyVaultEvent) told.all.get(0)).time())
                    .as(text)
                    .isEqualTo(java.time.Instant.parse("2026-03-02T02:09:00Z").toEpochMilli());
        }
        Told map = new Told();
        decoder.decode(Map.of("time", "2/3/2026 2:09:00 AM", "operationName", "SecretGet"), SinkTest::isRead, map);
        assertThat(map.all).last().asString().contains("Dates such as");
    }
}
