package cpsrun

/** A step for which the program is suspended. */
class StepCall implements Serializable {
    String name
    Object[] args

    Object first() { args.length ? args[0] : null }

    Closure body() { args.length && args[-1] instanceof Closure ? (Closure) args[-1] : null }

    /** The named arguments; a lone value stands under `main`. */
    Map named(String main) {
        def value = first()
        if (value instanceof Map) { return value }
        return value == null || value instanceof Closure ? [:] : [(main): value]
    }
}
