package dev.vaultwatch.kafka;

/** Whether a raw partition holds records that were not read. A partition of which nothing comes need not be silent. */
@FunctionalInterface
interface Unread {
    /** True if there are some, or if that is not known. Does not wait. */
    boolean has(String topic, int partition);

    /** Whatever is there has been read. */
    static Unread nothing() {
        return (topic, partition) -> false;
    }
}
