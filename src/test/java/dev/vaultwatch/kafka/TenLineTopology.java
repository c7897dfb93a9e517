package dev.vaultwatch.kafka;

import dev.vaultwatch.api.DetectionPluginFactory;
import java.util.Map;
import java.util.ServiceLoader;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

/** The topology of docs/kafka.md. */
final class TenLineTopology {
    private TenLineTopology() {}

    // doc:begin
    static Topology topology() {
        DetectionPluginFactory factory =
                ServiceLoader.load(DetectionPluginFactory.class).findFirst().orElseThrow();
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream("records-by-upn", Consumed.with(Serdes.String(), Serdes.ByteArray()))
                .process(VaultwatchProcessorSupplier.<String>of(factory, Map.of()))
                .filter((id, emitted) -> emitted.kind() == Emitted.Kind.ALERT)
                .mapValues(Emitted::text)
                .to("alerts", Produced.with(Serdes.String(), Serdes.String()));
        return builder.build();
    }
    // doc:end
}
