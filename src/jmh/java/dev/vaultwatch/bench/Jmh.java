package dev.vaultwatch.bench;

import java.io.IOException;
import org.openjdk.jmh.Main;

/** JMH as a bench.main: {@code mvn -Pbench test -DskipTests -Dbench.main=dev.vaultwatch.bench.Jmh -Dbench.args="Decode -f 1"}. */
public final class Jmh {
    private Jmh() {}

    public static void main(String[] args) throws IOException {
        Main.main(args);
    }
}
