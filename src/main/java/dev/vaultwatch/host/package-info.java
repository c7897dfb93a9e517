/**
 * How a host loads a plugin that lies in a bundle, apart from the host's own libraries.
 *
 * <p>Belongs here: opening and checking a bundle, the plugin's class loader, and the border between the two worlds: context class
 * loaders, and alerts that outlive the plugin. May not come here: an import from anywhere but the JDK and {@code api} (an
 * architecture test holds this), logging, threads. Travels in the {@code api} jar and never inside a bundle. No method
 * takes or returns {@code null}.
 */
package dev.vaultwatch.host;
