package dev.vaultwatch.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.EOFException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
}
