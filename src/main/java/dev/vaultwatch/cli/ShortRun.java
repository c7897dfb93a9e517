package dev.vaultwatch.cli;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * Keeps HotSpot's optimizing compiler out of a run of some seconds: it takes a core from the work for code that will hardly be used.
 * What {@code -XX:TieredStopAtLevel=1} says on the command line, said from inside by a compiler directive (JEP 165), since a jar's
 * manifest can't say it and nobody should have to type it. Measured on {@code test epl}: 8.9 s of CPU time in place of 16.0.
 */
final class ShortRun {
    private static final String FIRST_TIER_ONLY = "[{match: \"*.*\", c2: {Exclude: true}}]";

    private ShortRun() {}

    /** Says so to the virtual machine of this process; where it knows no directives, the run is slower and nothing else. */
    static void begin() {
        try {
            Path directives = Files.createTempFile("vaultwatch", ".directives");
            try {
                Files.writeString(directives, FIRST_TIER_ONLY);
                ManagementFactory.getPlatformMBeanServer()
                        .invoke(
                                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                                "compilerDirectivesAdd",
                                new Object[] {new String[] {directives.toString()}},
                                new String[] {String[].class.getName()});
            } finally {
                Files.delete(directives);
            }
        } catch (IOException | JMException | RuntimeException slower) {
            // Another virtual machine, or a temporary folder that can't be written: the work is the same.
            return;
        }
    }
}
