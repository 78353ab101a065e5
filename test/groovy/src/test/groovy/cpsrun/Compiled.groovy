package cpsrun

import com.cloudbees.groovy.cps.CpsTransformer
import com.cloudbees.groovy.cps.TransformerConfiguration
import org.codehaus.groovy.control.CompilationUnit
import org.codehaus.groovy.control.CompilerConfiguration
import org.codehaus.groovy.control.Phases

/** Scripts compiled as Jenkins compiles them. The same text is compiled once; each run and each restart loads it anew. */
class Compiled {
    private static final Map<List, Map<String, byte[]>> DONE = [:]

    /** Bytes by the name of the class. */
    static Map<String, byte[]> of(Map<String, String> sources, boolean sandbox) {
        def result = new LinkedHashMap<String, byte[]>()
        sources.each { name, text ->
            def key = [name, text, sandbox]
            if (!DONE.containsKey(key)) { DONE[key] = compile(name, text, sandbox) }
            result.putAll(DONE[key])
        }
        return result
    }

    private static Map<String, byte[]> compile(String name, String text, boolean sandbox) {
        def config = new CompilerConfiguration(scriptBaseClass: HarnessScript.name)
        def transform = sandbox ? new SandboxTransform() : new CpsTransformer()
        transform.configuration = new TransformerConfiguration()
        config.addCompilationCustomizers(transform)
        def unit = new CompilationUnit(config, null, new GroovyClassLoader(Compiled.classLoader))
        unit.addSource(name + '.groovy', text)
        unit.compile(Phases.CLASS_GENERATION)
        return unit.classes.collectEntries { [(it.name): it.bytes] }
    }
}
