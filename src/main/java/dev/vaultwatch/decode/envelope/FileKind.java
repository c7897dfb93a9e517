package dev.vaultwatch.decode.envelope;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * Kinds of file that hold records, if any, in a form that isn't read, recognised by their first bytes ("magic numbers"). None of them is
 * unpacked: each needs a reader of its own, and what it unpacks to has no bound.
 */
public enum FileKind {
    /** RFC 1952. */
    GZIP("gzip data", "Unpack it first; the command line reads files whose names end in .gz.", 0x1f, 0x8b),
    /** PKWARE's application note, 4.3.7; a workbook's first entry is one of the fixed names of ECMA-376, part 2. */
    XLSX("an Excel workbook", "Export it as CSV.", 'P', 'K', 3, 4),
    /** PKWARE's application note, 4.3.7. */
    ZIP("a zip archive", "Unpack it first.", 'P', 'K', 3, 4),
    /** Apache Parquet's file format. */
    PARQUET("a Parquet file", "Convert it to JSON lines.", 'P', 'A', 'R', '1'),
    /** Apache Avro's object container file, version 1: what Event Hubs Capture writes. */
    AVRO("an Avro file", "Convert it to JSON lines, such as with avro-tools tojson.", 'O', 'b', 'j', 1),
    /** Windows' event log. */
    EVTX("a Windows event log", "Key Vault writes none; export the Key Vault log itself.", "ElfFile\0"),
    /** The compound file of older Office programs, MS-CFB 2.2. */
    XLS("an older Excel workbook", "Export it as CSV.", 0xd0, 0xcf, 0x11, 0xe0),
    /** RFC 8878. */
    ZSTD("Zstandard data", "Unpack it first.", 0x28, 0xb5, 0x2f, 0xfd),
    /** 7-Zip's format description. */
    SEVEN_ZIP("a 7-Zip archive", "Unpack it first.", '7', 'z', 0xbc, 0xaf),
    /** bzip2's format, version 1. */
    BZIP2("bzip2 data", "Unpack it first.", "BZh"),
    /** The .xz file format, 2.1.1.1. */
    XZ("xz data", "Unpack it first.", 0xfd, '7', 'z', 'X', 'Z', 0),
    /** LZ4's frame format, 1.6. */
    LZ4("LZ4 data", "Unpack it first.", 0x04, 0x22, 0x4d, 0x18),
    /** Snappy's framing format. */
    SNAPPY("Snappy data", "Unpack it first.", 0xff, 6, 0, 0, 's', 'N', 'a'),
    /** Apache ORC's specification, version 1. */
    ORC("an ORC file", "Convert it to JSON lines.", "ORC"),
    /** SQLite's database file format, 1.3. */
    SQLITE("an SQLite database", "Export its rows as JSON lines.", "SQLite format 3\0"),
    /** XML 1.0, 2.8: with an XML declaration. */
    XML("an XML document", "Export it as JSON or CSV.", "<?xml"),
    /** HTML's document type, in the two cases in which servers write it. */
    HTML("a web page, perhaps one to sign in", "Download the log itself.", "<!DOCTYPE html"),
    /** The same. */
    HTML_LOWER("a web page, perhaps one to sign in", "Download the log itself.", "<!doctype html"),
    /** ISO 32000-1, 7.5.2. */
    PDF("a PDF document", "Export it as JSON or CSV.", "%PDF-"),
    /** Unicode 16, table 23-6. */
    UTF_32_LE("text in UTF-32", "Save it in UTF-8.", 0xff, 0xfe, 0, 0),
    /** Unicode 16, table 23-6. */
    UTF_32_BE("text in UTF-32", "Save it in UTF-8.", 0, 0, 0xfe, 0xff);

    /** How many bytes of a file are enough to know its kind. */
    public static final int HEAD = 64;

    /** Names of an Office workbook's first entry; the name stands 30 bytes behind the entry's start. */
    private static final String[] WORKBOOK_ENTRIES = {"[Content_Types].xml", "_rels/", "docProps/", "xl/"};

    private static final int ENTRY_NAME = 30;

    private final String what;
    private final String advice;

    @SuppressWarnings("ImmutableEnumChecker") // never written to
    private final byte[] magic;

    FileKind(String what, String advice, int... magic) {
        this.what = what;
        this.advice = advice;
        this.magic = new byte[magic.length];
        for (int i = 0; i < magic.length; i++) {
            this.magic[i] = (byte) magic[i];
        }
    }

    FileKind(String what, String advice, String magic) {
        this(what, advice, magic.chars().toArray());
    }

    /** What the data is, for a person: "a zip archive". */
    public String what() {
        return what;
    }

    /** What to do with it, in a sentence. */
    public String advice() {
        return advice;
    }

    /** The kind of what begins with these bytes; empty for what may be text. */
    public static Optional<FileKind> of(byte[] bytes, int from, int to) {
        for (FileKind kind : values()) {
            int end = from + kind.magic.length;
            if (end <= to
                    && Arrays.equals(kind.magic, 0, kind.magic.length, bytes, from, end)
                    && (kind != XLSX || isWorkbook(bytes, from, to))) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }

    private static boolean isWorkbook(byte[] bytes, int from, int to) {
        int start = Math.min(to, from + ENTRY_NAME);
        String name = new String(bytes, start, Math.min(to, from + HEAD) - start, StandardCharsets.ISO_8859_1);
        return Arrays.stream(WORKBOOK_ENTRIES).anyMatch(name::startsWith);
    }
}
