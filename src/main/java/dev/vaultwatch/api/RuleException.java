package dev.vaultwatch.api;

import java.util.List;
import java.util.stream.Collectors;

/** Rules that can't run, with every fault found. */
public final class RuleException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<RuleFault> faults;

    /** Takes at least one fault. */
    public RuleException(List<RuleFault> faults) {
        super(faults.stream().map(RuleFault::toString).collect(Collectors.joining("\n")));
        this.faults = List.copyOf(faults);
    }

    /** Every fault found; never empty. */
    public List<RuleFault> faults() {
        return faults;
    }
}
