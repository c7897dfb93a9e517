/**
 * The one event that rules see, whatever wire shape it came in.
 *
 * <p>Belongs here: the event and the values it is made of. May not come here: reading bytes, time keeping, the engine.
 * Imports the JDK and nullness annotations only.
 */
package dev.vaultwatch.event;
