package dev.vaultwatch.flink;

import java.util.Map;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.streaming.api.datastream.DataStream;

/** The job of docs/flink.md. */
final class ExampleJob {
    private ExampleJob() {}

    // doc:begin
    static void job(DataStream<byte[]> payloads, Sink<DetectedAlert> alerts) {
        VaultwatchStream vaultwatch = VaultwatchStream.of(Map.of(), "ecs");
        DataStream<RoutedRecord> records =
                vaultwatch.split(payloads).assignTimestampsAndWatermarks(vaultwatch.watermarks());
        vaultwatch.detect(records).sinkTo(alerts);
    }
    // doc:end
}
