package dev.vaultwatch.alert.format;

/** Who made the alert, for destinations that ask. */
final class Product {
    static final String NAME = "Vaultwatch";
    static final String VENDOR = "Vaultwatch";

    /** As in plugin-descriptor.json; a test holds the two together. */
    static final String VERSION = "0.1.0";

    private Product() {}
}
