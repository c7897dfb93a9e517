package dev.vaultwatch.host;

import dev.vaultwatch.api.PluginDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * A bundle that has been checked and lies in a folder.
 *
 * <pre>
 *   plugin-descriptor.json   what it is and needs
 *   checksums.sha256         every other file with its SHA-256, as sha256sum writes and checks it
 *   lib/*.jar                the plugin and its libraries
 *   fallback/*.jar           slf4j-api, for a host that has none
 *   …                        rules, licences, what else is to be read by people
 * </pre>
 *
 * The checksums find damage, and files that were added or changed after the build. They don't prove who built it: whoever can
 * change a file can change the list. Where that matters, check the bundle's own checksum from where it was published.
 *
 * @param folder where it lies
 * @param unpacked whether the folder was made for it, and goes with {@link #delete()}
 * @param descriptor what it says of itself
 * @param warnings what was odd but no reason to refuse it, sentences
 */
record Bundle(Path folder, boolean unpacked, PluginDescriptor descriptor, List<String> warnings) {
    static final String DESCRIPTOR = "plugin-descriptor.json";
    private static final String CHECKSUMS = "checksums.sha256";
    private static final Pattern CHECKSUM = Pattern.compile("([0-9a-f]{64}) [ *](.+)");

    /** More than a hundred times what ours has; a bundle beyond is damaged, or meant to fill a disk. */
    private static final int MAX_FILES = 10_000;

    /** Bytes, unpacked. Ours has about 15 MB. */
    private static final long MAX_BYTES = 512L << 20;

    private static final int BUFFER = 1 << 16;

    /**
     * Opens a zip (unpacked into a new folder under {@code java.io.tmpdir}) or a folder (used where it lies), and checks it.
     *
     * @throws BundleException if it is refused; nothing is left behind
     * @throws IOException if it can't be read or unpacked
     */
    static Bundle open(Path bundle, String apiVersion, int javaVersion) throws IOException {
        if (Files.isDirectory(bundle)) {
            return check(bundle, false, apiVersion, javaVersion);
        }
        Path folder = Files.createTempDirectory("vaultwatch-plugin-");
        try {
            unzip(bundle, folder);
            return check(folder, true, apiVersion, javaVersion);
        } catch (IOException | RuntimeException e) {
            try {
                delete(folder);
            } catch (IOException left) {
                e.addSuppressed(left);
            }
            throw e;
        }
    }

    /** The jars in one of its folders, sorted by name. */
    List<Path> jars(String name) throws IOException {
        Path jars = folder.resolve(name);
        if (!Files.isDirectory(jars)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(jars)) {
            return files.filter(file -> file.toString().endsWith(".jar"))
                    .sorted()
                    .toList();
        }
    }

    /** Removes what was unpacked; a folder that was a folder before stays. */
    void delete() throws IOException {
        if (unpacked) {
            delete(folder);
        }
    }

    private static Bundle check(Path folder, boolean unpacked, String apiVersion, int javaVersion) throws IOException {
        byte[] json;
        try {
            json = Files.readAllBytes(folder.resolve(DESCRIPTOR));
        } catch (NoSuchFileException e) {
            throw new BundleException(
                    "There is no " + DESCRIPTOR + " at the top of the bundle; this is no plugin bundle.", e);
        }
        DescriptorReader reader = new DescriptorReader(apiVersion, javaVersion);
        PluginDescriptor descriptor = reader.read(json);
        checkSums(folder);
        return new Bundle(folder, unpacked, descriptor, reader.warnings());
    }

    // ---- checksums

    private static void checkSums(Path folder) throws IOException {
        Map<String, String> expected = expectedSums(folder);
        List<String> faults = new ArrayList<>();
        for (String name : files(folder)) {
            if (name.equals(CHECKSUMS)) {
                continue;
            }
            String sum = expected.remove(name);
            if (sum == null) {
                faults.add(name + " is not in " + CHECKSUMS + "; a bundle holds what its build put there and no more.");
            } else if (!sum.equals(sha256(folder.resolve(name)))) {
                faults.add(name + " is not the file that was built: its SHA-256 differs from the one in " + CHECKSUMS
                        + ". (Rules are changed in a copy outside the bundle, which rules.dir names.)");
            }
        }
        for (String name : expected.keySet()) {
            faults.add(name + " is in " + CHECKSUMS + " and is missing.");
        }
        if (!faults.isEmpty()) {
            throw new BundleException(String.join("\n", faults));
        }
    }

    private static Map<String, String> expectedSums(Path folder) throws IOException {
        Map<String, String> sums = new TreeMap<>();
        List<String> lines;
        try {
            lines = Files.readAllLines(folder.resolve(CHECKSUMS));
        } catch (NoSuchFileException e) {
            throw new BundleException("There is no " + CHECKSUMS + " at the top of the bundle.", e);
        }
        for (int i = 0; i < lines.size(); i++) {
            Matcher line = CHECKSUM.matcher(lines.get(i));
            if (!line.matches() || sums.put(line.group(2), line.group(1)) != null) {
                throw new BundleException(CHECKSUMS + ":" + (i + 1)
                        + ": A SHA-256 in lower-case hexadecimal, two spaces and a name of its own were expected.");
            }
        }
        return sums;
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> !Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS))
                    .map(file -> folder.relativize(file).toString().replace('\\', '/'))
                    .sorted()
                    .toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static String sha256(Path file) throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256, and this one has not.", e);
        }
        byte[] buffer = new byte[BUFFER];
        try (InputStream in = Files.newInputStream(file)) {
            int read;
            while ((read = in.read(buffer)) >= 0) {
                digest.update(buffer, 0, read);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    // ---- zip

    private static void unzip(Path zip, Path folder) throws IOException {
        try (ZipFile file = new ZipFile(zip.toFile())) {
            if (file.size() > MAX_FILES) {
                throw new BundleException(
                        zip + " holds " + file.size() + " entries; at most " + MAX_FILES + " are unpacked.");
            }
            long bytes = 0;
            for (ZipEntry entry : file.stream().toList()) {
                Path target = inside(folder, entry.getName());
                if (entry.isDirectory()) {
                    Files.createDirectories(target);
                    continue;
                }
                Files.createDirectories(target.getParent());
                try (InputStream in = file.getInputStream(entry)) {
                    bytes = copy(in, target, bytes);
                }
            }
        } catch (FileAlreadyExistsException e) {
            throw new BundleException("Two entries of " + zip + " unpack to the same file: " + e.getFile(), e);
        } catch (ZipException e) {
            throw new BundleException(zip + " is no zip file, or a damaged one: " + e.getMessage(), e);
        }
    }

    private static Path inside(Path folder, String name) throws BundleException {
        try {
            Path target = folder.resolve(name).normalize();
            if (name.isEmpty()
                    || name.indexOf('\\') >= 0
                    || name.indexOf(':') >= 0
                    || !target.startsWith(folder)
                    || target.equals(folder)) {
                throw new BundleException(
                        "The entry \"" + name + "\" does not lie inside the bundle. Nothing was kept.");
            }
            return target;
        } catch (InvalidPathException e) {
            throw new BundleException("The entry \"" + name + "\" is no name of a file. Nothing was kept.", e);
        }
    }

    private static long copy(InputStream in, Path target, long before) throws IOException {
        long bytes = before;
        byte[] buffer = new byte[BUFFER];
        try (OutputStream out =
                Files.newOutputStream(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            int read;
            while ((read = in.read(buffer)) >= 0) {
                bytes += read;
                if (bytes > MAX_BYTES) {
                    throw new BundleException("The bundle unpacks to more than " + MAX_BYTES + " bytes.");
                }
                out.write(buffer, 0, read);
            }
        }
        return bytes;
    }

    private static void delete(Path folder) throws IOException {
        List<Path> all;
        try (Stream<Path> found = Files.walk(folder)) {
            all = found.sorted(Comparator.reverseOrder()).toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        for (Path each : all) {
            Files.deleteIfExists(each);
        }
    }
}
