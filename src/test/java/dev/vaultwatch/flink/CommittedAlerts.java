package dev.vaultwatch.flink;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * A two-phase sink, whose committed output the test reads: what was written since the last checkpoint is seen when the
 * checkpoint is complete, and not at all if the job fails before.
 */
final class CommittedAlerts implements Sink<DetectedAlert>, SupportsCommitter<CommittedAlerts.Batch> {
    private static final long serialVersionUID = 1L;

    /** By name of the output and batch: a batch that is committed again after a failure is there once. */
    private static final Map<String, Map<String, Batch>> OUTPUTS = new ConcurrentHashMap<>();

    private final String output;

    CommittedAlerts(String output) {
        this.output = output;
    }

    record Batch(String id, ArrayList<Serializable[]> alerts) implements Serializable {}

    static List<DetectedAlert> read(String output) {
        List<DetectedAlert> alerts = new ArrayList<>();
        for (Batch batch : OUTPUTS.getOrDefault(output, Map.of()).values()) {
            for (Serializable[] each : batch.alerts()) {
                alerts.add(new DetectedAlert(
                        (String) each[0],
                        (dev.vaultwatch.api.AlertStage) each[1],
                        (Integer) each[2],
                        (String) each[3],
                        (String) each[4]));
            }
        }
        return alerts;
    }

    @Override
    public CommittingSinkWriter<DetectedAlert, Batch> createWriter(WriterInitContext context) {
        return new Writer();
    }

    private static final class Writer implements CommittingSinkWriter<DetectedAlert, Batch> {
        private ArrayList<Serializable[]> open = new ArrayList<>();

        @Override
        public void write(DetectedAlert alert, Context context) {
            open.add(new Serializable[] {alert.id(), alert.stage(), alert.revision(), alert.rule(), alert.body()});
        }

        @Override
        public void flush(boolean endOfInput) {}

        @Override
        public Collection<Batch> prepareCommit() {
            if (open.isEmpty()) {
                return List.of();
            }
            Batch batch = new Batch(UUID.randomUUID().toString(), open);
            open = new ArrayList<>();
            return List.of(batch);
        }

        @Override
        public void close() {}
    }

    @Override
    public Committer<Batch> createCommitter(CommitterInitContext context) {
        return new Committer<>() {
            @Override
            public void commit(Collection<CommitRequest<Batch>> requests) {
                for (CommitRequest<Batch> request : requests) {
                    OUTPUTS.computeIfAbsent(output, each -> new ConcurrentHashMap<>())
                            .put(request.getCommittable().id(), request.getCommittable());
                }
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public SimpleVersionedSerializer<Batch> getCommittableSerializer() {
        return new SimpleVersionedSerializer<>() {
            @Override
            public int getVersion() {
                return 1;
            }

            @Override
            public byte[] serialize(Batch batch) throws IOException {
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
                    out.writeObject(batch);
                }
                return bytes.toByteArray();
            }

            @Override
            public Batch deserialize(int version, byte[] bytes) throws IOException {
                try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
                    return (Batch) in.readObject();
                } catch (ClassNotFoundException e) {
                    throw new IOException(e);
                }
            }
        };
    }
}
