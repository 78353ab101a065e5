package cpsrun

import com.cloudbees.groovy.cps.CpsTransformer
import org.codehaus.groovy.ast.ClassCodeExpressionTransformer
import org.codehaus.groovy.ast.ClassNode
import org.codehaus.groovy.ast.FieldNode
import org.codehaus.groovy.ast.MethodNode
import org.codehaus.groovy.ast.stmt.Statement
import org.codehaus.groovy.classgen.GeneratorContext
import org.codehaus.groovy.control.SourceUnit
import com.cloudbees.groovy.cps.sandbox.Untrusted
import org.kohsuke.groovy.sandbox.SandboxTransformer

/** CPS code whose calls go through the sandbox, also in @NonCPS methods. */
class SandboxTransform extends CpsTransformer {
    private final SandboxTransformer sandbox = new SandboxTransformer()
    private ClassCodeExpressionTransformer visitor

    @Override
    void call(SourceUnit source, GeneratorContext context, ClassNode node) {
        visitor = sandbox.createVisitor(source, node)
        super.call(source, context, node)
    }

    @Override protected Class getTrustTag() { Untrusted }

    @Override
    protected void processConstructors(ClassNode node) {
        sandbox.processConstructors(visitor, node)
        super.processConstructors(node)
    }

    @Override protected void visitNontransformedMethod(MethodNode node) { visitor.visitMethod(node) }

    @Override protected void visitNontransformedField(FieldNode node) { visitor.visitField(node) }

    @Override protected void visitNontransformedStatement(Statement node) { node.visit(visitor) }
}
