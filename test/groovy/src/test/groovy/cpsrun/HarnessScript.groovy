package cpsrun

import com.cloudbees.groovy.cps.Continuable
import com.cloudbees.groovy.cps.SerializableScript

/** Base class of a Jenkinsfile and of every script in vars/: an unknown method is a step, i.e. it suspends the program. */
abstract class HarnessScript extends SerializableScript {
    /** Symbols that only describe something; Jenkins makes an object of them, here a map does. */
    static final Set<String> SYMBOLS = ['disableConcurrentBuilds', 'pipelineTriggers', 'cron', 'parameters', 'string', 'booleanParam',
        'choice', 'file', 'sshUserPrivateKey', 'buildDiscarder', 'logRotator'] as Set

    @Override
    Object invokeMethod(String name, Object args) {
        Object[] list = args instanceof Object[] ? (Object[]) args : [args] as Object[]
        if (getMetaClass().respondsTo(this, name, list)) { return super.invokeMethod(name, args) }
        def global = CpsRun.current.global(binding, name)
        if (global instanceof GroovyObject && global instanceof Script) { return global.invokeMethod('call', list) }
        if (SYMBOLS.contains(name)) { return [symbol: name, args: list.length == 1 ? list[0] : list.toList()] }
        return Continuable.suspend(name, new StepCall(name: name, args: list))
    }

    /** Jenkins finds the globals and the other vars/ by their name. */
    @Override
    Object getProperty(String name) {
        def global = name == 'binding' ? null : CpsRun.current.global(binding, name)
        return global != null ? global : super.getProperty(name)
    }
}
