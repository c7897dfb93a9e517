package dev.vaultwatch.api;

/**
 * Rules that run beside those in force and say nothing. They see the events that the plugin held when the preview began, and every
 * event since, at the plugin's event time. Any thread may call any method.
 */
public interface Preview extends AutoCloseable {

    /** What the rules have found so far. Of a closed preview, what they had found when it was closed. */
    PreviewResult result();

    /** Ends the preview and frees its engine. A second call does nothing; closing the plugin ends its previews, too. */
    @Override
    void close();
}
