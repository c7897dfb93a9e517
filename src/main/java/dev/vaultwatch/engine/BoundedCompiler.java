package dev.vaultwatch.engine;

import com.espertech.esper.common.internal.bytecodemodel.core.CodegenClass;
import com.espertech.esper.common.internal.compile.compiler.CompilerAbstraction;
import com.espertech.esper.common.internal.compile.compiler.CompilerAbstractionClassCollection;
import com.espertech.esper.common.internal.compile.compiler.CompilerAbstractionClassCollectionImpl;
import com.espertech.esper.common.internal.compile.compiler.CompilerAbstractionCompilationContext;
import com.espertech.esper.common.internal.compile.compiler.CompilerAbstractionCompileSourcesResult;
import com.espertech.esper.common.internal.context.util.ByteArrayProvidingClassLoader;
import com.espertech.esper.compiler.internal.util.CodegenClassGenerator;
import java.io.IOException;
import java.io.StringReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.codehaus.commons.compiler.CompileException;
import org.codehaus.commons.compiler.InternalCompilerException;
import org.codehaus.janino.ClassLoaderIClassLoader;
import org.codehaus.janino.Parser;
import org.codehaus.janino.Scanner;
import org.codehaus.janino.UnitCompiler;
import org.codehaus.janino.util.ClassFile;

/**
 * Compiles the Java that Esper writes for one rule, within a budget. Esper asks for a statement's classes one after the other,
 * so what a rule file costs is looked at between them, and a class that no method of Java's could hold is not begun. It does what
 * Esper's own step does, with Janino, but for that step's log: of a class that fails it prints every line, the rule's texts in
 * it, at ERROR (Esper 9.0.0; a rule file of 200 kB makes 20 MB of log).
 *
 * <p>The budget is the processor time of the compiling thread, so that a busy host refuses no rule. For one rule; not
 * thread-safe.
 */
final class BoundedCompiler implements CompilerAbstraction {
    /** The shipped rule takes 0.2 s once Esper is loaded, the largest that passes the gate's counts some 3 s. */
    static final Duration BUDGET = Duration.ofSeconds(20);

    /** The shipped rule's largest class has 60,000 characters. */
    private static final int MAX_SOURCE = 8 * 1024 * 1024;

    private final long budgetNanos;
    private final long startedAt = ThreadTime.used();

    BoundedCompiler(Duration budget) {
        this.budgetNanos = budget.toNanos();
    }

    /** That a rule file can't be compiled within bounds; the message is a sentence. */
    static final class Exceeded extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Exceeded(String message) {
            super(message);
        }
    }

    /**
     * Looks whether the budget is spent.
     *
     * @throws Exceeded if it is
     */
    void check() {
        long spent = ThreadTime.used() - startedAt;
        if (spent > budgetNanos) {
            throw new Exceeded(
                    "Compiling the rule has taken " + spent / 1_000_000 + " ms of processor time, and may take "
                            + budgetNanos / 1_000_000 + " ms; write fewer columns, aggregations or conditions.");
        }
    }

    @Override
    public CompilerAbstractionClassCollection newClassCollection() {
        return new CompilerAbstractionClassCollectionImpl();
    }

    @Override
    public void compileClasses(
            List<CodegenClass> classes,
            CompilerAbstractionCompilationContext context,
            CompilerAbstractionClassCollection made) {
        for (CodegenClass each : classes) {
            check();
            made.add(compile(each, context, made.getClasses()));
        }
    }

    private static Map<String, byte[]> compile(
            CodegenClass written, CompilerAbstractionCompilationContext context, Map<String, byte[]> before) {
        String source = CodegenClassGenerator.generate(written);
        if (source.length() > MAX_SOURCE) {
            throw tooLarge();
        }
        try {
            ClassLoader loader = new ByteArrayProvidingClassLoader(before, context.getParentClassLoader());
            UnitCompiler compiler = new UnitCompiler(
                    new Parser(new Scanner(null, new StringReader(source))).parseAbstractCompilationUnit(),
                    new ClassLoaderIClassLoader(loader));
            List<ClassFile> files = new ArrayList<>();
            compiler.compileUnit(true, true, true, files);
            Map<String, byte[]> bytes = new HashMap<>();
            for (ClassFile file : files) {
                bytes.put(file.getThisClassName(), file.toByteArray());
            }
            return bytes;
        } catch (CompileException | IOException | InternalCompilerException e) {
            // Esper writes Java that compiles, unless one method of it has more than Java allows.
            Exceeded exceeded = tooLarge();
            exceeded.initCause(e);
            throw exceeded;
        }
    }

    private static Exceeded tooLarge() {
        return new Exceeded(
                "What Esper makes of a statement of the rule is more than a class of Java may hold; write fewer"
                        + " values, columns or conditions.");
    }

    @Override
    public CompilerAbstractionCompileSourcesResult compileSources(
            List<String> sources,
            CompilerAbstractionCompilationContext context,
            CompilerAbstractionClassCollection made) {
        throw new UnsupportedOperationException("Only inlined classes come as text, and rules have none.");
    }
}
