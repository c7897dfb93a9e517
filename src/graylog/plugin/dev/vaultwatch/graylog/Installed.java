package dev.vaultwatch.graylog;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Properties;

/** What lies in Graylog's plugin folder: our jar, with the bundle in it, and perhaps a file of settings. */
final class Installed {
    private static final String BUNDLE = "/vaultwatch-plugin.zip";
    private static final String SETTINGS = "vaultwatch.properties";

    private Installed() {}

    /**
     * The bundle, copied out of the jar.
     *
     * @return a file that the caller deletes once the loader is closed
     */
    static Path bundle() throws IOException {
        Path copy = Files.createTempFile("vaultwatch-plugin", ".zip");
        try (InputStream in = Installed.class.getResourceAsStream(BUNDLE)) {
            if (in == null) {
                throw new IOException("The bundle " + BUNDLE + " is not in the plugin's jar.");
            }
            Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
        }
        return copy;
    }

    /** {@code vaultwatch.properties} beside the jar, keys and values as plugin-descriptor.json lists them; empty without the file. */
    static Properties settings() throws IOException {
        Properties settings = new Properties();
        Path file = jar().resolveSibling(SETTINGS);
        if (Files.exists(file)) {
            try (InputStream in = Files.newInputStream(file)) {
                settings.load(in);
            }
        }
        return settings;
    }

    private static Path jar() {
        try {
            return Path.of(Installed.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException("The place of this plugin's jar is no file's.", e);
        }
    }
}
