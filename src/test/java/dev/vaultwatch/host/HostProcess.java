package dev.vaultwatch.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * {@link TenLineHost} or another main class, in a process of its own.
 *
 * @param exit the exit code
 * @param output what it wrote to both streams
 */
record HostProcess(int exit, String output) {
    static final Path OLD_HOST = Path.of("target/old-host");

    /** Runs with the JDK of the tests. */
    static HostProcess run(Class<?> main, List<Path> classPath, List<String> options, String... args)
            throws IOException, InterruptedException {
        return run(Path.of(System.getProperty("java.home")), main, classPath, options, args);
    }

    static HostProcess run(Path jdk, Class<?> main, List<Path> classPath, List<String> options, String... args)
            throws IOException, InterruptedException {
        return run(jdk, main.getName(), classPath, options, args);
    }

    static HostProcess run(Path jdk, String main, List<Path> classPath, List<String> options, String... args)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(jdk.resolve("bin/java").toString()));
        // A short life: half the start-up.
        command.add("-XX:TieredStopAtLevel=1");
        command.addAll(options);
        command.add("-cp");
        command.add(String.join(
                System.getProperty("path.separator"),
                classPath.stream().map(Path::toString).toList()));
        command.add(main);
        command.addAll(List.of(args));
        Path output = Files.createTempFile("host", ".out");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(600, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException("The host did not end in 600 s: " + Files.readString(output));
            }
            return new HostProcess(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
        } finally {
            Files.delete(output);
        }
    }

    /** A class path of one test class and nothing else of the tests. */
    static Path only(Path folder, Class<?>... classes) throws IOException {
        for (Class<?> type : classes) {
            String name = type.getName().replace('.', '/') + ".class";
            Path target = folder.resolve(name);
            Files.createDirectories(target.getParent());
            try (var in = HostProcess.class.getClassLoader().getResourceAsStream(name)) {
                if (in == null) {
                    throw new IOException(name + " is not on the class path.");
                }
                Files.copy(in, target);
            }
        }
        return folder;
    }

    /** The jars of a folder. */
    static List<Path> jars(Path folder) {
        return TestBundle.files(folder).stream()
                .filter(file -> file.toString().endsWith(".jar"))
                .toList();
    }
}
