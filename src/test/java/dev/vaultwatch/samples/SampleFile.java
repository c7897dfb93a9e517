package dev.vaultwatch.samples;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/**
 * The files of {@code src/samples}: the same facts in every shape. Each can also render other facts, for tests that want
 * one behaviour in every shape.
 */
public enum SampleFile {
    /** JSON lines, as Azure Storage's PT1H.json. */
    AUDIT_EVENT("quiet-hour.auditevent.ndjson") {
        @Override
        public byte[] render(List<Fact> facts) {
            WireShapes shapes = new WireShapes();
            return shapes.lines(facts.stream().map(shapes::raw).toList());
        }
    },
    /** The same, compressed. */
    AUDIT_EVENT_GZ("quiet-hour.auditevent.ndjson.gz") {
        @Override
        public byte[] render(List<Fact> facts) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
                gzip.write(AUDIT_EVENT.render(facts));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return bytes.toByteArray();
        }
    },
    /** Event Hubs envelopes, one a line. */
    EVENT_HUB("quiet-hour.eventhub.ndjson") {
        @Override
        public byte[] render(List<Fact> facts) {
            WireShapes shapes = new WireShapes();
            List<Map<String, Object>> envelopes = new ArrayList<>();
            for (int from = 0; from < facts.size(); from += ENVELOPE_RECORDS) {
                envelopes.add(shapes.envelope(facts.subList(from, Math.min(from + ENVELOPE_RECORDS, facts.size()))));
            }
            return shapes.lines(envelopes);
        }
    },
    /** One bare array, indented. */
    ARRAY("quiet-hour.array.json") {
        @Override
        public byte[] render(List<Fact> facts) {
            WireShapes shapes = new WireShapes();
            return shapes.pretty(facts.stream().map(shapes::raw).toList());
        }
    },
    /** An answer of Log Analytics, rows of AzureDiagnostics. */
    AZURE_DIAGNOSTICS("quiet-hour.azurediagnostics.json") {
        @Override
        public byte[] render(List<Fact> facts) {
            WireShapes shapes = new WireShapes();
            return shapes.lines(List.of(
                    shapes.value(facts.stream().map(shapes::azureDiagnostics).toList())));
        }
    },
    /** Rows of AZKVAuditLogs, every second one with its identity as text. */
    AZKV_AUDIT_LOGS("quiet-hour.azkvauditlogs.ndjson") {
        @Override
        public byte[] render(List<Fact> facts) {
            WireShapes shapes = new WireShapes();
            List<Map<String, Object>> rows = new ArrayList<>();
            for (Fact fact : facts) {
                rows.add(rows.size() % 2 == 0 ? shapes.auditLogs(fact) : shapes.auditLogsWithTextIdentity(fact));
            }
            return shapes.lines(rows);
        }
    },
    /** Documents of the Elastic pipelines, nested, names of today. */
    ECS("quiet-hour.ecs.ndjson") {
        @Override
        public byte[] render(List<Fact> facts) {
            WireShapes shapes = new WireShapes();
            return shapes.lines(facts.stream().map(shapes::ecs).toList());
        }
    },
    /** Documents with dotted names, the older ones. */
    ECS_DOTTED("quiet-hour.ecs-dotted.ndjson") {
        @Override
        public byte[] render(List<Fact> facts) {
            WireShapes shapes = new WireShapes();
            return shapes.lines(facts.stream().map(shapes::ecsDotted).toList());
        }
    };

    private static final int ENVELOPE_RECORDS = 7;

    private final String fileName;

    SampleFile(String fileName) {
        this.fileName = fileName;
    }

    public String fileName() {
        return fileName;
    }

    /** The whole file's bytes for these facts, in their order. */
    public abstract byte[] render(List<Fact> facts);

    /** Writes every file anew. Argument: the folder, {@code src/samples} if absent. */
    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args.length == 0 ? "src/samples" : args[0]);
        for (SampleFile file : values()) {
            Files.write(folder.resolve(file.fileName()), file.render(KeyVaultScenario.quietHour()));
        }
    }
}
