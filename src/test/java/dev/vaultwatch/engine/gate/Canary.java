package dev.vaultwatch.engine.gate;

import java.util.Map;

/** What attacks reach for. Whatever runs of it leaves a system property behind, which {@link Effects} sees. */
public final class Canary {
    private Canary() {}

    public static String touch(String what) {
        System.setProperty(Effects.PROPERTY + what, "x");
        return what;
    }

    public static void plain() {
        touch("plain");
    }

    public static int five() {
        touch("five");
        return 5;
    }

    public static String format() {
        touch("format");
        return "yyyy";
    }

    public static String sleep(long millis) throws InterruptedException {
        Thread.sleep(millis);
        return touch("sleep");
    }

    public static CanaryBean bean() {
        touch("bean");
        return new CanaryBean();
    }

    public static CanaryBean[] rows() {
        touch("rows");
        return new CanaryBean[] {new CanaryBean()};
    }

    public static Map<String, Class<?>> rowsMetadata() {
        touch("rowsMetadata");
        return Map.of();
    }
}
