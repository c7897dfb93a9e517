package dev.vaultwatch.engine.gate;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;

/** An annotation with a static initializer that shows. */
@Retention(RetentionPolicy.RUNTIME)
public @interface CanaryMark {
    String FIELD = Canary.touch("mark");
}
