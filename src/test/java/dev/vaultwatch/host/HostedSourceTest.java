package dev.vaultwatch.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.KeyGroup;
import dev.vaultwatch.api.KeyReader;
import dev.vaultwatch.api.KeyedRecord;
import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginDescriptor;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourceSpec;
import dev.vaultwatch.testkit.AlertBuilder;
import dev.vaultwatch.testkit.FakePlugin;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Sources, acknowledgements, hand-over and keys across the border, with a fake plugin behind it. */
final class HostedSourceTest {
    private static final byte[] RECORD = "{\"a\":1}".getBytes(StandardCharsets.UTF_8);
    private static final Instant NOON = Instant.parse("2026-11-03T12:00:00Z");

    private final AtomicReference<Optional<FakePlugin>> fake = new AtomicReference<>(Optional.empty());
    private final ClassLoader pluginsOwn = DetectionPluginFactory.class.getClassLoader();

    private final class Factory implements DetectionPluginFactory {
        @Override
        public PluginDescriptor descriptor() {
            return PluginDescriptor.builder().id("fake").build();
        }

        @Override
        public DetectionPlugin create(PluginContext context) {
            FakePlugin made = FakePlugin.of(context);
            fake.set(Optional.of(made));
            return made;
        }

        @Override
        public KeyReader keyReader(Map<String, String> config) {
            return payload -> List.of(KeyedRecord.of(payload, Optional.of(NOON), Map.of()));
        }
    }

    private FakePlugin fake() {
        return java.util.Objects.requireNonNull(fake.get()).orElseThrow();
    }

    private DetectionPlugin plugin(PluginContext context) {
        DetectionPlugin plugin = PluginLoader.wrap(new Factory()).create(context);
        plugin.start();
        return plugin;
    }

    private DetectionPlugin plugin() {
        return plugin(PluginContext.builder().onAlert(alert -> {}).build());
    }

    @Test
    @DisplayName("every way to bring records reaches the source inside, with its range")
    void records() {
        Source source = plugin().source(SourceSpec.of("hub-3").epoch("topic-id"));

        source.accept(RECORD);
        source.accept(RECORD, 1, 3);
        source.accept(Map.of("a", 1));
        source.accept(OffsetRange.at(7), RECORD);
        source.accept(new OffsetRange(8, 9), RECORD, 1, 3);
        source.accept(OffsetRange.at(10), Map.of("a", 1));

        assertThat(fake().feeds())
                .containsExactly(
                        new FakePlugin.Feed("hub-3", Optional.empty(), "{\"a\":1}"),
                        new FakePlugin.Feed("hub-3", Optional.empty(), "\"a\""),
                        new FakePlugin.Feed("hub-3", Optional.empty(), "{a=1}"),
                        new FakePlugin.Feed("hub-3", Optional.of(OffsetRange.at(7)), "{\"a\":1}"),
                        new FakePlugin.Feed("hub-3", Optional.of(new OffsetRange(8, 9)), "\"a\""),
                        new FakePlugin.Feed("hub-3", Optional.of(OffsetRange.at(10)), "{a=1}"));
        assertThat(source.name()).isEqualTo("hub-3");
        assertThat(fake().opened("hub-3").orElseThrow().spec().epoch()).contains("topic-id");
    }

    @Test
    @DisplayName("a source's life reaches the source inside")
    void life() {
        DetectionPlugin plugin = plugin();
        Source closed = plugin.source(SourceSpec.of("closed"));
        Source revoked = plugin.source(SourceSpec.of("revoked"));

        closed.advanceTo(NOON);
        closed.idle();
        closed.close();
        revoked.revoke();

        FakePlugin.FakeSource inside = fake().opened("closed").orElseThrow();
        assertThat(inside.advancedTo()).contains(NOON);
        assertThat(inside.isIdle()).isTrue();
        assertThat(inside.isClosed()).isTrue();
        assertThat(fake().opened("revoked").orElseThrow().isRevoked()).isTrue();
        assertThat(revoked.ready().toCompletableFuture()).isCompleted();
    }

    @Test
    @DisplayName("a source of a closed plugin says so, and may still be closed")
    void closedPlugin() {
        DetectionPlugin plugin = plugin();
        Source source = plugin.source(SourceSpec.of("hub-3"));
        plugin.close();

        assertThatIllegalStateException()
                .isThrownBy(() -> source.accept(RECORD))
                .withMessageContaining("CLOSED");
        assertThatCode(source::close).doesNotThrowAnyException();
        assertThat(plugin.state()).isEqualTo(PluginHealth.State.CLOSED);
        assertThat(plugin.isReady()).isFalse();
    }

    @Test
    @DisplayName("an acknowledgement reaches the plugin, and a retry comes back")
    void acknowledgement() {
        List<Alert> got = new ArrayList<>();
        plugin(PluginContext.builder()
                .onAlertToAcknowledge((alert, acknowledgement) -> {
                    got.add(alert);
                    if (got.size() < 3) {
                        acknowledgement.retry();
                    } else {
                        acknowledgement.acknowledge();
                    }
                })
                .build());

        fake().raise(AlertBuilder.alert().build());

        assertThat(got).hasSize(3);
        assertThat(fake().unacknowledged()).isEmpty();
    }

    @Test
    @DisplayName("callbacks run under the host's context class loader, and the thread's own is put back")
    void contextClassLoader() {
        ClassLoader host = new ClassLoader(pluginsOwn) {};
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        List<ClassLoader> seen = new ArrayList<>();
        try {
            thread.setContextClassLoader(host);
            plugin(PluginContext.builder()
                    .onAlertToAcknowledge((alert, acknowledgement) -> seen.add(thread.getContextClassLoader()))
                    .build());
            thread.setContextClassLoader(before);
            fake().raise(AlertBuilder.alert().build());
        } finally {
            thread.setContextClassLoader(before);
        }

        assertThat(seen).containsExactly(host);
        assertThat(thread.getContextClassLoader()).isSameAs(before);
    }

    @Test
    @DisplayName("state goes out and in, and an error of the stream comes as it is")
    void snapshots() throws IOException {
        DetectionPlugin plugin = plugin();
        ByteArrayOutputStream state = new ByteArrayOutputStream();
        plugin.snapshot(state, KeyGroup.all());

        assertThatCode(() -> plugin.restore(new ByteArrayInputStream(state.toByteArray())))
                .doesNotThrowAnyException();
        assertThatCode(() -> plugin.restore(new ByteArrayInputStream(RECORD))).isInstanceOf(IOException.class);
    }

    @Test
    @DisplayName("keys are read through the border, and the end of input is told")
    void keysAndEnd() {
        DetectionPluginFactory factory = PluginLoader.wrap(new Factory());
        DetectionPlugin plugin = plugin();
        plugin.endOfInput();

        assertThat(factory.eventTimeOf(RECORD)).contains(NOON);
        assertThat(factory.keysOf(RECORD))
                .singleElement()
                .satisfies(record -> assertThat(record.json()).isEqualTo(RECORD));
        assertThat(fake().isInputEnded()).isTrue();
    }
}
