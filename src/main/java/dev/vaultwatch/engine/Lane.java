package dev.vaultwatch.engine;

import com.espertech.esper.common.client.EventBean;
import com.espertech.esper.common.client.EventSender;
import com.espertech.esper.common.client.configuration.Configuration;
import com.espertech.esper.runtime.client.DeploymentOptions;
import com.espertech.esper.runtime.client.EPDeployException;
import com.espertech.esper.runtime.client.EPDeployment;
import com.espertech.esper.runtime.client.EPEventService;
import com.espertech.esper.runtime.client.EPRuntime;
import com.espertech.esper.runtime.client.EPStatement;
import com.espertech.esper.runtime.client.EPUndeployException;
import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.Window;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * One engine with one rule, and events that go in and findings that come out. How events go in depends on the rule's window:
 *
 * <ul>
 *   <li>tumbling: {@link #send(long, KeyVaultEvent)} into one window at a time, in any order within it, until
 *       {@link #closeWindow()}; or {@link #judge} for the events of a window that is long closed;
 *   <li>ordered: {@link #send(KeyVaultEvent)} in the order of the events' times, which are the lane's clock, and
 *       {@link #advanceTo} where time passes without an event;
 *   <li>event: {@link #send(KeyVaultEvent)} in any order.
 * </ul>
 *
 * <p>A lane is thrown away, never changed: other rules are other lanes. What the rule throws, be it an exception or an {@link
 * Error}, stays in the lane: it is a {@link RuleFailure}, and the lane {@link #isDamaged}. The owner then replaces it by one that
 * it feeds the same events; but not more than once, since the same event will make the rule throw again. A lane that {@link
 * #isBroken} is to be closed at once, since what it holds may be what filled the heap. Once closed, a lane takes calls and does
 * nothing. Not thread-safe; the owner holds a lock.
 */
public final class Lane implements AutoCloseable {
    private static final long NONE = Long.MIN_VALUE;

    private final Engines engines;
    private final CompiledRule.Unit unit;
    private final EPRuntime runtime;
    private final EventSender sender;
    private final LaneOutput output;

    /** Tumbling: the window's start. */
    private long openWindow = NONE;

    /** Ordered: the latest time seen. */
    private long clock = NONE;

    /** What findings are anchored at while an event is sent; {@link #NONE} while nothing is to be collected. */
    private long anchor = NONE;

    private final LaneLimits limits;

    private boolean derivesEarly;

    /** Where the early statement serves for the alert statement as well: it, to be read when the window ends. */
    private @Nullable ReadOff readOff;

    private Map<String, ColumnKind> shown = Map.of();
    private boolean spoilt;
    private boolean hasJudged;
    private boolean closed;
    private long nanos;

    private record ReadOff(EPStatement statement, Columns columns) {}

    /** Events that the engine takes together with the one that it is sent. */
    private List<KeyVaultEvent> companions = List.of();

    /** Attached to each statement: by it what Esper makes for a statement finds the lane. */
    final class Link {
        /** The engine's exception handler reports. */
        void add(String statement, Throwable thrown) {
            spoilt = true;
            output.threw("Statement '" + statement + "' threw", thrown);
        }

        void limit() {
            if (limits.isNewlyReached()) {
                incomplete("It has more begun matches than it may have; no other begins until some end.");
            }
        }

        /** The events that the statement's window is to take behind the one that comes; nobody else gets them. */
        List<KeyVaultEvent> takeCompanions() {
            List<KeyVaultEvent> taken = companions;
            companions = List.of();
            return taken;
        }
    }

    Lane(Engines engines, Configuration configuration, CompiledRule.Unit unit) {
        this.engines = engines;
        this.unit = unit;
        this.limits = new LaneLimits(unit.rule().window());
        this.output = new LaneOutput(unit.rule().id());
        this.runtime = engines.take(configuration);
        try {
            deploy();
            this.sender = runtime.getEventService().getEventSender(EsperConfiguration.EVENT);
        } catch (RuntimeException | Error e) {
            engines.giveBack(runtime, e instanceof Error);
            throw e;
        }
    }

    private void deploy() {
        DeploymentOptions options = new DeploymentOptions();
        Link link = new Link();
        options.setStatementUserObjectRuntime(context -> link);
        EPDeployment deployment;
        try {
            deployment = runtime.getDeploymentService().deploy(unit.compiled(), options);
        } catch (EPDeployException e) {
            throw new RuleException(List.of(new RuleFault(
                    unit.rule().file(), 0, 0, "The rule compiles, but can't be deployed: " + e.getMessage())));
        }
        boolean batches = false;
        ReadOff earlyRows = null;
        for (EPStatement statement : deployment.getStatements()) {
            boolean early = EarlyStatement.NAME.equals(statement.getName());
            derivesEarly |= early;
            boolean alert = RuleCompiler.ALERT.equals(statement.getName());
            if (early || alert) {
                Columns columns = new Columns(statement.getEventType(), unit);
                statement.addListener((added, removed, source, engine) -> collect(columns, early, added));
                if (early) {
                    earlyRows = new ReadOff(statement, columns);
                }
                shown = ColumnKind.of(statement.getEventType());
                batches |= alert;
            }
        }
        readOff = batches ? null : earlyRows;
    }

    /** Takes at most so many events of a window, or of two stretches of the reach's length; {@value LaneLimits#MAX_EVENTS} at most. */
    public void limitTo(long events) {
        limits.limitTo(events);
    }

    /** The columns that the alert statement puts out, in order; for checking a rule against its facts and other rules. */
    Map<String, ColumnKind> columns() {
        return shown;
    }

    /** The rule. */
    public Rule rule() {
        return unit.rule();
    }

    // ---- tumbling

    /** Whether a window is open: one has had an event and is not closed. */
    public boolean hasOpenWindow() {
        return openWindow != NONE;
    }

    /**
     * Takes one event into its window, opening the window if none is open. Tumbling rules only. Of a rule that remembers windows the
     * event's time moves the lane's clock: a window's events come in the order of time.
     *
     * @param windowStart the window of the event, milliseconds since the epoch, a multiple of the window's length
     * @throws IllegalStateException if another window is open, or a later one was
     */
    public void send(long windowStart, KeyVaultEvent event) {
        openWindow(windowStart);
        if (closed) {
            return;
        }
        if (unit.remembers()) {
            passTo(event.time(), NONE);
        }
        sendNow(event, windowStart);
    }

    /**
     * Whether a group of which it has found something in the open window has nothing more to say before that window closes: then the
     * group's further events may be sent together, and at the close at the latest.
     */
    public boolean speaksOnce() {
        return readOff != null;
    }

    /** Of a group with so many events or fewer there is nothing to say, if it {@linkplain #speaksOnce speaks once}; else 0. */
    public int silentUpTo() {
        return speaksOnce() ? unit.shape().minEvents() - 1 : 0;
    }

    /**
     * As {@link #send(long, KeyVaultEvent)}, of events that bring nothing to say: of one group of which it {@linkplain #speaksOnce speaks once},
     * and has spoken or {@linkplain #silentUpTo can't yet}. The engine gets the first, and takes the others at its statement's
     * window: what it does for each event before that, some third of all it does, it does once.
     */
    public void sendSilently(long windowStart, List<KeyVaultEvent> ofOneGroup) {
        openWindow(windowStart);
        List<KeyVaultEvent> admitted = new ArrayList<>(ofOneGroup.size());
        for (KeyVaultEvent event : ofOneGroup) {
            if (!closed && admits(event)) {
                admitted.add(event);
            }
        }
        if (!admitted.isEmpty()) {
            companions = admitted.subList(1, admitted.size());
            run(windowStart, () -> sender.sendEvent(admitted.get(0)));
            companions = List.of();
        }
    }

    private void open(long windowStart, long length) {
        if (openWindow != NONE) {
            throw new IllegalStateException("Window " + openWindow + " is open; " + windowStart + " can't be.");
        }
        if (Math.floorMod(windowStart, length) != 0) {
            throw new IllegalStateException(windowStart + " is no multiple of the window's length, " + length + ".");
        }
        if (windowStart < runtime.getEventService().getCurrentTime()) {
            throw new IllegalStateException("Window " + windowStart + " lies before the lane's clock.");
        }
        passTo(windowStart, NONE);
        openWindow = windowStart;
        limits.startWindow();
    }

    /** Lets time pass; step by step where a rule remembers, so that each of its timers goes off at its own time. */
    private void passTo(long time, long anchored) {
        EPEventService service = runtime.getEventService();
        if (!unit.remembers()) {
            run(anchored, () -> service.advanceTime(time));
        } else if (time > service.getCurrentTime()) {
            run(anchored, () -> service.advanceTimeSpan(time));
        }
    }

    /** Opens a window as {@link #send(long, KeyVaultEvent)} does; one without events may have findings by what a rule remembers. */
    public void openWindow(long windowStart) {
        long length = length();
        if (!closed && openWindow != windowStart) {
            open(windowStart, length);
        }
    }

    /** Whether a rule that remembers windows waits for a time to come, when it may find something without an event. */
    public boolean isWaiting() {
        return !closed && unit.remembers() && runtime.getEventService().getNextScheduledTime() != null;
    }

    /** Moves the clock to the end of the open window; without one, does nothing. Tumbling rules only. */
    public void closeWindow() {
        long length = length();
        if (openWindow != NONE && !closed) {
            close(openWindow, openWindow + length);
        }
    }

    private void close(long anchored, long end) {
        ReadOff rows = readOff;
        if (rows != null) {
            run(anchored, () -> {
                for (Iterator<EventBean> each = rows.statement.iterator(); each.hasNext(); ) {
                    rows.columns.finding(each.next(), false, anchored).ifPresent(output::found);
                }
            });
        }
        passTo(end, anchored);
        openWindow = NONE;
        if (derivesEarly) {
            run(NONE, () -> runtime.getEventService().sendEventMap(Map.of(), EarlyStatement.WINDOW_END));
        }
    }

    /**
     * Judges events of a window that is long closed, on a clock of the lane's own: windows are aligned and rules look at
     * events, so any later window serves. A rule that can remember windows before is deployed anew, since those that were judged
     * before are no such ones. A lane that judges takes no other events. Tumbling rules only.
     *
     * @return the findings at the window's close; none early
     */
    public List<Finding> judge(long windowStart, Iterable<KeyVaultEvent> events) {
        long length = length();
        if (closed) {
            return List.of();
        }
        if (hasJudged && unit.remembers()) {
            run(NONE, this::deployAgain);
        }
        hasJudged = true;
        long virtual = runtime.getEventService().getCurrentTime() / length * length + length;
        passTo(virtual, NONE);
        openWindow = windowStart;
        limits.startWindow();
        List<KeyVaultEvent> inOrder = new ArrayList<>();
        events.forEach(inOrder::add);
        inOrder.sort(Comparator.comparingLong(KeyVaultEvent::time));
        for (KeyVaultEvent event : inOrder) {
            if (unit.remembers()) {
                passTo(virtual + event.time() - windowStart, NONE);
            }
            sendNow(event, NONE);
        }
        close(windowStart, virtual + length);
        return takeFindings();
    }

    private void deployAgain() {
        try {
            runtime.getDeploymentService().undeployAll();
        } catch (EPUndeployException e) {
            throw new IllegalStateException("The rule can't be taken out of its engine.", e);
        }
        deploy();
    }

    private long length() {
        if (unit.rule().window() instanceof Window.Tumbling tumbling) {
            return tumbling.length().toMillis();
        }
        throw new IllegalStateException("Rule " + unit.rule().id() + " has no tumbling window.");
    }

    // ---- ordered and single

    /**
     * Takes one event. For ordered rules its time moves the lane's clock; events of the same time may come in any order.
     *
     * @throws IllegalStateException if the rule is tumbling, or it is ordered and the event lies before the lane's clock
     */
    public void send(KeyVaultEvent event) {
        if (unit.rule().window() instanceof Window.Tumbling) {
            throw new IllegalStateException("Rule " + unit.rule().id() + " is tumbling: its events need a window.");
        }
        if (unit.rule().window() instanceof Window.Ordered) {
            advanceTo(event.time());
        }
        sendNow(event, event.time());
    }

    /**
     * Lets time pass: what a rule finds by an event that does not come, it finds here. Ordered rules only.
     *
     * @param eventTime milliseconds since the epoch
     * @throws IllegalStateException if it lies before the lane's clock, or the rule is not ordered
     */
    public void advanceTo(long eventTime) {
        if (!(unit.rule().window() instanceof Window.Ordered)) {
            throw new IllegalStateException("Rule " + unit.rule().id() + " is not ordered.");
        }
        if (eventTime < clock) {
            throw new IllegalStateException(eventTime + " lies before the lane's clock, which is " + clock + ".");
        }
        if (eventTime == clock || closed) {
            return;
        }
        if (clock == NONE) {
            run(NONE, () -> runtime.getEventService().advanceTime(eventTime));
        } else {
            // Step by step, so that each timer goes off at its own time, whatever the strides that time comes in.
            run(
                    unit.speaksOnTime() ? eventTime : NONE,
                    () -> runtime.getEventService().advanceTimeSpan(eventTime));
        }
        clock = eventTime;
    }

    // ---- all

    private void sendNow(KeyVaultEvent event, long anchored) {
        if (admits(event)) {
            // Where a filter throws, no statement has the event.
            succeeds(anchored, () -> sender.sendEvent(event));
        }
    }

    private boolean admits(KeyVaultEvent event) {
        boolean admitted = limits.admits(event.time());
        if (!admitted && limits.isNewlyReached()) {
            incomplete("It was given more than " + limits.most() + " events of one window; further ones are left out.");
        }
        return admitted;
    }

    private void incomplete(String problem) {
        limits.leftOut(clock);
        output.limited(problem);
    }

    /** Whether a limit kept the lane from using an event of its window: what it finds may be less than there is. */
    public boolean isIncomplete() {
        return limits.isIncomplete();
    }

    /** Ordered: the time of the event that a limit last left out; empty if none did. */
    public OptionalLong incompleteSince() {
        return limits.incompleteSince();
    }

    /** Ordered: until when, exclusive, what is found may be less than there is for that. */
    public long incompleteUntil() {
        return limits.incompleteUntil();
    }

    /** Does a step in which nothing may throw but what spoils the rule's state. */
    private void run(long anchored, Runnable step) {
        if (!succeeds(anchored, step)) {
            spoilt = true;
        }
    }

    /** Whether the step was done; what it throws is told. */
    private boolean succeeds(long anchored, Runnable step) {
        if (closed) {
            return true;
        }
        boolean succeeds = true;
        long start = System.nanoTime();
        anchor = anchored;
        try {
            step.run();
        } catch (RuntimeException | Error e) {
            // What a filter throws does not go to the exception handler, and quotes the event.
            output.threw("The rule threw", e);
            succeeds = false;
        }
        anchor = NONE;
        nanos += System.nanoTime() - start;
        return succeeds;
    }

    private void collect(Columns columns, boolean early, EventBean @Nullable [] added) {
        if (added == null || anchor == NONE) {
            return;
        }
        long time = unit.rule().window() instanceof Window.Ordered
                ? runtime.getEventService().getCurrentTime()
                : anchor;
        for (EventBean bean : added) {
            if (output.isFull()) {
                if (limits.isNewlyReached()) {
                    incomplete("It found more than " + LaneOutput.MAX_FINDINGS
                            + " things at once; further ones are left out.");
                }
                return;
            }
            columns.finding(bean, early, time).ifPresent(output::found);
        }
    }

    /** Whether the rule threw: what it finds from now on may be wrong. */
    public boolean isDamaged() {
        return output.isDamaged();
    }

    /** Whether a statement threw behind its filter: its state can't be relied on, and it may throw again when the window closes. */
    public boolean isSpoilt() {
        return spoilt;
    }

    /** Whether it ran into an {@link Error}: its state can't be relied on, and may be what filled the heap. */
    public boolean isBroken() {
        return output.isBroken();
    }

    /** Time spent in this rule so far, in nanoseconds. */
    public long nanos() {
        return nanos;
    }

    /** Whether findings or failures wait to be taken. */
    public boolean hasOutput() {
        return !output.isEmpty();
    }

    /** What has come out since the last call, in the order of coming out. */
    public List<Finding> takeFindings() {
        return output.takeFindings();
    }

    /** What the rule threw since the last call. */
    public List<RuleFailure> takeFailures() {
        return output.takeFailures();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            engines.giveBack(runtime, isBroken());
        }
    }
}
