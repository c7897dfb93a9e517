package dev.vaultwatch.cli;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The files that a command line names: each file itself, and of a folder every file below it, in the order of their paths.
 * Links to files and folders are followed.
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
        Set<Object> seen = new HashSet<>();
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
        List<Path> files = new ArrayList<>();
        try {
            Files.walkFileTree(
                    folder, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, new Collector(folder, files));
        } catch (IOException e) {
            // It may be a folder far below that can't be.
            String where = Optional.of(e)
                    .filter(FileSystemException.class::isInstance)
                    .map(failed -> ((FileSystemException) failed).getFile())
                    .orElse(folder.toString());
            throw new IOException(where + " can't be listed: " + Problem.of(e), e);
        }
        if (files.isEmpty()) {
            throw new IOException(folder + " can't be read: no file lies in it or below it");
        }
        return files.stream().sorted().toList();
    }

    /** Leaves out what tools put beside logs: names that begin with a dot, at any level below the folder. */
    private static final class Collector extends SimpleFileVisitor<Path> {
        private final Path folder;
        private final List<Path> files;

        private Collector(Path folder, List<Path> files) {
            this.folder = folder;
            this.files = files;
        }

        private boolean isHidden(Path path) {
            return !path.equals(folder)
                    && Optional.ofNullable(path.getFileName())
                            .filter(name -> name.toString().startsWith("."))
                            .isPresent();
        }

        @Override
        public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes facts) {
            return isHidden(path) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path path, BasicFileAttributes facts) {
            // A link that could not be followed leads nowhere: whoever opens it says so.
            if (!isHidden(path) && (facts.isRegularFile() || facts.isSymbolicLink())) {
                files.add(path);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path path, IOException e) throws IOException {
            if (e instanceof FileSystemLoopException) {
                // A link to a folder that this one lies in, whose files are found without it.
                return FileVisitResult.CONTINUE;
            }
            throw e;
        }
    }

    /** Equal for one file under several names, be they links of either kind. */
    private static Object identity(Path file) {
        try {
            if (Input.isLive(file)) {
                return file;
            }
            BasicFileAttributes facts = Files.readAttributes(file, BasicFileAttributes.class);
            // Some network file systems give one key to several files; those differ in the rest.
            return facts.fileKey() == null
                    ? file.toRealPath()
                    : List.of(facts.fileKey(), facts.size(), facts.lastModifiedTime());
        } catch (IOException e) {
            // It is not there: whoever opens it says so.
            return file.toAbsolutePath().normalize();
        }
    }
}
