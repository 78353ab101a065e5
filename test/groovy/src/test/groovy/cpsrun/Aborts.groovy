package cpsrun

/** What `error` throws. */
class AbortException extends IOException {
    AbortException(String message) { super(message) }
}

/** An abort by a person, a timeout or a rejected input: the build is ABORTED. */
class FlowInterruptedException extends InterruptedException {
    /** What it makes of the build. */
    final String result

    FlowInterruptedException(String message, String result = 'ABORTED') {
        super(message)
        this.result = result
    }
}

/** A step that needs a node was called outside of one. */
class MissingContextException extends IllegalStateException {
    MissingContextException(String step) { super("${step}: Required context class hudson.FilePath is missing" as String) }
}
