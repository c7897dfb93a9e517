/**
 * From bytes, or a host's map, to {@link dev.vaultwatch.event.KeyVaultEvent}: every wire shape, told apart by content.
 *
 * <p>Belongs here: framing of streams into records, JSON reading, field mapping, time formats, resource ids, the reasons of
 * dead letters. May not come here: any notion of windows, rules beyond the set of wanted actions, or the engine. The one
 * place on the way in that imports Jackson.
 */
package dev.vaultwatch.decode;
