package dev.vaultwatch.log;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.EOFException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("The host's disk")
class SegmentDiskTest {
    private static final int MANY = 200;

    @TempDir
    Path folder;

    private static void write(SegmentDisk.File file, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        file.write(bytes, bytes.length);
    }

    @Test
    @DisplayName("a new file is empty, its owner's alone, and in the place of what was there, not where a link leads")
    void create() throws IOException {
        Path elsewhere = Files.writeString(folder.resolve("elsewhere"), "kept");
        Path file = Files.createSymbolicLink(folder.resolve("segment"), elsewhere);
        try (SegmentDisk.File made = SegmentDisk.FILES.create(file)) {
            assertThat(made.size()).isZero();
            write(made, "new");
            made.force();
        }

        assertThat(file).isRegularFile().hasContent("new");
        assertThat(Files.isSymbolicLink(file)).isFalse();
        assertThat(elsewhere).hasContent("kept");
        if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");
        }
    }

    @Test
    @DisplayName("a file is read at any place, cut, and written on from there; beyond its end there is nothing")
    void use() throws IOException {
        Path path = Files.writeString(folder.resolve("segment"), "0123456789");
        byte[] read = new byte[5];
        try (SegmentDisk.File file = SegmentDisk.FILES.open(path)) {
            file.read(3, read, 4);
            assertThat(read).isEqualTo(new byte[] {'3', '4', '5', '6', 0});
            assertThatThrownBy(() -> file.read(7, read, 5)).isInstanceOf(EOFException.class);
            file.read(0, read, 2);
            file.truncate(4);
            write(file, "ab");
            assertThat(file.size()).isEqualTo(6);
        }
        assertThat(path).hasContent("0123ab");
        SegmentDisk.FILES.delete(path);
        SegmentDisk.FILES.delete(path);
        assertThat(path).doesNotExist();
    }

    @Test
    @DisplayName("a link is not opened")
    void link() throws IOException {
        Path elsewhere = Files.writeString(folder.resolve("elsewhere"), "kept");
        Path link = Files.createSymbolicLink(folder.resolve("segment"), elsewhere);

        assertThatThrownBy(() -> SegmentDisk.FILES.open(link))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("symbolic link");
    }

    @Test
    @DisplayName("a folder that can't be opened needs no force, and an interrupt before one stays")
    void force() {
        assertThatCode(() -> SegmentDisk.FILES.forceDirectory(folder.resolve("none")))
                .doesNotThrowAnyException();
        Thread.currentThread().interrupt();
        assertThatCode(() -> SegmentDisk.FILES.forceDirectory(folder)).doesNotThrowAnyException();

        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    @DisplayName("closed files, closed locks and locks that were refused hold no handle")
    void handles() throws IOException {
        assumeTrue(ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean, "counts handles");
        UnixOperatingSystemMXBean system = (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        Path file = folder.resolve("segment");
        try (SegmentLock held = SegmentLock.take(folder)) {
            assertThat(held).isNotNull();
            long before = system.getOpenFileDescriptorCount();
            for (int i = 0; i < MANY; i++) {
                SegmentDisk.FILES.create(file).close();
                SegmentDisk.FILES.open(file).close();
                Files.deleteIfExists(folder.resolve("owner"));
                assertThatThrownBy(() -> SegmentLock.take(folder)).hasMessageContaining("in use by this process");
            }
            assertThat(system.getOpenFileDescriptorCount()).isLessThan(before + MANY / 2);
        }
    }

    @Test
    @DisplayName("an owner's file that is a link, or names another process, is not ours")
    void owner() throws IOException {
        Path elsewhere = Files.writeString(folder.resolve("elsewhere"), "kept");
        Path owner = folder.resolve("owner");
        Files.createSymbolicLink(owner, elsewhere);
        assertThatThrownBy(() -> SegmentLock.take(folder))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("symbolic link");
        Files.delete(owner);
        Files.writeString(owner, "1 since an unknown time");

        try (SegmentLock lock = SegmentLock.take(folder)) {
            assertThat(lock).isNotNull();
            assertThat(Files.readString(owner))
                    .startsWith(ProcessHandle.current().pid() + " since ");
            Files.delete(folder.resolve("lock"));
            assertThatThrownBy(() -> SegmentLock.take(folder))
                    .as("by the owner's name alone")
                    .hasMessageContaining("this process");
            assertThat(folder.resolve("lock")).as("not even opened").doesNotExist();
        }
        assertThat(owner).doesNotExist();
    }

    /** Something that others do to a file. */
    private interface Tampering {
        void with(Path file) throws IOException;
    }

    private static final Map<String, Tampering> TAMPERINGS = Map.of(
            "deleted",
            Files::delete,
            "moved",
            file -> Files.move(file, file.resolveSibling("elsewhere")),
            "replaced",
            file -> Files.move(Files.writeString(file.resolveSibling("other"), "012"), file, REPLACE_EXISTING));

    static Set<String> tamperings() {
        return TAMPERINGS.keySet();
    }

    @ParameterizedTest
    @MethodSource("tamperings")
    @DisplayName(
            "a file that others have deleted, moved or replaced is told from within a second, and not cut to what it was")
    void tampered(String how) throws IOException {
        AtomicLong nanos = new AtomicLong();
        Path path = folder.resolve("segment");
        try (SegmentDisk.File file = new SegmentDisk.HostDisk(nanos::get).create(path)) {
            write(file, "0123");
            nanos.set(TimeUnit.SECONDS.toNanos(2));
            write(file, "45");
            requireNonNull(TAMPERINGS.get(how)).with(path);
            nanos.addAndGet(TimeUnit.SECONDS.toNanos(1) - 1);
            write(file, "6");
            nanos.addAndGet(1);
            for (int again = 0; again < 2; again++) {
                assertThatThrownBy(() -> write(file, "7"))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining(path + " was deleted, moved or replaced by others");
            }
            if (!how.equals("replaced")) {
                assertThatThrownBy(() -> file.truncate(7)).isInstanceOf(IOException.class);
            }
        }
    }

    @Test
    @DisplayName("a file that others have cut in place is told from by the next write, before it hides the cut")
    void cutInPlace() throws IOException {
        Path path = folder.resolve("segment");
        try (SegmentDisk.File file = SegmentDisk.FILES.create(path)) {
            write(file, "0123");
            try (FileChannel others = FileChannel.open(path, StandardOpenOption.WRITE)) {
                others.truncate(2);
            }
            for (int again = 0; again < 2; again++) {
                assertThatThrownBy(() -> write(file, "4"))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining(path + " was cut short by others");
            }
        }
        assertThat(path).hasContent("01");
    }
}
