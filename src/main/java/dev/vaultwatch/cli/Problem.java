package dev.vaultwatch.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;

/** Says what an {@link IOException} means. Several of Java's carry a path, or nothing, where the problem should be. */
final class Problem {
    private Problem() {}

    /** A clause without a full stop, to go after "can't be read:". */
    static String of(IOException failure) {
        if (failure instanceof NoSuchFileException) {
            return "there is no such file or folder";
        }
        if (failure instanceof AccessDeniedException) {
            return "permission is denied";
        }
        if (failure instanceof FileSystemException other && other.getReason() != null) {
            return other.getReason();
        }
        return failure.getMessage() == null ? failure.toString() : failure.getMessage();
    }

    /**
     * Whether nobody reads what is written any more: the end of a pipeline such as {@code … | head}. The system's message is
     * all there is to tell it from a full disk, and "pipe" is in it on every system.
     */
    static boolean isClosedPipe(IOException failure) {
        return String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT).contains("pipe");
    }
}
