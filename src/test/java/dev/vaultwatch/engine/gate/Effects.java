package dev.vaultwatch.engine.gate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Watches for what an attack does: system properties, files, connections, processes, threads. Within the JVM and its temp. */
public final class Effects implements AutoCloseable {
    static final String PROPERTY = "vaultwatch.canary.";

    private final Path folder;
    private final ServerSocketChannel server;

    public Effects() throws IOException {
        folder = Files.createTempDirectory("canary");
        server = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        server.configureBlocking(false);
        clear();
    }

    /** The attack with this run's folder and port in it. */
    public String aim(String text) {
        return text.replace("${DIR}", folder.toString())
                .replace("${PORT}", String.valueOf(server.socket().getLocalPort()));
    }

    /** What has happened so far. Processes get a moment to do it. */
    public NavigableSet<String> seen() throws IOException, InterruptedException {
        NavigableSet<String> seen = new TreeSet<>();
        for (ProcessHandle child : ProcessHandle.current().children().toList()) {
            seen.add("process");
            for (int wait = 0; child.isAlive() && wait < 100; wait++) {
                Thread.sleep(10);
            }
        }
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals("canary")) {
                seen.add("thread");
                thread.join();
            }
        }
        System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith(PROPERTY))
                .forEach(seen::add);
        try (Stream<Path> files = Files.list(folder)) {
            files.forEach(file -> seen.add("file " + file.getFileName()));
        }
        for (SocketChannel peer = server.accept(); peer != null; peer = server.accept()) {
            seen.add("connection");
            peer.close();
        }
        return seen;
    }

    private static void clear() {
        List.copyOf(System.getProperties().stringPropertyNames()).stream()
                .filter(name -> name.startsWith(PROPERTY))
                .forEach(System::clearProperty);
    }

    @Override
    public void close() throws IOException {
        clear();
        server.close();
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(Effects::delete);
        }
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
