package dev.vaultwatch.engine;

import com.espertech.esper.common.client.EventType;
import com.espertech.esper.common.client.type.EPTypeClass;
import com.espertech.esper.common.internal.bytecodemodel.base.CodegenClassScope;
import com.espertech.esper.common.internal.bytecodemodel.base.CodegenMethodScope;
import com.espertech.esper.common.internal.bytecodemodel.model.expression.CodegenExpression;
import com.espertech.esper.common.internal.context.aifactory.core.SAIFFInitializeBuilder;
import com.espertech.esper.common.internal.context.aifactory.core.SAIFFInitializeSymbol;
import com.espertech.esper.common.internal.epl.expression.core.ExprNode;
import com.espertech.esper.common.internal.view.core.ViewFactoryForge;
import com.espertech.esper.common.internal.view.core.ViewFactoryForgeVisitor;
import com.espertech.esper.common.internal.view.core.ViewForgeEnv;
import com.espertech.esper.common.internal.view.core.ViewParameterException;
import com.espertech.esper.common.internal.view.util.ViewForgeSupport;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Compiles {@link FirstOfGroup} into a statement. Instantiated by Esper's compiler. */
public final class FirstOfGroupForge implements ViewFactoryForge {
    private String properties = "";
    private @Nullable EventType eventType;

    @Override
    public void setViewParameters(List<ExprNode> parameters, ViewForgeEnv env, int streamNumber)
            throws ViewParameterException {
        if (parameters.size() != 1
                || !(ViewForgeSupport.validateAndEvaluate(FirstOfGroup.NAME, parameters.get(0), env)
                        instanceof String names)) {
            throw new ViewParameterException(
                    FirstOfGroup.NAME + " takes one text, the names of the grouping key's properties");
        }
        properties = names;
    }

    @Override
    public void attach(EventType parent, ViewForgeEnv env) {
        eventType = parent;
    }

    @Override
    public CodegenExpression make(
            CodegenMethodScope parent, SAIFFInitializeSymbol symbols, CodegenClassScope classScope) {
        return new SAIFFInitializeBuilder(
                        new EPTypeClass(FirstOfGroup.Factory.class),
                        FirstOfGroupForge.class,
                        "factory",
                        parent,
                        symbols,
                        classScope)
                .eventtype("eventType", eventType)
                .constant("properties", properties)
                .build();
    }

    @Override
    public @Nullable EventType getEventType() {
        return eventType;
    }

    @Override
    public String getViewName() {
        return FirstOfGroup.NAME;
    }

    @Override
    public <T> T accept(ViewFactoryForgeVisitor<T> visitor) {
        return visitor.visitExtension(this);
    }
}
