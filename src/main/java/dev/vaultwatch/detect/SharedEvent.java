package dev.vaultwatch.detect;

import dev.vaultwatch.event.KeyVaultEvent;
import java.util.List;

/**
 * An event that is kept and goes to another owner.
 *
 * @param source the name of the source that brought it
 * @param rules the ids of the rules that may use it and whose key is wanted
 */
public record SharedEvent(KeyVaultEvent event, String source, List<String> rules) {}
