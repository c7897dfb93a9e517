package dev.vaultwatch.engine.gate;

import org.jspecify.annotations.Nullable;

/** A class with a constructor that shows. */
public final class CanaryBean {
    private @Nullable String name;

    public CanaryBean() {
        Canary.touch("constructor");
    }

    public @Nullable String getName() {
        return name;
    }

    public void setName(String name) {
        this.name = name;
    }
}
