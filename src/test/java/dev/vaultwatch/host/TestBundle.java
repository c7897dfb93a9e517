package dev.vaultwatch.host;

import com.espertech.esper.common.client.EPCompiled;
import com.espertech.esper.compiler.client.EPCompiler;
import com.espertech.esper.runtime.client.EPRuntime;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.csv.CsvFactory;
import com.google.re2j.Pattern;
import com.maxmind.db.Reader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.antlr.v4.runtime.Parser;
import org.codehaus.commons.compiler.CompileException;
import org.codehaus.janino.SimpleCompiler;
import org.slf4j.Logger;

/** The bundle as the build packs it, made from what was just compiled and the jars on the class path. */
final class TestBundle {
    private static final List<Class<?>> LIBRARIES = List.of(
            EPCompiled.class,
            EPCompiler.class,
            EPRuntime.class,
            Parser.class,
            SimpleCompiler.class,
            CompileException.class,
            JsonProperty.class,
            JsonFactory.class,
            ObjectMapper.class,
            CsvFactory.class,
            Pattern.class,
            Reader.class);

    private TestBundle() {}

    /** Makes a folder bundle. */
    static Path folder(Path folder) throws IOException {
        Path lib = Files.createDirectories(folder.resolve("lib"));
        Path fallback = Files.createDirectories(folder.resolve("fallback"));
        jar(lib.resolve("vaultwatch.jar"), name -> !name.matches("dev/vaultwatch/(api|host|cli|micrometer)/.*"));
        for (Class<?> library : LIBRARIES) {
            copy(library, lib);
        }
        copy(Logger.class, fallback);
        Files.copy(Path.of(Bundle.DESCRIPTOR), folder.resolve(Bundle.DESCRIPTOR));
        Path files = Path.of("src/main/assembly/files");
        for (Path file : files(files)) {
            Path target = folder.resolve(files.relativize(file).toString());
            Files.createDirectories(target.getParent());
            Files.writeString(target, Files.readString(file).replace("${project.version}", "0.1.0"));
        }
        sum(folder);
        return folder;
    }

    /** Makes the api jar: what a host compiles against. */
    static Path api(Path jar) throws IOException {
        return jar(
                jar,
                name -> name.matches(
                        "dev/vaultwatch/(api|host|alert/format)/.*|META-INF/services/dev.vaultwatch.api.AlertFormat"));
    }

    /** Writes the checksums of what lies in a folder now. */
    static void sum(Path folder) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (Path file : files(folder)) {
            String name = folder.relativize(file).toString().replace('\\', '/');
            if (!name.equals("checksums.sha256")) {
                lines.append(sha256(file)).append("  ").append(name).append('\n');
            }
        }
        Files.writeString(folder.resolve("checksums.sha256"), lines);
    }

    /** Zips a folder. */
    static Path zip(Path folder, Path zip) throws IOException {
        try (OutputStream out = Files.newOutputStream(zip);
                ZipOutputStream zipped = new ZipOutputStream(out)) {
            for (Path file : files(folder)) {
                zipped.putNextEntry(
                        new ZipEntry(folder.relativize(file).toString().replace('\\', '/')));
                Files.copy(file, zipped);
            }
        }
        return zip;
    }

    private static Path jar(Path jar, Predicate<String> wanted) throws IOException {
        Path classes = Path.of("target/classes");
        try (OutputStream out = Files.newOutputStream(jar);
                ZipOutputStream zipped = new ZipOutputStream(out)) {
            for (Path file : files(classes)) {
                String name = classes.relativize(file).toString().replace('\\', '/');
                if (wanted.test(name)) {
                    zipped.putNextEntry(new ZipEntry(name));
                    Files.copy(file, zipped);
                }
            }
        }
        return jar;
    }

    private static void copy(Class<?> library, Path folder) throws IOException {
        try {
            Path jar = Path.of(
                    library.getProtectionDomain().getCodeSource().getLocation().toURI());
            Files.copy(jar, folder.resolve(jar.getFileName().toString()));
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
    }

    static List<Path> files(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String sha256(Path file) throws IOException {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IOException(e);
        }
    }
}
