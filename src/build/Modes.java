import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;

/**
 * Gives what goes into jars the modes 644 and 755, whatever the builder's umask: the jar plugin copies them into the archive, and
 * one commit makes one set of bytes. Run by the build; arguments: folders, which need not exist.
 */
final class Modes {
    private Modes() {}

    public static void main(String[] folders) throws IOException {
        for (String folder : folders) {
            Path root = Path.of(folder);
            if (Files.exists(root) && root.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                try (Stream<Path> all = Files.walk(root)) {
                    for (Path each : (Iterable<Path>) all::iterator) {
                        Files.setPosixFilePermissions(
                                each,
                                PosixFilePermissions.fromString(Files.isDirectory(each) ? "rwxr-xr-x" : "rw-r--r--"));
                    }
                }
            }
        }
    }
}
