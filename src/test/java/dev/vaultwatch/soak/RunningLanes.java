package dev.vaultwatch.soak;

import com.espertech.esper.runtime.client.EPRuntime;
import com.espertech.esper.runtime.client.EPStatement;
import com.espertech.esper.runtime.internal.kernel.statement.EPStatementSPI;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.engine.Lane;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The lanes of a plugin that runs. Nothing but a test asks for them, so they are read as no caller could. */
final class RunningLanes {
    private RunningLanes() {}

    static List<Lane> of(DetectionPlugin plugin) throws ReflectiveOperationException {
        List<Lane> lanes = new ArrayList<>();
        for (Object track : (Iterable<?>) read(read(read(plugin, "core"), "detector"), "tracks")) {
            for (String window : List.of("current", "following")) {
                Lane lane = (Lane) read(read(track, window), "lane");
                if (lane != null) {
                    lanes.add(lane);
                }
            }
        }
        return lanes;
    }

    /** The loaders of the classes that the lane's rules were compiled to. */
    static Set<ClassLoader> loaders(Lane lane) throws ReflectiveOperationException {
        EPRuntime runtime = (EPRuntime) read(lane, "runtime");
        Set<ClassLoader> loaders = new HashSet<>();
        for (String id : runtime.getDeploymentService().getDeployments()) {
            for (EPStatement statement :
                    runtime.getDeploymentService().getDeployment(id).getStatements()) {
                loaders.add(((EPStatementSPI) statement)
                        .getStatementContext()
                        .getStatementAIFactoryProvider()
                        .getClass()
                        .getClassLoader());
            }
        }
        return loaders;
    }

    private static Object read(Object from, String field) throws ReflectiveOperationException {
        Field found = from.getClass().getDeclaredField(field);
        found.setAccessible(true);
        return found.get(from);
    }
}
