package dev.vaultwatch.decode;

/** Why a record that was understood is of no use to the rules. */
public enum Ignored {
    /** It is another log's record: its category, or an Elastic document's dataset, is not Key Vault's audit log. */
    CATEGORY,
    /** It is an audit record, or may be one, with an action that no rule wants, or with none. */
    ACTION
}
