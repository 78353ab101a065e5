package cpsrun

/** What `error` throws. */
class AbortException extends IOException {
    AbortException(String message) { super(message) }
}

/** An abort by a person, a timeout or a rejected input: the build is ABORTED. */
class FlowInterruptedException extends InterruptedException {
    FlowInterruptedException(String message) { super(message) }
}

/** A step that needs a node was called outside of one. */
class MissingContextException extends IllegalStateException {
    MissingContextException(String step) { super("${step}: Required context class hudson.FilePath is missing" as String) }
}
