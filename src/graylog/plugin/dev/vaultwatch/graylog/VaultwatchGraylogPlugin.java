package dev.vaultwatch.graylog;

import dev.vaultwatch.host.PluginLoader;
import java.net.URI;
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
    private static final int MAJOR = 5;

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
        return new Version(com.github.zafarkhaja.semver.Version.valueOf(PluginLoader.apiVersion()));
    }

    @Override
    public String getDescription() {
        return "Detects the harvesting of Azure Key Vault secrets";
    }

    @Override
    public Version getRequiredVersion() {
        return Version.from(MAJOR, 0, 0);
    }

    @Override
    public Set<ServerStatus.Capability> getRequiredCapabilities() {
        return Set.of();
    }
}
