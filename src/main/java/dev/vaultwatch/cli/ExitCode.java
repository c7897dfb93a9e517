package dev.vaultwatch.cli;

import java.util.LinkedHashMap;
import java.util.Map;

/** What the process ends with: the one table of it, for {@code --help}, the documents and the code. Where several fit, the first does. */
enum ExitCode {
    /** All went well. */
    OK(0, "All was read, whether or not there were alerts; or the reader of standard output has had enough."),
    /** Something failed. */
    FAILED(
            1,
            "Something could not be read, run or written, or a case or a check failed. What was found until then is printed."),
    /** A mistake in the command. */
    USAGE(2, "The command was typed wrongly; nothing was read."),
    /** Records are missing from the result. */
    LATE(3, "All was read, but records came too late to be judged: alerts may be missing or too low."),
    /** Probably the wrong files. */
    UNRECOGNISED(
            4,
            "All was read, but nothing in it was recognised as a Key Vault record, or nothing was kept since most times could not be used.");

    private final int code;
    private final String meaning;

    ExitCode(int code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    /** The number. */
    int code() {
        return code;
    }

    /** A sentence for a person. */
    String meaning() {
        return meaning;
    }

    /** As picocli lists them: numbers and sentences. */
    static Map<String, String> table() {
        Map<String, String> table = new LinkedHashMap<>();
        for (ExitCode exit : values()) {
            table.put(Integer.toString(exit.code), exit.meaning);
        }
        return table;
    }
}
