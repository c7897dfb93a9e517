package dev.vaultwatch.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The files that a command line names: each file itself, and of a folder every file below it, in the order of their paths.
 *
 * @param files in order; standard input is a dash
 * @param repeated those that were named more than once, and are read once
 * @param folders whether a folder was among what was named
 */
record InputFiles(List<Path> files, List<Path> repeated, boolean folders) {

    /**
     * Looks up what was typed.
     *
     * @throws IOException if a folder can't be listed, or holds no file; the message says which
     */
    static InputFiles of(List<Path> typed) throws IOException {
        List<Path> files = new ArrayList<>();
        List<Path> repeated = new ArrayList<>();
        Set<Path> seen = new HashSet<>();
        boolean folders = false;
        for (Path path : typed) {
            boolean folder = !Input.isStandardInput(path) && Files.isDirectory(path);
            folders |= folder;
            for (Path file : folder ? below(path) : List.of(path)) {
                if (seen.add(identity(file))) {
                    files.add(file);
                } else {
                    repeated.add(file);
                }
            }
        }
        return new InputFiles(List.copyOf(files), List.copyOf(repeated), folders);
    }

    private static List<Path> below(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> paths = Files.walk(folder)) {
            files = paths.filter(path -> !isHidden(folder, path))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
        } catch (UncheckedIOException e) {
            throw new IOException(
                    folder + " can't be listed: "
                            + Problem.of(Optional.ofNullable(e.getCause()).orElse(new IOException(e))),
                    e);
        } catch (IOException e) {
            throw new IOException(folder + " can't be listed: " + Problem.of(e), e);
        }
        if (files.isEmpty()) {
            throw new IOException(folder + " can't be read: no file lies in it or below it");
        }
        return files;
    }

    /** What tools leave beside logs: names that begin with a dot, at any level below the folder. */
    private static boolean isHidden(Path folder, Path path) {
        for (Path name : folder.relativize(path)) {
            if (name.toString().startsWith(".")) {
                return true;
            }
        }
        return false;
    }

    private static Path identity(Path file) {
        try {
            return Input.isLive(file) ? file : file.toRealPath();
        } catch (IOException e) {
            // It is not there: whoever opens it says so.
            return file.toAbsolutePath().normalize();
        }
    }
}
