package dev.vaultwatch.engine;

import com.espertech.esper.common.client.EventBean;
import com.espertech.esper.common.client.EventSender;
import com.espertech.esper.common.client.configuration.Configuration;
import com.espertech.esper.runtime.client.DeploymentOptions;
import com.espertech.esper.runtime.client.EPDeployException;
import com.espertech.esper.runtime.client.EPDeployment;
import com.espertech.esper.runtime.client.EPRuntime;
import com.espertech.esper.runtime.client.EPStatement;
import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.rule.Rule;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One engine with one set of rules. It has one window open at a time, and its clock stands inside that window: events go in
 * under the window they belong to, whatever their order within it, and {@link #closeWindow()} moves the clock to the
 * window's end, which makes the batch windows speak.
 *
 * <p>A lane is thrown away, never changed: other rules are another lane. A rule that throws loses its row and no more. Not thread-safe; the owner holds a lock.
 */
public final class Lane implements AutoCloseable {
    private static final long NONE = Long.MIN_VALUE;

    private final Engines engines;
    private final Configuration configuration;
    private final List<CompiledRules.Unit> units;
    private final long windowMillis;
    private final List<Row> rows = new ArrayList<>();
    private final List<RuleFailure> failures = new ArrayList<>();

    /** Users with events in the open window. A batch window speaks of groups that leave it, too; those are not of this window. */
    private final Set<@Nullable String> users = new HashSet<>();

    private long openWindow = NONE;
    private boolean damaged;
    private EPRuntime runtime;
    private EventSender sender;

    /** What a rule threw while it ran. */
    public record RuleFailure(String ruleId, String problem) {
        private static final String ANY = "of unknown id";
    }

    /** Where the engine's exception handler reports; attached to each statement. */
    final class Failures {
        private final Rule rule;

        Failures(Rule rule) {
            this.rule = rule;
        }

        void add(String statement, Throwable thrown) {
            // The message may quote an event's values, so only the kind of exception goes on.
            damaged = true;
            failures.add(new RuleFailure(
                    rule.id(),
                    "Statement '" + statement + "' threw " + thrown.getClass().getName() + "."));
        }
    }

    Lane(Engines engines, Configuration configuration, List<CompiledRules.Unit> units, long windowMillis) {
        this.engines = engines;
        this.configuration = configuration;
        this.units = units;
        this.windowMillis = windowMillis;
        this.runtime = newRuntime();
        this.sender = runtime.getEventService().getEventSender(EsperConfiguration.EVENT);
    }

    private EPRuntime newRuntime() {
        EPRuntime fresh = engines.take(configuration);
        try {
            for (CompiledRules.Unit unit : units) {
                deploy(fresh, unit);
            }
            return fresh;
        } catch (RuntimeException | Error e) {
            engines.giveBack(fresh);
            throw e;
        }
    }

    /** A batch window whose close throws never closes again (Esper 9.0.0): the engine is replaced, between two windows. */
    private void repair() {
        if (damaged) {
            damaged = false;
            long now = runtime.getEventService().getCurrentTime();
            engines.giveBack(runtime);
            runtime = newRuntime();
            runtime.getEventService().advanceTime(now);
            sender = runtime.getEventService().getEventSender(EsperConfiguration.EVENT);
        }
    }

    private void deploy(EPRuntime runtime, CompiledRules.Unit unit) {
        Failures sink = new Failures(unit.rule());
        DeploymentOptions options = new DeploymentOptions();
        options.setStatementUserObjectRuntime(context -> sink);
        EPDeployment deployment;
        try {
            deployment = runtime.getDeploymentService().deploy(unit.compiled(), options);
        } catch (EPDeployException e) {
            throw new RuleException(List.of(new RuleFault(
                    unit.rule().file(), 0, 0, "The rule compiles, but can't be deployed: " + e.getMessage())));
        }
        for (EPStatement statement : deployment.getStatements()) {
            boolean early = EarlyStatement.NAME.equals(statement.getName());
            if (early || RuleCompiler.ALERT.equals(statement.getName())) {
                // Columns come in the order of the select clause from the type, and in none from the row.
                String[] columns = statement.getEventType().getPropertyNames();
                statement.addListener((added, removed, source, engine) -> collect(unit, early, columns, added));
            }
        }
    }

    /** The columns that a rule's alert statement puts out, in order; for checking a rule against its facts. */
    Map<String, List<String>> columnsByRule() {
        Map<String, List<String>> columns = new LinkedHashMap<>();
        for (String id : runtime.getDeploymentService().getDeployments()) {
            for (EPStatement statement :
                    runtime.getDeploymentService().getDeployment(id).getStatements()) {
                if (RuleCompiler.ALERT.equals(statement.getName())
                        && statement.getUserObjectRuntime() instanceof Failures sink) {
                    columns.put(sink.rule.id(), List.of(statement.getEventType().getPropertyNames()));
                }
            }
        }
        return columns;
    }

    /** Whether a window is open: one has had an event and is not closed. */
    public boolean hasOpenWindow() {
        return openWindow != NONE;
    }

    /**
     * Takes one event into its window, opening the window if none is open.
     *
     * @param windowStart the window of the event, milliseconds since the epoch, a multiple of the window's length
     * @throws IllegalStateException if another window is open, or a later one was
     */
    public void send(long windowStart, KeyVaultEvent event) {
        if (openWindow != windowStart) {
            open(windowStart);
        }
        sendNow(event);
    }

    private void sendNow(KeyVaultEvent event) {
        users.add(event.upn());
        try {
            sender.sendEvent(event);
        } catch (RuntimeException e) {
            // What a filter throws does not go to the exception handler, and quotes the event.
            failures.add(new RuleFailure(
                    RuleFailure.ANY, "A filter threw " + e.getClass().getName() + "."));
            damaged = true;
        }
    }

    /**
     * Judges events of a window that is long closed, on a clock of the lane's own: windows are aligned and rules look at
     * events, so any later window serves. A lane that judges takes no other events.
     *
     * @return the rows at the window's close; none early
     */
    public List<Row> judge(long windowStart, Iterable<KeyVaultEvent> events) {
        long virtual = runtime.getEventService().getCurrentTime() / windowMillis * windowMillis + windowMillis;
        runtime.getEventService().advanceTime(virtual);
        rows.clear();
        openWindow = windowStart;
        for (KeyVaultEvent event : events) {
            sendNow(event);
        }
        rows.clear();
        runtime.getEventService().advanceTime(virtual + windowMillis);
        openWindow = NONE;
        users.clear();
        repair();
        return takeRows();
    }

    private void open(long windowStart) {
        if (openWindow != NONE) {
            throw new IllegalStateException("Window " + openWindow + " is open; " + windowStart + " can't be.");
        }
        if (windowStart < runtime.getEventService().getCurrentTime()) {
            throw new IllegalStateException("Window " + windowStart + " lies before the lane's clock.");
        }
        if (windowStart > runtime.getEventService().getCurrentTime()) {
            runtime.getEventService().advanceTime(windowStart);
        }
        openWindow = windowStart;
    }

    /** Moves the clock to the end of the open window; without one, does nothing. */
    public void closeWindow() {
        if (openWindow != NONE) {
            // The clock moves while the window still counts as open: what comes out belongs to it.
            runtime.getEventService().advanceTime(openWindow + windowMillis);
            openWindow = NONE;
            users.clear();
            repair();
        }
    }

    /** Whether rows or failures wait to be taken. */
    public boolean hasOutput() {
        return !rows.isEmpty() || !failures.isEmpty();
    }

    /** What has come out since the last call, in the order of coming out. */
    public List<Row> takeRows() {
        if (rows.isEmpty()) {
            return List.of();
        }
        List<Row> taken = List.copyOf(rows);
        rows.clear();
        return taken;
    }

    /** What rules threw since the last call. */
    public List<RuleFailure> takeFailures() {
        if (failures.isEmpty()) {
            return List.of();
        }
        List<RuleFailure> taken = List.copyOf(failures);
        failures.clear();
        return taken;
    }

    private void collect(CompiledRules.Unit unit, boolean early, String[] columns, EventBean @Nullable [] added) {
        if (added == null || openWindow == NONE) {
            return;
        }
        for (EventBean bean : added) {
            Map<?, ?> underlying = (Map<?, ?>) bean.getUnderlying();
            String upn = (String) underlying.get(unit.keyColumn());
            if (!users.contains(upn)) {
                continue;
            }
            Map<String, Object> values = new LinkedHashMap<>();
            for (String column : columns) {
                Object value = plain(underlying.get(column));
                if (value != null) {
                    values.put(column, value);
                }
            }
            rows.add(new Row(
                    unit.rule(), early, openWindow, Optional.ofNullable(upn), Collections.unmodifiableMap(values), 0));
        }
    }

    /** A value as the alert carries it: texts, longs, doubles, booleans and lists of these; null if there is none. */
    private static @Nullable Object plain(@Nullable Object value) {
        if (value == null
                || value instanceof String
                || value instanceof Long
                || value instanceof Double
                || value instanceof Boolean) {
            return value;
        }
        if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
            return ((Number) value).longValue();
        }
        if (value instanceof Float number) {
            return number.doubleValue();
        }
        if (value instanceof Collection<?> many) {
            return plainList(many);
        }
        if (value instanceof Object[] many) {
            return plainList(Arrays.asList(many));
        }
        if (value.getClass().isArray()) {
            List<Object> list = new ArrayList<>();
            for (int i = 0; i < Array.getLength(value); i++) {
                list.add(Array.get(value, i));
            }
            return plainList(list);
        }
        return value.toString();
    }

    private static List<Object> plainList(Collection<?> many) {
        Object[] plain = new Object[many.size()];
        int size = 0;
        for (Object each : many) {
            Object value = plain(each);
            if (value != null) {
                plain[size++] = value;
            }
        }
        return List.of(size == plain.length ? plain : Arrays.copyOf(plain, size));
    }

    @Override
    public void close() {
        engines.giveBack(runtime);
    }
}
