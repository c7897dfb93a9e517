package dev.vaultwatch.alert.format;

/** A rule's severity in the numbers of each destination. */
enum Severity {
    LOW("low", 21, 2, 3),
    MEDIUM("medium", 47, 3, 5),
    HIGH("high", 73, 4, 8),
    CRITICAL("critical", 99, 5, 10);

    private final String word;
    private final int elastic;
    private final int ocsf;
    private final int cef;

    Severity(String word, int elastic, int ocsf, int cef) {
        this.word = word;
        this.elastic = elastic;
        this.ocsf = ocsf;
        this.cef = cef;
    }

    /** Of a rule's word; a word that is none of the four counts as medium. */
    static Severity of(String word) {
        for (Severity severity : values()) {
            if (severity.word.equals(word)) {
                return severity;
            }
        }
        return MEDIUM;
    }

    /** {@code event.severity} as Elastic's rules use it: its "External Alerts" rule maps exactly these four numbers. */
    int elastic() {
        return elastic;
    }

    /** OCSF's {@code severity_id}: 2 Low, 3 Medium, 4 High, 5 Critical. */
    int ocsf() {
        return ocsf;
    }

    /** OCSF's caption of {@link #ocsf()}. */
    String caption() {
        return name().charAt(0) + word.substring(1);
    }

    /** 0 to 10, in the bands of the CEF specification: 0-3 low, 4-6 medium, 7-8 high, 9-10 very high. */
    int cef() {
        return cef;
    }
}
