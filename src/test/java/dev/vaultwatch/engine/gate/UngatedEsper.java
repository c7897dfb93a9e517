package dev.vaultwatch.engine.gate;

import com.espertech.esper.common.client.EPCompiled;
import com.espertech.esper.common.client.configuration.Configuration;
import com.espertech.esper.common.client.configuration.common.ConfigurationCommonEventTypeBean;
import com.espertech.esper.common.client.util.AccessorStyle;
import com.espertech.esper.compiler.client.CompilerArguments;
import com.espertech.esper.compiler.client.EPCompileException;
import com.espertech.esper.compiler.client.EPCompilerProvider;
import com.espertech.esper.runtime.client.EPDeployException;
import com.espertech.esper.runtime.client.EPRuntime;
import com.espertech.esper.runtime.client.EPRuntimeProvider;
import com.espertech.esper.runtime.client.EPStatement;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.util.UUID;

/** Esper as it comes, or with a given configuration, and no gate: what shows that the attacks are live. */
public final class UngatedEsper {
    private UngatedEsper() {}

    /** Esper's defaults with our event. */
    public static Configuration asItComes() {
        Configuration configuration = new Configuration();
        ConfigurationCommonEventTypeBean event = new ConfigurationCommonEventTypeBean();
        event.setAccessorStyle(AccessorStyle.EXPLICIT);
        for (Property property : Property.all()) {
            event.addMethodProperty(property.epl(), property.epl());
        }
        configuration.getCommon().addEventType("KeyVaultEvent", KeyVaultEvent.class.getName(), event);
        configuration.getRuntime().getThreading().setInternalTimerEnabled(false);
        return configuration;
    }

    /** Compiles with the canaries in reach. */
    public static EPCompiled compile(String epl, Configuration configuration) throws EPCompileException {
        return EPCompilerProvider.getCompiler().compile(epl, new CompilerArguments(configuration));
    }

    /** Deploys, and sends two events and three minutes. */
    public static void run(EPCompiled compiled, Configuration configuration) throws EPDeployException {
        EPRuntime runtime = EPRuntimeProvider.getRuntime("ungated-" + UUID.randomUUID(), configuration);
        try {
            runtime.getEventService().advanceTime(0);
            for (EPStatement statement :
                    runtime.getDeploymentService().deploy(compiled).getStatements()) {
                statement.addListener((added, removed, source, engine) -> {
                    // Rows are made for a listener only.
                });
            }
            for (int minute = 0; minute < 3; minute++) {
                runtime.getEventService().sendEventBean(event(minute * 60_000L), "KeyVaultEvent");
                runtime.getEventService().sendEventBean(event(minute * 60_000L + 1), "KeyVaultEvent");
                runtime.getEventService().advanceTime((minute + 1) * 60_000L);
            }
        } finally {
            runtime.destroy();
        }
    }

    private static KeyVaultEvent event(long time) {
        return KeyVaultEvent.builder(time, "SecretGet")
                .with(Property.UPN, "mallory")
                .with(Property.APP_ID, "app")
                .with(Property.OBJECT_ID, "object")
                .with(Property.SOURCE_IP, "192.0.2.1")
                .with(Property.CITY, "Bern")
                .with(Property.COUNTRY, "CH")
                .with(Property.VAULT, "vault")
                .with(Property.RESULT_TYPE, "Success")
                .with(Property.RESULT_SIGNATURE, "OK")
                .with(Property.HTTP_STATUS, 200)
                .build();
    }
}
