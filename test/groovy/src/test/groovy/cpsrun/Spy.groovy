package cpsrun

import org.kohsuke.groovy.sandbox.GroovyInterceptor

/** Writes down each call that sandboxed code makes to something outside of the library. */
class Spy extends GroovyInterceptor {
    Set<String> seen = new TreeSet<>()

    private static boolean own(Object target) { target instanceof Script || target instanceof Closure }

    private static String typeOf(Object target) { target == null ? 'null' : target.getClass().name }

    @Override
    Object onMethodCall(GroovyInterceptor.Invoker invoker, Object receiver, String method, Object... args) {
        if (!own(receiver)) { seen << "${typeOf(receiver)}.${method}".toString() }
        return super.onMethodCall(invoker, receiver, method, args)
    }

    @Override
    Object onStaticCall(GroovyInterceptor.Invoker invoker, Class receiver, String method, Object... args) {
        seen << "static ${receiver.name}.${method}".toString()
        return super.onStaticCall(invoker, receiver, method, args)
    }

    @Override
    Object onNewInstance(GroovyInterceptor.Invoker invoker, Class receiver, Object... args) {
        seen << "new ${receiver.name}".toString()
        return super.onNewInstance(invoker, receiver, args)
    }

    @Override
    Object onGetProperty(GroovyInterceptor.Invoker invoker, Object receiver, String property) {
        if (!own(receiver) && !(receiver instanceof Map)) { seen << "get ${typeOf(receiver)}.${property}".toString() }
        return super.onGetProperty(invoker, receiver, property)
    }

    @Override
    Object onSetProperty(GroovyInterceptor.Invoker invoker, Object receiver, String property, Object value) {
        if (!own(receiver) && !(receiver instanceof Map)) { seen << "set ${typeOf(receiver)}.${property}".toString() }
        return super.onSetProperty(invoker, receiver, property, value)
    }
}
