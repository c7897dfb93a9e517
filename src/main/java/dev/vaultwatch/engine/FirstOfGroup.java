package dev.vaultwatch.engine;

import com.espertech.esper.common.client.EventBean;
import com.espertech.esper.common.client.EventType;
import com.espertech.esper.common.client.type.EPTypeClass;
import com.espertech.esper.common.internal.context.module.EPStatementInitServices;
import com.espertech.esper.common.internal.view.core.AgentInstanceViewFactoryChainContext;
import com.espertech.esper.common.internal.view.core.View;
import com.espertech.esper.common.internal.view.core.ViewFactory;
import com.espertech.esper.common.internal.view.core.ViewFactoryContext;
import com.espertech.esper.common.internal.view.core.ViewSupport;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.GroupingKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A data window that lets every event through, lets none leave, and shows the first one of each group to who iterates. Esper reads
 * a statement's rows off by going through the events of its window; with all of them there it would work out a group's conditions once
 * for each of the group's events, and a group that reads for a minute has thousands.
 *
 * <p>Here, behind the filter, the lane's {@linkplain Lane#sendSilently companions} of an event come in.
 *
 * <p>What a row says must then be the same whichever of its group's events it is read off, as {@link EarlyStatement#suffices}
 * demands. Guarded by the lane.
 */
public final class FirstOfGroup extends ViewSupport {
    /** Its place among Esper's windows; the gate lets no rule use it. */
    static final String NAMESPACE = "vaultwatch";

    static final String NAME = "first_of_group";

    private final GroupingKey key;
    private final AgentInstanceViewFactoryChainContext context;
    private final Map<@Nullable Object, EventBean> firsts = new LinkedHashMap<>();

    private FirstOfGroup(GroupingKey key, AgentInstanceViewFactoryChainContext context) {
        this.key = key;
        this.context = context;
    }

    @Override
    public void update(EventBean @Nullable [] added, EventBean @Nullable [] removed) {
        EventBean[] all = added;
        if (added != null) {
            for (EventBean each : added) {
                firsts.putIfAbsent(key.of((KeyVaultEvent) each.getUnderlying()), each);
            }
            all = withCompanions(added);
        }
        child.update(all, removed);
    }

    /** With the further events of the group that the lane has sent along, which the statement's filter would let through as well. */
    private EventBean[] withCompanions(EventBean[] added) {
        List<KeyVaultEvent> companions = context.getStatementContext().getUserObjectRuntime() instanceof Lane.Link lane
                ? lane.takeCompanions()
                : List.of();
        if (companions.isEmpty()) {
            return added;
        }
        EventBean[] all = Arrays.copyOf(added, added.length + companions.size());
        for (int i = 0; i < companions.size(); i++) {
            all[added.length + i] =
                    context.getEventBeanTypedEventFactory().adapterForTypedBean(companions.get(i), getEventType());
        }
        return all;
    }

    @Override
    public EventType getEventType() {
        return parent.getEventType();
    }

    @Override
    public Iterator<EventBean> iterator() {
        return firsts.values().iterator();
    }

    /** Makes the windows of one statement. Instantiated, and its properties set, by Esper's generated code. */
    public static final class Factory implements ViewFactory {
        /** Where Esper looks for the type's description. */
        public static final EPTypeClass EPTYPE = new EPTypeClass(Factory.class);

        private @Nullable EventType eventType;
        private @Nullable GroupingKey key;

        @Override
        public void setEventType(EventType type) {
            eventType = type;
        }

        @Override
        public @Nullable EventType getEventType() {
            return eventType;
        }

        /** Sets the key's properties: their names in EPL, with commas between. */
        public void setProperties(String names) {
            List<Property> found = new ArrayList<>();
            for (String name : names.split(",", -1)) {
                found.add(Property.named(name).orElseThrow());
            }
            key = GroupingKey.of(found);
        }

        @Override
        public void init(ViewFactoryContext context, EPStatementInitServices services) {}

        @Override
        public View makeView(AgentInstanceViewFactoryChainContext context) {
            return new FirstOfGroup(Objects.requireNonNull(key), context);
        }

        @Override
        public String getViewName() {
            return NAME;
        }
    }
}
