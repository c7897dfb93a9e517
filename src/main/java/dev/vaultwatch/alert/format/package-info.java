/**
 * The formats in which an alert leaves: text, ECS, OCSF, CEF.
 *
 * <p>Belongs here: one class per format, what they share (cleaning, JSON, the mapping of a rule's outputs to fields), and the
 * cache of what was rendered. May not come here: anything but the JDK and {@code api}; what an alert says (that is decided in
 * {@code alert}); a rule's output names. It is part of the api jar, so that an alert is rendered where the plugin's classes are
 * gone.
 */
package dev.vaultwatch.alert.format;
