package dev.vaultwatch.engine.gate;

/** A class with a static initializer that shows. */
public final class CanaryInit {
    /** Not a constant to the compiler, so that reading it initializes the class. */
    public static final String FIELD = Canary.touch("initializer");

    public CanaryInit() {
        Canary.touch("constructed");
    }
}
