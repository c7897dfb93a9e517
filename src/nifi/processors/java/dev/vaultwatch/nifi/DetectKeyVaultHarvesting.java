package dev.vaultwatch.nifi;

import dev.vaultwatch.api.Acknowledgement;
import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.host.PluginLoader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.nifi.annotation.behavior.InputRequirement;
import org.apache.nifi.annotation.behavior.SystemResource;
import org.apache.nifi.annotation.behavior.SystemResourceConsideration;
import org.apache.nifi.annotation.behavior.TriggerSerially;
import org.apache.nifi.annotation.behavior.TriggerWhenEmpty;
import org.apache.nifi.annotation.behavior.WritesAttribute;
import org.apache.nifi.annotation.behavior.WritesAttributes;
import org.apache.nifi.annotation.documentation.CapabilityDescription;
import org.apache.nifi.annotation.documentation.Tags;
import org.apache.nifi.annotation.lifecycle.OnScheduled;
import org.apache.nifi.annotation.lifecycle.OnStopped;
import org.apache.nifi.components.PropertyDescriptor;
import org.apache.nifi.flowfile.FlowFile;
import org.apache.nifi.processor.AbstractProcessor;
import org.apache.nifi.processor.ProcessContext;
import org.apache.nifi.processor.ProcessSession;
import org.apache.nifi.processor.Relationship;

/**
 * Hands FlowFiles to the plugin and makes a FlowFile of each stage of an alert. Run serially, since a rule must see all reads of a user; state
 * is the plugin's journal. An alert is acknowledged when the session that carries it has been committed: until then the plugin
 * delivers it again, after a restart, too. NiFi calls also while no FlowFile comes, so an alert that time alone raises leaves at the
 * next call.
 */
@TriggerSerially
@TriggerWhenEmpty
@InputRequirement(InputRequirement.Requirement.INPUT_REQUIRED)
@SystemResourceConsideration(
        resource = SystemResource.MEMORY,
        description =
                "Events of every window that can still change are kept in memory, up to bounds.*; a FlowFile is read whole.")
@Tags({"azure", "key vault", "security", "detection", "alert", "siem", "esper", "secrets"})
@CapabilityDescription(
        "Detects the harvesting of Azure Key Vault secrets in AuditEvent records: raw lines, arrays or Event Hubs envelopes of JSON, rows of"
                + " Log Analytics, or ECS documents. Rules are EPL and can be replaced while it runs (rules.dir).")
@WritesAttributes({
    @WritesAttribute(
            attribute = "vaultwatch.alert.id",
            description = "Of an alert: its id, the same for all its stages"),
    @WritesAttribute(
            attribute = "vaultwatch.alert.stage",
            description = "Of an alert: EARLY, ON_TIME, REVISED or RETRACTED"),
    @WritesAttribute(attribute = "vaultwatch.alert.rule", description = "Of an alert: the rule's id"),
    @WritesAttribute(
            attribute = "vaultwatch.alert.severity",
            description = "Of an alert: low, medium, high or critical"),
    @WritesAttribute(attribute = "vaultwatch.alert.risk.score", description = "Of an alert: 0 to 100"),
    @WritesAttribute(attribute = "mime.type", description = "Of an alert: application/json or text/plain"),
    @WritesAttribute(
            attribute = "vaultwatch.records.*",
            description =
                    "Of an input: how many of its records were kept, ignored, unrecognised, repeated, late and bad"),
    @WritesAttribute(
            attribute = "vaultwatch.problem",
            description = "Of an input with a record that can't be read: the first one's problem")
})
public final class DetectKeyVaultHarvesting extends AbstractProcessor {
    static final Relationship ALERTS = new Relationship.Builder()
            .name("alerts")
            .description("One FlowFile for each stage of an alert.")
            .build();
    static final Relationship SUCCESS = new Relationship.Builder()
            .name("success")
            .description("FlowFiles whose records were judged, unchanged.")
            .autoTerminateDefault(true)
            .build();
    static final Relationship FAILURE = new Relationship.Builder()
            .name("failure")
            .description("FlowFiles without one record that could be read, and those of more than 64 MiB, unchanged.")
            .build();

    /** Far more than an Event Hubs batch; a FlowFile is read whole, and NiFi's heap is for all its processors. */
    private static final long MOST_BYTES = 64L << 20;

    private final Queue<Raised> raised = new ConcurrentLinkedQueue<>();
    private final List<String> problems = new ArrayList<>();
    private volatile Optional<Running> running = Optional.empty();

    private record Raised(Alert alert, Acknowledgement receipt) {}

    private record Running(PluginLoader loader, DetectionPlugin plugin, AlertFormat format) {}

    @Override
    public Set<Relationship> getRelationships() {
        return Set.of(ALERTS, SUCCESS, FAILURE);
    }

    @Override
    protected List<PropertyDescriptor> getSupportedPropertyDescriptors() {
        return Settings.all();
    }

    /**
     * Opens the bundle and starts the plugin, which takes a second or two.
     *
     * @throws IOException if the bundle can't be read
     */
    @OnScheduled
    public void open(ProcessContext context) throws IOException {
        PluginLoader loader = Settings.open();
        try {
            PluginContext.Builder builder = PluginContext.builder()
                    .config(Settings.config(context, Path.of("state", "vaultwatch", getIdentifier())))
                    .onAlertToAcknowledge((alert, receipt) -> raised.add(new Raised(alert, receipt)))
                    .onDeadLetter(this::note)
                    .onNotice(notice -> getLogger().warn(notice.message()));
            DetectionPlugin plugin = loader.factory().create(builder.build());
            plugin.start();
            running = Optional.of(new Running(
                    loader,
                    plugin,
                    AlertFormat.named(context.getProperty(Settings.FORMAT).getValue())));
        } catch (RuntimeException e) {
            loader.close();
            throw e;
        }
    }

    /** What was raised and has not left is in the journal and comes again at the next start. */
    @OnStopped
    public void shut() {
        Optional<Running> before = running;
        running = Optional.empty();
        before.ifPresent(live -> {
            live.plugin().close();
            live.loader().close();
        });
        raised.clear();
    }

    /** On the thread that is in {@code accept}, which is {@code onTrigger}'s. */
    private void note(DeadLetter letter) {
        problems.add(letter.reason() + " at " + letter.pointer() + ": " + letter.problem());
    }

    @Override
    public void onTrigger(ProcessContext context, ProcessSession session) {
        Running live = running.orElseThrow();
        FlowFile input = session.get();
        if (input != null) {
            judge(live, input, context, session);
        }
        List<Acknowledgement> leaving = new ArrayList<>();
        for (Raised next = raised.poll(); next != null; next = raised.poll()) {
            emit(live.format(), next.alert(), session);
            leaving.add(next.receipt());
        }
        if (input == null && leaving.isEmpty()) {
            context.yield();
            return;
        }
        session.commitAsync(
                () -> leaving.forEach(Acknowledgement::acknowledge), thrown -> leaving.forEach(Acknowledgement::retry));
    }

    private void judge(Running live, FlowFile input, ProcessContext context, ProcessSession session) {
        if (input.getSize() > MOST_BYTES) {
            refuse(
                    input,
                    "The FlowFile has " + input.getSize() + " bytes; expected at most " + MOST_BYTES + ": split it.",
                    session);
            return;
        }
        byte[] content = new byte[(int) input.getSize()];
        session.read(input, in -> in.readNBytes(content, 0, content.length));
        problems.clear();
        Admission admission = live.plugin().accept(content);
        if (admission.status() == Admission.Status.OVERLOADED) {
            // Back to its queue, in front; NiFi's back pressure does the rest.
            session.transfer(input);
            context.yield();
            return;
        }
        FlowFile judged = session.putAllAttributes(input, counts(admission));
        boolean understood = admission.kept() + admission.ignored() + admission.repeated() + admission.late() > 0;
        if (!understood && admission.bad() + admission.unrecognised() > 0) {
            refuse(judged, problems.isEmpty() ? "No Key Vault record was recognised." : problems.get(0), session);
            return;
        }
        if (!problems.isEmpty()) {
            judged = session.putAttribute(judged, "vaultwatch.problem", problems.get(0));
        }
        session.getProvenanceReporter().route(judged, SUCCESS);
        session.transfer(judged, SUCCESS);
    }

    private void refuse(FlowFile input, String problem, ProcessSession session) {
        getLogger().warn("{} goes to failure: {}", input, problem);
        session.transfer(session.putAttribute(session.penalize(input), "vaultwatch.problem", problem), FAILURE);
    }

    private static Map<String, String> counts(Admission admission) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        counts.put("kept", admission.kept());
        counts.put("ignored", admission.ignored());
        counts.put("unrecognised", admission.unrecognised());
        counts.put("repeated", admission.repeated());
        counts.put("late", admission.late());
        counts.put("bad", admission.bad());
        Map<String, String> attributes = new LinkedHashMap<>();
        counts.forEach((name, count) -> attributes.put("vaultwatch.records." + name, Integer.toString(count)));
        return attributes;
    }

    private static void emit(AlertFormat format, Alert alert, ProcessSession session) {
        byte[] content = alert.render(format).getBytes(StandardCharsets.UTF_8);
        FlowFile out = session.write(session.create(), stream -> stream.write(content));
        Map<String, String> attributes = new LinkedHashMap<>();
        attributes.put("filename", alert.id() + "-" + alert.stage() + "-" + alert.revision());
        attributes.put("mime.type", Set.of("ecs", "ocsf").contains(format.name()) ? "application/json" : "text/plain");
        attributes.put("vaultwatch.alert.id", alert.id());
        attributes.put("vaultwatch.alert.stage", alert.stage().name());
        attributes.put("vaultwatch.alert.rule", alert.ruleId());
        attributes.put("vaultwatch.alert.severity", alert.severity());
        attributes.put("vaultwatch.alert.risk.score", Integer.toString(alert.riskScore()));
        FlowFile labelled = session.putAllAttributes(out, attributes);
        session.getProvenanceReporter().create(labelled, "Rule " + alert.ruleId());
        session.transfer(labelled, ALERTS);
    }
}
