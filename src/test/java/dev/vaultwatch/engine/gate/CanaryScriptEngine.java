package dev.vaultwatch.engine.gate;

import java.io.Reader;
import java.util.List;
import javax.script.AbstractScriptEngine;
import javax.script.Bindings;
import javax.script.Compilable;
import javax.script.CompiledScript;
import javax.script.ScriptContext;
import javax.script.ScriptEngine;
import javax.script.ScriptEngineFactory;
import javax.script.SimpleBindings;

/** An engine for scripts in "js" that shows when it is asked to compile or to run one. */
public final class CanaryScriptEngine implements ScriptEngineFactory {

    private static final class Engine extends AbstractScriptEngine implements Compilable {
        private final ScriptEngineFactory factory;

        Engine(ScriptEngineFactory factory) {
            this.factory = factory;
        }

        @Override
        public Object eval(String script, ScriptContext context) {
            return Canary.touch("script.run");
        }

        @Override
        public Object eval(Reader reader, ScriptContext context) {
            return Canary.touch("script.run");
        }

        @Override
        public Bindings createBindings() {
            return new SimpleBindings();
        }

        @Override
        public ScriptEngineFactory getFactory() {
            return factory;
        }

        @Override
        public CompiledScript compile(String script) {
            Canary.touch("script.compile");
            Engine engine = this;
            return new CompiledScript() {
                @Override
                public Object eval(ScriptContext context) {
                    return Canary.touch("script.run");
                }

                @Override
                public ScriptEngine getEngine() {
                    return engine;
                }
            };
        }

        @Override
        public CompiledScript compile(Reader reader) {
            return compile("");
        }
    }

    @Override
    public String getEngineName() {
        return "canary";
    }

    @Override
    public String getEngineVersion() {
        return "1";
    }

    @Override
    public List<String> getExtensions() {
        return List.of("js");
    }

    @Override
    public List<String> getMimeTypes() {
        return List.of();
    }

    @Override
    public List<String> getNames() {
        return List.of("js");
    }

    @Override
    public String getLanguageName() {
        return "js";
    }

    @Override
    public String getLanguageVersion() {
        return "1";
    }

    @Override
    public Object getParameter(String key) {
        return "";
    }

    @Override
    public String getMethodCallSyntax(String object, String method, String... arguments) {
        return "";
    }

    @Override
    public String getOutputStatement(String text) {
        return "";
    }

    @Override
    public String getProgram(String... statements) {
        return "";
    }

    @Override
    public ScriptEngine getScriptEngine() {
        return new Engine(this);
    }
}
