package dev.vaultwatch.decode;

import org.jspecify.annotations.Nullable;

/**
 * The parts of an Azure resource id, {@code /subscriptions/S/resourceGroups/G/providers/NAMESPACE/TYPE/NAME}, as upstream's
 * pattern takes them (elastic/integrations 813e7076, azure-shared-pipeline-resource.yml): fixed words in any case, what is
 * taken keeps its case. Unlike there, a subscription need not be a GUID: ids are often masked in exported logs.
 *
 * @param subscription {@code azure.subscription_id}
 * @param group {@code azure.resource.group}
 * @param name {@code azure.resource.name}: all that follows the type
 */
record ResourceId(
        @Nullable String subscription,
        @Nullable String group,
        @Nullable String name) {

    private static final ResourceId NONE = new ResourceId(null, null, null);
    private static final String SUBSCRIPTIONS = "/subscriptions/";
    private static final String GROUPS = "/resourcegroups/";
    private static final String PROVIDERS = "/providers/";

    /** Takes what is there; all parts are absent from a text that is no resource id. */
    static ResourceId of(@Nullable String text) {
        if (text == null) {
            return NONE;
        }
        int start = 0;
        while (!text.regionMatches(true, start, SUBSCRIPTIONS, 0, SUBSCRIPTIONS.length())) {
            start = text.indexOf('/', start + 1);
            if (start < 0) {
                return NONE;
            }
        }
        int from = start + SUBSCRIPTIONS.length();
        int to = slash(text, from);
        if (to == from) {
            return NONE;
        }
        String subscription = text.substring(from, to);
        if (!text.regionMatches(true, to, GROUPS, 0, GROUPS.length())) {
            return new ResourceId(subscription, null, null);
        }
        from = to + GROUPS.length();
        to = slash(text, from);
        if (to == from) {
            return new ResourceId(subscription, null, null);
        }
        String group = text.substring(from, to);
        if (!text.regionMatches(true, to, PROVIDERS, 0, PROVIDERS.length())) {
            return new ResourceId(subscription, group, null);
        }
        int namespace = slash(text, to + PROVIDERS.length());
        int type = slash(text, namespace + 1);
        String name = type + 1 < text.length() ? text.substring(type + 1) : null;
        return new ResourceId(subscription, group, name);
    }

    private static int slash(String text, int from) {
        int at = text.indexOf('/', from);
        return at < 0 ? text.length() : at;
    }
}
