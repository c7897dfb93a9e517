package dev.vaultwatch.decode.envelope;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Kinds of file, by their first bytes")
class FileKindTest {

    private static Optional<FileKind> of(String text) {
        byte[] bytes = ("PK" + text).getBytes(StandardCharsets.ISO_8859_1);
        return FileKind.of(bytes, 2, bytes.length);
    }

    @ParameterizedTest
    @CsvSource({
        "'\u001f\u008b', GZIP, gzip data",
        "PAR1, PARQUET, a Parquet file",
        "'Obj\u0001', AVRO, an Avro file",
        "BZh9, BZIP2, bzip2 data",
        "<?xml version, XML, an XML document",
        "%PDF-1.7, PDF, a PDF document",
        "'(\u00b5/\u00fd', ZSTD, Zstandard data"
    })
    @DisplayName("the kind is told with what it is and what to do")
    void kinds(String start, FileKind kind, String what) {
        assertThat(of(start + " and more")).contains(kind);
        assertThat(of(start)).contains(kind);
        assertThat(of("\n" + start)).isEmpty();
        assertThat(kind.what()).isEqualTo(what);
        assertThat(kind.advice()).endsWith(".");
    }

    @Test
    @DisplayName("part of the signature is not enough, nor one that goes beyond the range")
    void part() {
        assertThat(of("PAR")).isEmpty();
        byte[] bytes = "PAR1".getBytes(StandardCharsets.ISO_8859_1);
        assertThat(FileKind.of(bytes, 0, 4)).contains(FileKind.PARQUET);
        assertThat(FileKind.of(bytes, 0, 3)).isEmpty();
        assertThat(of("{\"records\":[]}")).isEmpty();
        assertThat(of("")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"[Content_Types].xml", "_rels/.rels", "docProps/app.xml", "xl/workbook.xml"})
    @DisplayName("a zip archive whose first entry is a workbook's is a workbook")
    void workbook(String entry) {
        String header = "PK\u0003\u0004" + "\0".repeat(26);

        assertThat(of(header + entry)).contains(FileKind.XLSX);
        assertThat(of(header + "x" + entry)).contains(FileKind.ZIP);
        assertThat(of(header)).contains(FileKind.ZIP);
        assertThat(of("PK\u0003\u0004")).as("no name yet").contains(FileKind.ZIP);
    }
}
