package dev.vaultwatch.engine;

import com.espertech.esper.common.client.EPCompiled;
import com.espertech.esper.common.client.EPCompiledManifest;
import com.espertech.esper.compiler.internal.util.CompilerVersion;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.gate.EplGate;
import dev.vaultwatch.rule.Rule;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Compiled rules on disk: what Esper made of a rule, so that the next start need not make it again. One file a rule:
 *
 * <pre>
 *   "VWRC" ∙ format ∙ Esper's version ∙ module's class ∙ number of classes ∙ (name ∙ length ∙ bytes)… ∙ SHA-256 of all before
 * </pre>
 *
 * A file's name is the SHA-256 of all that the compiler's answer depends on: the rule's text and window, Esper's version, Java's,
 * and the bytes of our own classes that gate, derive and configure, so that no version number is forgotten.
 *
 * <p>These are classes that get loaded, and the checksum tells damage and not intent. So a rule's text passes the first two
 * checks of the gate though it lies here; what is read passes the third, {@link EplGate#foreign}, and holds classes of Esper's
 * package for generated ones alone; and a folder that others may write to is not used. The third check is made for what a
 * compiler wrote. Whoever can write as the host's user can do without it.
 *
 * <p>No fault here is a reason not to start: it is told, and the rule compiled. Any thread may use it, as may several processes.
 */
final class RuleCache {
    private static final int MAGIC = 0x56575243;
    private static final int FORMAT = 1;
    private static final String SUFFIX = ".vwrule";

    /** The shipped rule makes 290 kB (Esper 9.0.0). */
    private static final int MAX_BYTES = 32 * 1024 * 1024;

    private static final int SUM_BYTES = 32;

    /** Each edit of a rule leaves a file behind; beyond this many, those written longest ago go. */
    private static final int MAX_FILES = 64;

    /** Any other name could stand for a class that the pool's check lets pass. */
    private static final String GENERATED = OwnClasses.GENERATED;

    /** Esper's version is the one constant of the first; the bytes, since the constant itself is copied when we are compiled. */
    private static final List<Class<?>> DECIDING = List.of(
            CompilerVersion.class,
            BoundedCompiler.class,
            DistinctFunctions.class,
            EarlyStatement.class,
            EsperConfiguration.class,
            FirstOfGroup.class,
            FirstOfGroupForge.class,
            GateClassNames.class,
            LinearTime.class,
            Models.class,
            RuleFunctions.class,
            RuleGate.class,
            RuleShape.class,
            KeyVaultEvent.class,
            Property.class,
            Columns.class,
            OrderedForm.class,
            Parameters.class,
            RepeatedValues.class,
            RuleCompiler.class);

    private final Path folder;
    private final EplGate gate;
    private final Consumer<String> complaints;

    /**
     * A cache in a folder, which is made if it is missing.
     *
     * @param complaints is told, in a sentence for an operator, what can't be used and what was done instead
     */
    RuleCache(Path folder, EplGate gate, Consumer<String> complaints) {
        this.gate = gate;
        this.folder = folder;
        this.complaints = complaints;
    }

    /** What was kept for this rule, checked; empty if nothing, or nothing that may be used. */
    Optional<EPCompiled> get(Rule rule) {
        Path file = folder;
        try {
            if (!Files.exists(folder)) {
                return Optional.empty();
            }
            requireOurs();
            file = folder.resolve(key(rule) + SUFFIX);
            EPCompiled compiled = read(bytes(file));
            NavigableSet<String> foreign = gate.foreign(compiled.getClasses());
            if (!foreign.isEmpty()) {
                throw new IOException("its classes use " + String.join(", ", foreign) + ", which rules may not");
            }
            return Optional.of(compiled);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException | RuntimeException e) {
            complain(file, e, "rule " + rule.id() + " was compiled");
            return Optional.empty();
        }
    }

    /** Keeps what was compiled for this rule. */
    void put(Rule rule, EPCompiled compiled) {
        try {
            if (!Files.exists(folder)) {
                make();
            }
            requireOurs();
            Path fresh = Files.createTempFile(folder, "new", ".tmp");
            try {
                Files.write(fresh, bytes(compiled));
                Files.move(fresh, folder.resolve(key(rule) + SUFFIX), StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(fresh);
            }
            removeOldest();
        } catch (IOException | RuntimeException e) {
            complain(folder, e, "rule " + rule.id() + " will be compiled at the next start, too");
        }
    }

    /** Removes what was kept for this rule, since it turned out to be unfit. */
    void refuse(Rule rule, Throwable why) {
        try {
            Path file = folder.resolve(key(rule) + SUFFIX);
            complain(file, why, "rule " + rule.id() + " was compiled");
            Files.deleteIfExists(file);
        } catch (IOException | RuntimeException e) {
            complain(folder, e, "rule " + rule.id() + " was compiled");
        }
    }

    private void complain(Path what, Throwable why, String instead) {
        String reason = why.getMessage() == null ? why.getClass().getName() : why.getMessage();
        complaints.accept("In rules.cache-dir, " + what + " can't be used: " + reason + ". Instead, " + instead + ".");
    }

    private void make() throws IOException {
        if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } else {
            Files.createDirectories(folder);
        }
    }

    /** Refuses a folder that others could have put something into. */
    private void requireOurs() throws IOException {
        if (!folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return;
        }
        Set<PosixFilePermission> may = Files.getPosixFilePermissions(folder);
        if (may.contains(PosixFilePermission.OTHERS_WRITE) || may.contains(PosixFilePermission.GROUP_WRITE)) {
            throw new IOException("others than its owner may write to the folder " + folder
                    + ", and what lies in it is run; expected rwxr-xr-x or less");
        }
        String owner = Files.getOwner(folder).getName();
        Path mine = Files.createTempFile("vaultwatch", ".tmp");
        try {
            if (!owner.equals("root") && !owner.equals(Files.getOwner(mine).getName())) {
                throw new IOException("the folder " + folder + " belongs to " + owner + ", and what lies in it is run;"
                        + " expected one of the user that the host runs as, or of root");
            }
        } finally {
            Files.delete(mine);
        }
    }

    private void removeOldest() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> newestFirst = files.filter(file -> file.toString().endsWith(SUFFIX))
                    .sorted(Comparator.comparing(RuleCache::writtenAt).reversed())
                    .toList();
            for (Path old : newestFirst.subList(Math.min(MAX_FILES, newestFirst.size()), newestFirst.size())) {
                Files.deleteIfExists(old);
            }
        }
    }

    private static FileTime writtenAt(Path file) {
        try {
            return Files.getLastModifiedTime(file);
        } catch (IOException e) {
            // Another process removed it.
            return FileTime.fromMillis(0);
        }
    }

    /** The name for what a rule compiles to. */
    private static String key(Rule rule) throws IOException {
        MessageDigest digest = sha256();
        part(digest, Integer.toString(FORMAT));
        part(digest, Integer.toString(Runtime.version().feature()));
        for (Class<?> deciding : DECIDING) {
            String name = deciding.getSimpleName() + ".class";
            try (InputStream in = deciding.getResourceAsStream(name)) {
                if (in == null) {
                    throw new IOException("the class file " + name + " can't be read from where it was loaded");
                }
                digest.update(sha256().digest(in.readAllBytes()));
            }
        }
        part(digest, rule.window().toString());
        part(digest, rule.settings().toString());
        part(digest, rule.epl());
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void part(MessageDigest digest, String part) {
        byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
        digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
        digest.update(bytes);
    }

    static byte[] bytes(EPCompiled compiled) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(MAGIC);
        out.writeInt(FORMAT);
        out.writeUTF(compiled.getManifest().getCompilerVersion());
        out.writeUTF(compiled.getManifest().getModuleProviderClassName());
        out.writeInt(compiled.getClasses().size());
        for (Map.Entry<String, byte[]> each : new TreeMap<>(compiled.getClasses()).entrySet()) {
            out.writeUTF(each.getKey());
            out.writeInt(each.getValue().length);
            out.write(each.getValue());
        }
        out.write(sha256().digest(bytes.toByteArray()));
        return bytes.toByteArray();
    }

    private static byte[] bytes(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new IOException("it has more than " + MAX_BYTES + " bytes");
            }
            return bytes;
        }
    }

    private static EPCompiled read(byte[] bytes) throws IOException {
        int end = bytes.length - SUM_BYTES;
        if (end < 0
                || !Arrays.equals(
                        sha256().digest(Arrays.copyOf(bytes, end)), Arrays.copyOfRange(bytes, end, bytes.length))) {
            throw new IOException("its checksum does not fit its content");
        }
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes, 0, end));
        if (in.readInt() != MAGIC || in.readInt() != FORMAT) {
            throw new IOException("it is no compiled rule of form " + FORMAT);
        }
        String version = in.readUTF();
        String module = in.readUTF();
        Map<String, byte[]> classes = new TreeMap<>();
        for (int left = in.readInt(); left > 0; left--) {
            String name = in.readUTF();
            if (!name.startsWith(GENERATED)) {
                throw new IOException("it holds the class " + name + ", which Esper does not make");
            }
            int length = in.readInt();
            if (length < 0 || length > in.available()) {
                throw new IOException("it ends within the class " + name);
            }
            classes.put(name, in.readNBytes(length));
        }
        if (!classes.containsKey(module) || in.available() > 0) {
            throw new IOException("its list of classes is not whole");
        }
        return new EPCompiled(classes, new EPCompiledManifest(version, module, null, false));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform must have SHA-256.", e);
        }
    }
}
