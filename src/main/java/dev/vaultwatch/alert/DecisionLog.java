package dev.vaultwatch.alert;

import dev.vaultwatch.tuning.AlertPolicy;

/**
 * Takes down what the desk decides, at the moment it does and before a host can hear of it: the log of a <em>transactional
 * outbox</em>. After a restart the decisions are read back ({@link AlertDesk#restore}) and not derived again, for the rules may
 * have changed since. Called by the thread that calls the desk; must not throw and not call the desk.
 */
public interface DecisionLog {
    /** Keeps nothing: for a plugin without a log. */
    DecisionLog NONE = new DecisionLog() {
        @Override
        public void said(Said message, boolean isOwed) {}

        @Override
        public void withheld(Withheld alert) {}

        @Override
        public void noticed(CapNotice notice) {}

        @Override
        public void decided(AlertPolicy.Memo memo) {}

        @Override
        public void forgotten(String ruleId, long anchor, String id) {}
    };

    /**
     * A message was raised, or taken over from another instance.
     *
     * @param isOwed whether it was raised here, and so is owed to the host until it is acknowledged
     */
    void said(Said message, boolean isOwed);

    /** A cap withheld an alert; the same one again if its number of events has changed. */
    void withheld(Withheld alert);

    /** An operator was told of a cap. */
    void noticed(CapNotice notice);

    /** The site's tuning decided about an alert. */
    void decided(AlertPolicy.Memo memo);

    /** Nothing more is said of an alert, and what was not delivered is taken back. */
    void forgotten(String ruleId, long anchor, String id);
}
