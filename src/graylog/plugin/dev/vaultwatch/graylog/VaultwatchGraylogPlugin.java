package dev.vaultwatch.graylog;

import dev.vaultwatch.host.PluginLoader;
import java.net.URI;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.graylog2.plugin.Plugin;
import org.graylog2.plugin.PluginMetaData;
import org.graylog2.plugin.PluginModule;
import org.graylog2.plugin.ServerStatus;
import org.graylog2.plugin.Version;
import org.graylog2.plugin.messageprocessors.MessageProcessor;

/** What Graylog finds by its service loader: who we are, and our one message processor. */
public final class VaultwatchGraylogPlugin implements Plugin, PluginMetaData {
    /** The first with MessageFactory and the jakarta namespace that is run in a test here; 5.x is not supported. */
    private static final Version REQUIRED = Version.from(6, 3, 0);

    @Override
    public PluginMetaData metadata() {
        return this;
    }

    @Override
    public Collection<PluginModule> modules() {
        return List.of(new Module());
    }

    private static final class Module extends PluginModule {
        @Override
        protected void configure() {
            addMessageProcessor(VaultwatchProcessor.class, Descriptor.class);
            bind(Outlet.class).to(Outlet.Buffered.class);
        }
    }

    /** What Graylog shows in its list of processors. */
    public static final class Descriptor implements MessageProcessor.Descriptor {
        @Override
        public String name() {
            return "Vaultwatch";
        }

        @Override
        public String className() {
            return VaultwatchProcessor.class.getCanonicalName();
        }
    }

    @Override
    public String getUniqueId() {
        return "dev.vaultwatch";
    }

    @Override
    public String getName() {
        return "Vaultwatch";
    }

    @Override
    public String getAuthor() {
        return "Vaultwatch";
    }

    @Override
    public URI getURL() {
        return URI.create("urn:vaultwatch");
    }

    @Override
    public Version getVersion() {
        int[] numbers = Arrays.stream(PluginLoader.apiVersion().split("\\.", -1))
                .mapToInt(Integer::parseInt)
                .toArray();
        return Version.from(numbers[0], numbers[1], numbers[2]);
    }

    @Override
    public String getDescription() {
        return "Detects the harvesting of Azure Key Vault secrets";
    }

    @Override
    public Version getRequiredVersion() {
        return REQUIRED;
    }

    @Override
    public Set<ServerStatus.Capability> getRequiredCapabilities() {
        return Set.of();
    }
}
