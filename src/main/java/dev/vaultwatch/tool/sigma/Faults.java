package dev.vaultwatch.tool.sigma;

import dev.vaultwatch.api.RuleFault;
import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with a file, and what of it is done otherwise than its author may think. Used by one thread. */
final class Faults {
    private final String file;
    private final List<RuleFault> errors = new ArrayList<>();
    private final List<RuleFault> warnings = new ArrayList<>();

    Faults(String file) {
        this.file = file;
    }

    void error(YamlNode at, String problem) {
        error(at.line(), at.column(), problem);
    }

    void error(int line, int column, String problem) {
        errors.add(new RuleFault(file, line, column, problem));
    }

    void warning(YamlNode at, String problem) {
        warnings.add(new RuleFault(file, at.line(), at.column(), problem));
    }

    /** A place as a fault says it. */
    String place(YamlNode at) {
        return file + ":" + at.line() + ":" + at.column();
    }

    List<RuleFault> errors() {
        return List.copyOf(errors);
    }

    List<RuleFault> warnings() {
        return List.copyOf(warnings);
    }
}
