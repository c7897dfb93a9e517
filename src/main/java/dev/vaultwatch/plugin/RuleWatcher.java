package dev.vaultwatch.plugin;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees that the rules' folder has changed, and says so once it has come to rest. Editors write half a file, rename, and write
 * again; so a change counts when two looks in a row have found the same.
 *
 * <p>The platform's watch service, where there is one, cuts the waiting short. It is not relied on: it misses changes on
 * network shares and mounted configuration maps, so a look is taken every 2 s all the same.
 */
final class RuleWatcher {
    private static final Logger LOG = LoggerFactory.getLogger(RuleWatcher.class);
    private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long SETTLE_NANOS = TimeUnit.MILLISECONDS.toNanos(400);

    private final List<Path> paths;
    private final Map<String, String> seen;
    private final Runnable changed;
    private final NamedThread thread = new NamedThread("vaultwatch-rule-watcher", this::run);
    private final Optional<WatchService> service;

    /**
     * Starts watching.
     *
     * @param seen what {@link #look} found before the rules that run were read; a change since then counts
     */
    RuleWatcher(List<Path> paths, Map<String, String> seen, Runnable changed) {
        this.paths = List.copyOf(paths);
        this.seen = seen;
        this.changed = changed;
        this.service = service();
        thread.start();
    }

    private static Optional<WatchService> service() {
        try {
            return Optional.of(FileSystems.getDefault().newWatchService());
        } catch (IOException | UnsupportedOperationException e) {
            LOG.debug("No watch service; the rules' folder is looked at every 2 s.", e);
            return Optional.empty();
        }
    }

    private void run() {
        Map<String, String> reloaded = seen;
        Map<String, String> before = reloaded;
        while (!thread.isStopped()) {
            // What has just changed is looked at again once it has had time to come to rest.
            if (before.equals(reloaded)) {
                pause();
            } else {
                thread.pause(SETTLE_NANOS);
            }
            Map<String, String> now = look(paths);
            if (!thread.isStopped() && now.equals(before) && !now.equals(reloaded)) {
                reloaded = now;
                try {
                    changed.run();
                } catch (RuntimeException e) {
                    LOG.error("The rules could not be reloaded after a change; the old ones go on running.", e);
                }
            }
            before = now;
        }
    }

    private void pause() {
        if (service.isEmpty()) {
            thread.pause(PERIOD_NANOS);
            return;
        }
        try {
            register(service.get());
            WatchKey key = service.get().poll(PERIOD_NANOS, TimeUnit.NANOSECONDS);
            if (key != null) {
                key.pollEvents();
                key.reset();
            }
        } catch (ClosedWatchServiceException e) {
            // By stop().
            thread.pause(PERIOD_NANOS);
        } catch (InterruptedException e) {
            LOG.debug("A callback left the watcher's thread interrupted; it goes on.", e);
        }
    }

    /** Folders come and go, and registering one again costs nothing. */
    private void register(WatchService service) {
        try {
            for (Path path : paths) {
                if (Files.exists(path)) {
                    registerFolders(path, service);
                }
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.debug("The rules' folder can't be watched just now.", e);
        }
    }

    private static void registerFolders(Path path, WatchService service) throws IOException {
        try (Stream<Path> folders = Files.walk(path, 1)) {
            for (Path each : folders.filter(Files::isDirectory).toList()) {
                each.register(
                        service,
                        StandardWatchEventKinds.ENTRY_CREATE,
                        StandardWatchEventKinds.ENTRY_MODIFY,
                        StandardWatchEventKinds.ENTRY_DELETE);
            }
        }
    }

    /** Every file of the paths with its size, time and identity. What can't be read now is looked at the next time. */
    static Map<String, String> look(List<Path> paths) {
        Map<String, String> found = new TreeMap<>();
        paths.forEach(path -> look(path, found));
        return found;
    }

    private static void look(Path folder, Map<String, String> found) {
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes facts) {
                    found.put(
                            file.toString(),
                            facts.size() + " " + facts.lastModifiedTime().toInstant() + " " + facts.fileKey());
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e) {
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            LOG.debug("The rules' folder can't be read just now.", e);
        }
    }

    /** Asks the thread to end. */
    void stop() {
        thread.stop();
        try {
            if (service.isPresent()) {
                // Wakes the thread, too.
                service.get().close();
            }
        } catch (IOException e) {
            LOG.debug("The watch service could not be closed.", e);
        }
    }

    /** Waits for its end until the given {@link System#nanoTime}, unless it is the caller. */
    void await(long deadline) {
        thread.await(deadline);
    }
}
