package dev.vaultwatch.enrich;

import dev.vaultwatch.api.Enricher;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Says where a caller's address lies and whose network it is, from the operator's own files in MaxMind's format (GeoLite2 or GeoIP2
 * City, Country, ASN, Enterprise). Vaultwatch ships none.
 *
 * <p>A place is added as a whole: where the record names a city, a region or a country, only the country's ISO code is added, and only
 * if the file names the same country; so no alert mixes two opinions. The same holds for the network's name and number. Private
 * addresses stay empty.
 *
 * <p>Files are read into memory. Every {@value #LOOK_SECONDS} s at most, the thread that asks looks whether one was replaced, and reads it
 * again; one that can't be read then, or is not whole yet, leaves the old one in force and is tried again when it changes once more
 * or at the next look. Thread-safe; starts no thread.
 */
public final class GeoEnricher implements Enricher {
    static final String IP = "source.ip";
    static final String CITY = "source.geo.city_name";
    static final String REGION = "source.geo.region_name";
    static final String COUNTRY = "source.geo.country_name";
    static final String COUNTRY_ISO = "source.geo.country_iso_code";
    static final String AS_NUMBER = "source.as.number";
    static final String AS_NAME = "source.as.organization.name";

    /** A look is a few system calls; operators replace such files twice a week. */
    private static final long LOOK_SECONDS = 10;

    private static final long LOOK_NANOS = Duration.ofSeconds(LOOK_SECONDS).toNanos();

    /** Addresses whose answer is kept, some 3 MB; then it starts anew. An organisation's users come from fewer. */
    private static final int REMEMBERED = 10_000;

    private final LongSupplier nanoClock;
    private final Consumer<String> notices;
    private final AtomicLong looked;
    private volatile State state;
    private volatile Optional<String> problem = Optional.empty();

    /** The files as they were read together, and what was looked up in them. */
    private record State(List<MaxMindFile> files, ConcurrentMap<String, Map<String, String>> answers) {
        State(List<MaxMindFile> files) {
            this(List.copyOf(files), new ConcurrentHashMap<>());
        }
    }

    private GeoEnricher(List<MaxMindFile> files, LongSupplier nanoClock, Consumer<String> notices) {
        this.state = new State(files);
        this.notices = notices;
        this.nanoClock = nanoClock;
        this.looked = new AtomicLong(nanoClock.getAsLong());
    }

    /**
     * Reads the files.
     *
     * @param files each in MaxMind's format; where two know the same field, the first one's answer counts
     * @param notices told in a sentence when a file that was replaced can't be read, and when it can again
     * @throws UncheckedIOException if one can't be read or is in another format, with its path
     * @throws IllegalStateException if MaxMind's reader is not on the class path
     */
    public static GeoEnricher of(List<Path> files, Consumer<String> notices) {
        try {
            return of(files, notices, System::nanoTime);
        } catch (NoClassDefFoundError e) {
            throw new IllegalStateException(
                    "Files of addresses need com.maxmind.db:maxmind-db on the class path, which lacks " + e.getMessage()
                            + ".",
                    e);
        }
    }

    /** As above, with a clock of one's own. */
    static GeoEnricher of(List<Path> paths, Consumer<String> notices, LongSupplier nanoClock) {
        List<MaxMindFile> files = new ArrayList<>();
        for (Path path : paths) {
            try {
                files.add(MaxMindFile.read(path));
            } catch (IOException e) {
                throw new UncheckedIOException(problem(path, e), e);
            }
        }
        return new GeoEnricher(files, nanoClock, notices);
    }

    /** What is wrong with a file now, in a sentence; empty while all is well. */
    Optional<String> problem() {
        return problem;
    }

    @Override
    public Map<String, String> enrich(Event event) {
        Optional<String> ip = event.get(IP);
        if (ip.isEmpty()) {
            return Map.of();
        }
        look();
        Map<String, String> known = answer(ip.get());
        if (known.isEmpty()) {
            return known;
        }
        Map<String, String> added = new LinkedHashMap<>(known);
        if (event.get(CITY).isPresent()
                || event.get(REGION).isPresent()
                || event.get(COUNTRY).isPresent()) {
            boolean same = agree(event.get(COUNTRY), known.get(COUNTRY));
            added.keySet().removeAll(List.of(CITY, REGION, COUNTRY));
            if (!same) {
                added.remove(COUNTRY_ISO);
            }
        }
        if (event.get(AS_NAME).isPresent()) {
            if (!agree(event.get(AS_NAME), known.get(AS_NAME))) {
                added.remove(AS_NUMBER);
            }
            added.remove(AS_NAME);
        }
        return added;
    }

    private static boolean agree(Optional<String> said, @org.jspecify.annotations.Nullable String known) {
        return known != null && said.filter(known::equalsIgnoreCase).isPresent();
    }

    private Map<String, String> answer(String ip) {
        State now = state;
        Map<String, String> before = now.answers().get(ip);
        if (before != null) {
            return before;
        }
        Map<String, String> answer =
                Addresses.publicOne(ip).map(address -> lookUp(now, address)).orElse(Map.of());
        if (now.answers().size() >= REMEMBERED) {
            now.answers().clear();
        }
        now.answers().put(ip, answer);
        return answer;
    }

    private Map<String, String> lookUp(State now, InetAddress address) {
        Map<String, String> answer = new LinkedHashMap<>();
        for (MaxMindFile file : now.files()) {
            try {
                file.lookUp(address).forEach(answer::putIfAbsent);
            } catch (IOException | RuntimeException e) {
                report(problem(file.path(), e));
            }
        }
        return Map.copyOf(answer);
    }

    /** One thread looks, the others go on with what there is. */
    private void look() {
        long before = looked.get();
        long now = nanoClock.getAsLong();
        if (now - before < LOOK_NANOS || !looked.compareAndSet(before, now)) {
            return;
        }
        List<MaxMindFile> files = new ArrayList<>();
        Optional<String> wrong = Optional.empty();
        boolean changed = false;
        for (MaxMindFile file : state.files()) {
            try {
                boolean replaced = file.isReplaced();
                files.add(replaced ? MaxMindFile.read(file.path()) : file);
                changed |= replaced;
            } catch (IOException | RuntimeException e) {
                files.add(file);
                wrong = Optional.of(problem(file.path(), e) + " The one read before stays in force.");
            }
        }
        if (changed) {
            state = new State(files);
        }
        if (wrong.isPresent()) {
            report(wrong.get());
        } else if (problem.isPresent()) {
            problem = wrong;
            notices.accept("All files of addresses (enrich.files) can be read again.");
        }
    }

    /** Once for each problem, however often it is met. */
    private synchronized void report(String what) {
        if (!problem.equals(Optional.of(what))) {
            problem = Optional.of(what);
            notices.accept(what);
        }
    }

    private static String problem(Path path, Exception e) {
        return path + " can't be read as a database of addresses (MaxMind DB): "
                + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
    }
}
