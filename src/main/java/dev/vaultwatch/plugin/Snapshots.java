package dev.vaultwatch.plugin;

import dev.vaultwatch.api.KeyGroup;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

final class Snapshots {
    private Snapshots() {}

    static void write(Core core, OutputStream to, KeyGroup keys) throws IOException {
        throw new IOException("later " + core + to + keys);
    }

    static void read(Core core, InputStream from) throws IOException {
        throw new IOException("later " + core + from);
    }
}
