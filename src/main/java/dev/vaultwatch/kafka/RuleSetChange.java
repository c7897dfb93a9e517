package dev.vaultwatch.kafka;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Collections;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/**
 * A set of rules with its tuning, and the event time from which on it is in force. Immutable.
 *
 * <p>Form: deflated: version · from in milliseconds (long) · number of files (int) · each: path, length (int), UTF-8. Texts are as
 * {@link DataOutputStream#writeUTF} writes them.
 */
final class RuleSetChange {
    private final String version;
    private final Instant from;
    private final Map<String, String> files;

    RuleSetChange(String version, Instant from, Map<String, String> files) {
        this.version = version;
        this.from = from;
        this.files = Collections.unmodifiableMap(new TreeMap<>(files));
    }

    String version() {
        return version;
    }

    /** Windows that end at or before it are judged by the rules before. */
    Instant from() {
        return from;
    }

    /** Content by path. */
    Map<String, String> files() {
        return files;
    }

    /** Tells two changes of the same version apart. */
    String digest() {
        return digest(plain());
    }

    /** 64 bits of SHA-256, in hexadecimal: by mistake no two announcements have the same. */
    static String digest(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content), 0, Long.BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }

    private byte[] plain() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeUTF(version);
            out.writeLong(from.toEpochMilli());
            out.writeInt(files.size());
            for (Map.Entry<String, String> file : files.entrySet()) {
                out.writeUTF(file.getKey());
                byte[] content = file.getValue().getBytes(StandardCharsets.UTF_8);
                out.writeInt(content.length);
                out.write(content);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    byte[] bytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DeflaterOutputStream out = new DeflaterOutputStream(bytes)) {
            out.write(plain());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** @throws UncheckedIOException if they are damaged */
    static RuleSetChange of(byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new InflaterInputStream(new ByteArrayInputStream(bytes)))) {
            String version = in.readUTF();
            Instant from = Instant.ofEpochMilli(in.readLong());
            Map<String, String> files = new TreeMap<>();
            for (int i = in.readInt(); i > 0; i--) {
                files.put(in.readUTF(), new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8));
            }
            return new RuleSetChange(version, from, files);
        } catch (IOException e) {
            throw new UncheckedIOException("A change of rules can't be read.", e);
        }
    }
}
