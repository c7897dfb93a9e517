package dev.vaultwatch.tool.sigma;

import dev.vaultwatch.rule.Nearest;
import dev.vaultwatch.tool.sigma.YamlNode.Kind;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Whether a Sigma rule is about the records that Key Vault writes of its data plane. Sigma's taxonomy has no name for them. */
final class LogSource {
    private static final Set<String> SERVICES =
            Set.of("keyvault", "key_vault", "azure.keyvault", "keyvaultauditlogs", "azkvauditlogs", "auditevent");

    private static final Set<String> KEYS = Set.of("product", "service", "category", "definition");

    private LogSource() {}

    /** Refuses other logs: a rule about them would never find anything. */
    static void check(YamlNode root, Faults faults) {
        Optional<YamlNode> source = root.get("logsource");
        if (source.isEmpty()) {
            faults.error(root, "The rule has no \"logsource\"; expected product: azure and service: keyvault.");
            return;
        }
        for (YamlNode.Entry entry : source.get().entries()) {
            if (!KEYS.contains(entry.key().text())) {
                faults.warning(
                        entry.key(),
                        "A log source has no \"" + entry.key().text() + "\", which is ignored"
                                + Nearest.asQuestion(entry.key().text(), KEYS));
            }
        }
        Optional<YamlNode> category = source.get().get("category").filter(its -> its.kind() != Kind.NULL);
        if (category.filter(its -> !SERVICES.contains(its.text().toLowerCase(Locale.ROOT)))
                .isPresent()) {
            faults.error(
                    category.get(),
                    "The rule is about the category " + category.get().text()
                            + ", which is another log than the records that Key Vault writes; expected no category.");
        }
        Optional<String> product = source.get().text("product");
        Optional<String> service = source.get().text("service");
        if (product.filter(its -> its.toLowerCase(Locale.ROOT).equals("azure")).isEmpty()) {
            faults.error(
                    source.get().get("product").orElse(source.get()),
                    "The rule is about " + product.orElse("no product") + "; expected product: azure.");
        } else if (service.isEmpty()) {
            faults.warning(
                    source.get(),
                    "The rule does not say which of Azure's logs it is about; it is taken to be Key Vault's (service:"
                            + " keyvault).");
        } else if (!SERVICES.contains(service.get().toLowerCase(Locale.ROOT))) {
            faults.error(
                    source.get().get("service").orElse(source.get()),
                    "The rule is about " + service.get()
                            + ", which is another log than the records that Key Vault writes; expected service: keyvault.");
        }
    }
}
