package dev.vaultwatch.alert.format;

import dev.vaultwatch.api.AlertFormat;

/** The formats that come with Vaultwatch, as constants; {@link AlertFormat#named} finds them by name, too. */
public final class AlertFormats {
    private static final AlertFormat TEXT = new TextFormat();
    private static final AlertFormat ECS = new EcsFormat();
    private static final AlertFormat OCSF = new OcsfFormat();
    private static final AlertFormat CEF = new CefFormat();

    private AlertFormats() {}

    /** A few lines for a person. */
    public static AlertFormat text() {
        return TEXT;
    }

    /** One line of JSON in the shape of the Elastic Common Schema. */
    public static AlertFormat ecs() {
        return ECS;
    }

    /** One line of JSON: an OCSF Detection Finding. */
    public static AlertFormat ocsf() {
        return OCSF;
    }

    /** One line of the Common Event Format. */
    public static AlertFormat cef() {
        return CEF;
    }
}
