package cpsrun

/** A step as one line of the trace; what differs from run to run is a star. */
class Describe {
    static String step(StepCall call, Task task) {
        if (call.name == 'sh') { return shell(call, task) }
        if (call.name == 'withEnv') { return 'withEnv' }
        def shown = call.args.findAll { !(it instanceof Closure) }.collect { value(it) }.join(', ')
        return "${call.name}(${shown})"
    }

    /** A step of ours with its parameters, and the variables that credentials are bound to. */
    private static String shell(StepCall call, Task task) {
        Map args = call.named('script')
        def params = task.env.CANOPY_PARAMS ?: (task.env.CANOPY_PARAMS_FILE ? '(file)' : '')
        def bound = task.bound ? " [${task.bound.join(' ')}]" : ''
        return "sh ${args.label ?: value(args.script)} ${params}${bound}"
    }

    private static String value(Object item) {
        if (item instanceof Map) { return item.collect { k, v -> "${k}: ${value(v)}" }.join(', ') }
        if (item instanceof List) { return '[' + item.collect { value(it) }.join(', ') + ']' }
        def text = String.valueOf(item).replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/, '*').replaceAll('/[^ ]*/workspace-', 'workspace-')
        return text.length() > 90 ? text.take(87) + '...' : text
    }
}
