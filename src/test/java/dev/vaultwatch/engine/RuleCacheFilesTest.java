package dev.vaultwatch.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.espertech.esper.common.client.EPCompiled;
import com.espertech.esper.common.client.EPCompiledManifest;
import dev.vaultwatch.gate.EplGate;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.Window;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The folder of compiled rules, as files")
class RuleCacheFilesTest {
    private static final int MOST_BYTES = 32 * 1024 * 1024;
    private static final EplGate GATE = RuleGate.with(new EplGate.Permissions(false, false));
    private static final Rule RULE =
            Rules.of("rule", "select 1").toBuilder().settings(Map.of("a", "1")).build();

    /** A class file of an empty constant pool, which is all that is read of it here. */
    private static final byte[] CLASS = {(byte) 0xCA, (byte) 0xFE, (byte) 0xBA, (byte) 0xBE, 0, 0, 0, 61, 0, 1};

    private static final EPCompiled COMPILED = compiled(Map.of("generated.Module", CLASS, "generated.Other", CLASS));

    @TempDir
    Path temp;

    private final List<String> complaints = new ArrayList<>();

    private static EPCompiled compiled(Map<String, byte[]> classes) {
        return new EPCompiled(classes, new EPCompiledManifest("9.0.0", "generated.Module", null, false));
    }

    private Path folder() {
        return temp.resolve("cache");
    }

    private RuleCache cache() {
        return new RuleCache(folder(), GATE, complaints::add);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder())) {
            return files.sorted().toList();
        }
    }

    /** The one file, after the rule was kept. */
    private Path kept() throws IOException {
        cache().put(RULE, COMPILED);
        assertThat(files()).hasSize(1);
        return files().get(0);
    }

    private void assertRefused(String why) throws IOException {
        complaints.clear();
        assertThat(cache().get(RULE)).isEmpty();
        assertThat(complaints)
                .singleElement()
                .asString()
                .contains(why, files().get(0).toString(), "rule rule was compiled");
    }

    @Nested
    class Kept {
        @Test
        @DisplayName("What is kept comes back whole: each class, the module's and Esper's version")
        void comesBack() throws IOException {
            kept();

            EPCompiled found = cache().get(RULE).orElseThrow();

            assertThat(found.getClasses()).containsOnlyKeys("generated.Module", "generated.Other");
            assertThat(found.getClasses().values())
                    .allSatisfy(bytes -> assertThat(bytes).isEqualTo(CLASS));
            assertThat(found.getManifest().getModuleProviderClassName()).isEqualTo("generated.Module");
            assertThat(found.getManifest().getCompilerVersion()).isEqualTo("9.0.0");
            assertThat(complaints).isEmpty();
        }

        @Test
        @DisplayName(
                "A folder that is missing is made for its owner alone, with those above it, and holds one file a rule")
        void made() throws IOException {
            Path deep = temp.resolve("a").resolve("b");
            new RuleCache(deep, GATE, complaints::add).put(RULE, COMPILED);

            try (Stream<Path> files = Files.list(deep)) {
                assertThat(files.map(Path::getFileName).map(Path::toString).toList())
                        .singleElement()
                        .asString()
                        .matches("[0-9a-f]{64}\\.vwrule");
            }
            assumeTrue(deep.getFileSystem().supportedFileAttributeViews().contains("posix"));
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(deep)))
                    .isEqualTo("rwx------");
        }

        @Test
        @DisplayName("To look into a folder that is not there finds nothing, says nothing and makes none")
        void missing() {
            assertThat(cache().get(RULE)).isEmpty();
            assertThat(complaints).isEmpty();
            assertThat(folder()).doesNotExist();
        }

        @Test
        @DisplayName("A rule of another text, window or setting is another one; of another name it is the same")
        void others() throws IOException {
            kept();

            for (Rule other : List.of(
                    Rules.withEpl(RULE, "select 2"),
                    RULE.toBuilder()
                            .window(new Window.Tumbling(Duration.ofMinutes(2)))
                            .build(),
                    RULE.toBuilder().settings(Map.of("a", "2")).build())) {
                assertThat(cache().get(other)).isEmpty();
            }
            assertThat(cache().get(RULE.toBuilder().name("other").version(7).build()))
                    .isPresent();
            assertThat(complaints).isEmpty();
        }

        @Test
        @DisplayName("What stands at the end of a setting is not taken for the beginning of the text")
        void boundary() {
            cache().put(Rules.withEpl(RULE, "x}select 1"), COMPILED);

            assertThat(cache().get(RULE.toBuilder().settings(Map.of("a", "1}x")).build()))
                    .isEmpty();
        }

        @Test
        @DisplayName("A file system that knows no owners and modes serves as well")
        void withoutModes() throws IOException {
            try (FileSystem zip = FileSystems.newFileSystem(temp.resolve("some.zip"), Map.of("create", "true"))) {
                RuleCache cache = new RuleCache(zip.getPath("/a/cache"), GATE, complaints::add);
                cache.put(RULE, COMPILED);

                assertThat(complaints).isEmpty();
                assertThat(cache.get(RULE)).isPresent();
            }
        }

        @Test
        @DisplayName("Beyond 64 files those written longest ago go, and what is no compiled rule stays")
        void oldest() throws IOException {
            Files.createDirectories(folder());
            Files.writeString(folder().resolve("notes.txt"), "");
            Files.setLastModifiedTime(folder().resolve("notes.txt"), FileTime.fromMillis(1));
            for (int i = 0; i < 63; i++) {
                Path file = Files.writeString(folder().resolve("old" + i + ".vwrule"), "");
                Files.setLastModifiedTime(file, FileTime.fromMillis(1_000L * (100 + i * 31 % 63)));
            }
            cache().put(RULE, COMPILED);
            assertThat(files()).hasSize(65);

            cache().put(Rules.withEpl(RULE, "select 2"), COMPILED);

            assertThat(files())
                    .hasSize(65)
                    .contains(folder().resolve("notes.txt"))
                    .doesNotContain(folder().resolve("old0.vwrule"));
            assertThat(cache().get(RULE)).isPresent();
            assertThat(complaints).isEmpty();
        }

        @Test
        @DisplayName("No file stays where temporary files lie")
        void tidy() throws Exception {
            Path elsewhere = Path.of(System.getProperty("java.io.tmpdir"));
            Set<Path> before = temporary(elsewhere);
            kept();
            assertThat(cache().get(RULE)).isPresent();

            // Other processes make some, too, and remove them.
            Set<Path> left = new HashSet<>(temporary(elsewhere));
            left.removeAll(before);
            for (int i = 0; i < 100 && left.stream().anyMatch(Files::exists); i++) {
                Thread.sleep(20);
            }
            assertThat(left).noneMatch(Files::exists);
        }

        private static Set<Path> temporary(Path folder) throws IOException {
            try (Stream<Path> files = Files.list(folder)) {
                return files.filter(file -> file.getFileName().toString().matches("vaultwatch\\d+\\.tmp"))
                        .collect(Collectors.toSet());
            }
        }
    }

    @Nested
    class Refused {
        @Test
        @DisplayName("A file with a changed byte, or an end that is missing, does not pass, and is told of")
        void damaged() throws IOException {
            Path file = kept();
            byte[] whole = Files.readAllBytes(file);
            for (int i = 0; i < whole.length; i += 11) {
                byte[] flipped = whole.clone();
                flipped[i] ^= 1;
                Files.write(file, flipped);
                assertRefused("its checksum does not fit its content");
                Files.write(file, Arrays.copyOf(whole, i));
                assertRefused("its checksum does not fit its content");
            }
        }

        @Test
        @DisplayName("A file of 32 MiB is read, and none that is larger")
        void large() throws IOException {
            try (RandomAccessFile file = new RandomAccessFile(kept().toFile(), "rw")) {
                file.setLength(MOST_BYTES);
                assertRefused("checksum");
                file.setLength(MOST_BYTES + 1L);
                assertRefused("it has more than 33554432 bytes");
            }
        }

        @Test
        @DisplayName("A file with a whole checksum and another content is told of by what is wrong with it")
        void content() throws IOException {
            Path file = kept();
            Files.write(file, content(0x56575244, 1, "generated.Module", 1, CLASS.length, 0));
            assertRefused("it is no compiled rule of form 1");
            Files.write(file, content(0x56575243, 2, "generated.Module", 1, CLASS.length, 0));
            assertRefused("it is no compiled rule of form 1");
            Files.write(file, content(0x56575243, 1, "java.lang.Runtime", 1, CLASS.length, 0));
            assertRefused("it holds the class java.lang.Runtime, which Esper does not make");
            Files.write(file, content(0x56575243, 1, "generated.Module", 1, CLASS.length + 1, 0));
            assertRefused("it ends within the class generated.Module");
            Files.write(file, content(0x56575243, 1, "generated.Module", 1, -1, 0));
            assertRefused("it ends within the class generated.Module");
            Files.write(file, content(0x56575243, 1, "generated.Another", 1, CLASS.length, 0));
            assertRefused("its list of classes is not whole");
            Files.write(file, content(0x56575243, 1, "generated.Module", 1, CLASS.length, 1));
            assertRefused("its list of classes is not whole");
            Files.write(file, content(0x56575243, 1, "generated.Module", 0, CLASS.length, 0));
            assertRefused("its list of classes is not whole");
            complaints.clear();

            Files.write(file, content(0x56575243, 1, "generated.Module", 1, CLASS.length, 0));
            assertThat(cache().get(RULE)).isPresent();
            assertThat(complaints).isEmpty();
        }

        private static byte[] content(int magic, int form, String name, int count, int length, int behind)
                throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(bytes);
            out.writeInt(magic);
            out.writeInt(form);
            out.writeUTF("9.0.0");
            out.writeUTF("generated.Module");
            out.writeInt(count);
            out.writeUTF(name);
            out.writeInt(length);
            out.write(CLASS);
            out.write(new byte[behind]);
            try {
                out.write(MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray()));
            } catch (NoSuchAlgorithmException e) {
                throw new AssertionError(e);
            }
            return bytes.toByteArray();
        }

        @Test
        @DisplayName("Classes that use what rules may not are not taken, whoever made them")
        void foreign() throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(bytes);
            out.writeInt(0xCAFEBABE);
            out.writeInt(61);
            out.writeShort(3);
            out.writeByte(1);
            out.writeUTF("java/lang/Runtime");
            out.writeByte(7);
            out.writeShort(1);
            cache().put(RULE, compiled(Map.of("generated.Module", bytes.toByteArray())));

            assertRefused("its classes use java.lang.Runtime, which rules may not");
        }

        @ParameterizedTest
        @ValueSource(strings = {"rwxrwx---", "rwx----w-"})
        @DisplayName("Of a folder that its group or others may write to nothing is taken, and nothing is put into it")
        void writable(String modes) throws IOException {
            Path file = kept();
            assumeTrue(folder().getFileSystem().supportedFileAttributeViews().contains("posix"));
            Files.setPosixFilePermissions(folder(), PosixFilePermissions.fromString(modes));

            assertThat(cache().get(RULE)).isEmpty();
            cache().put(Rules.withEpl(RULE, "select 2"), COMPILED);

            assertThat(complaints)
                    .hasSize(2)
                    .allMatch(each -> each.contains("others than its owner may write to the folder " + folder()))
                    .anyMatch(each -> each.contains("rule rule was compiled"))
                    .anyMatch(each -> each.contains("rule rule will be compiled at the next start, too"));
            assertThat(files()).containsExactly(file);
        }

        @Test
        @DisplayName("A folder that others may read is used")
        void readable() throws IOException {
            kept();
            assumeTrue(folder().getFileSystem().supportedFileAttributeViews().contains("posix"));
            Files.setPosixFilePermissions(folder(), PosixFilePermissions.fromString("rwxr-xr-x"));

            assertThat(cache().get(RULE)).isPresent();
        }

        @Test
        @DisplayName("Of a folder that belongs to another user nothing is taken")
        void owner() throws IOException {
            kept();
            assumeTrue(System.getProperty("user.name", "").equals("root"), "only root can give a folder away");
            Files.setOwner(
                    folder(),
                    folder().getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody"));

            assertThat(cache().get(RULE)).isEmpty();

            assertThat(complaints).singleElement().asString().contains("the folder " + folder() + " belongs to nobody");
        }

        @Test
        @DisplayName("Where the file can't be put in its place, it is told and nothing half done is left")
        void inTheWay() throws IOException {
            Path file = kept();
            Files.delete(file);
            Files.createDirectories(file.resolve("full"));

            cache().put(RULE, COMPILED);

            assertThat(complaints).singleElement().asString().contains("will be compiled at the next start, too");
            assertThat(files()).containsExactly(file);
        }

        @Test
        @DisplayName("What turned out to be unfit is removed, with its reason, or else the name of what was thrown")
        void unfit() throws IOException {
            Path file = kept();

            cache().refuse(RULE, new IllegalStateException("it does not run"));
            cache().refuse(RULE, new IllegalStateException());

            assertThat(file).doesNotExist();
            assertThat(complaints)
                    .containsExactly(
                            "In rules.cache-dir, " + file
                                    + " can't be used: it does not run. Instead, rule rule was compiled.",
                            "In rules.cache-dir, " + file
                                    + " can't be used: java.lang.IllegalStateException. Instead, rule rule was compiled.");
        }

        @Test
        @DisplayName("What can't be removed is told of")
        void stays() throws IOException {
            Path file = kept();
            Files.delete(file);
            Files.createDirectories(file.resolve("full"));

            cache().refuse(RULE, new IllegalStateException("it does not run"));

            assertThat(complaints).hasSize(2).allMatch(each -> each.contains("rule rule was compiled"));
        }
    }

    @Nested
    class AnotherBuild {
        /** Loads the engine's classes itself, and shows one class file with a byte more. */
        private static final class Build extends ClassLoader {
            private final Optional<String> changed;

            Build(Optional<String> changed) {
                super(RuleCacheFilesTest.class.getClassLoader());
                this.changed = changed.map(name -> name.replace('.', '/') + ".class");
            }

            @Override
            protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                boolean own = name.startsWith("dev.vaultwatch.engine.")
                        || name.startsWith("dev.vaultwatch.event.")
                        || name.endsWith(".CompilerVersion");
                if (!own) {
                    return super.loadClass(name, resolve);
                }
                synchronized (getClassLoadingLock(name)) {
                    Class<?> loaded = findLoadedClass(name);
                    if (loaded != null) {
                        return loaded;
                    }
                    try (InputStream in = super.getResourceAsStream(name.replace('.', '/') + ".class")) {
                        if (in == null) {
                            throw new ClassNotFoundException(name);
                        }
                        byte[] bytes = in.readAllBytes();
                        return defineClass(name, bytes, 0, bytes.length);
                    } catch (IOException e) {
                        throw new ClassNotFoundException(name, e);
                    }
                }
            }

            @Override
            public @Nullable InputStream getResourceAsStream(String name) {
                InputStream in = super.getResourceAsStream(name);
                if (in == null || !changed.equals(Optional.of(name))) {
                    return in;
                }
                try (in) {
                    byte[] bytes = in.readAllBytes();
                    return new ByteArrayInputStream(Arrays.copyOf(bytes, bytes.length + 1));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }
        }

        private String nameOf(Optional<String> changed) throws Exception {
            Path folder = temp.resolve(changed.orElse("same"));
            Class<?> cache = new Build(changed).loadClass("dev.vaultwatch.engine.RuleCache");
            Constructor<?> constructor = cache.getDeclaredConstructor(Path.class, EplGate.class, Consumer.class);
            constructor.setAccessible(true);
            Method put = cache.getDeclaredMethod("put", Rule.class, EPCompiled.class);
            put.setAccessible(true);
            Consumer<String> complain = complaints::add;
            put.invoke(constructor.newInstance(folder, GATE, complain), RULE, COMPILED);
            assertThat(complaints).isEmpty();
            try (Stream<Path> files = Files.list(folder)) {
                return files.findFirst().orElseThrow().getFileName().toString();
            }
        }

        @Test
        @DisplayName("What the same build kept is found, however often its classes are loaded")
        void same() throws Exception {
            assertThat(nameOf(Optional.empty())).isEqualTo(kept().getFileName().toString());
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "com.espertech.esper.compiler.internal.util.CompilerVersion",
                    "dev.vaultwatch.engine.BoundedCompiler",
                    "dev.vaultwatch.engine.Columns",
                    "dev.vaultwatch.engine.DistinctFunctions",
                    "dev.vaultwatch.engine.EarlyStatement",
                    "dev.vaultwatch.engine.EsperConfiguration",
                    "dev.vaultwatch.engine.FirstOfGroup",
                    "dev.vaultwatch.engine.FirstOfGroupForge",
                    "dev.vaultwatch.engine.GateClassNames",
                    "dev.vaultwatch.engine.LinearTime",
                    "dev.vaultwatch.engine.Models",
                    "dev.vaultwatch.engine.OrderedForm",
                    "dev.vaultwatch.engine.Parameters",
                    "dev.vaultwatch.engine.RuleCompiler",
                    "dev.vaultwatch.engine.RuleFunctions",
                    "dev.vaultwatch.engine.RuleGate",
                    "dev.vaultwatch.engine.RuleShape",
                    "dev.vaultwatch.event.KeyVaultEvent",
                    "dev.vaultwatch.event.Property"
                })
        @DisplayName("What was kept by a build in which a class decided otherwise is not found")
        void other(String changed) throws Exception {
            assertThat(nameOf(Optional.of(changed)))
                    .isNotEqualTo(kept().getFileName().toString());
        }
    }
}
