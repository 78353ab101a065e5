package cpsrun

import com.cloudbees.groovy.cps.Continuable

/** A green thread: the program, a block's body or a parallel branch, with what Jenkins calls its context. */
class Task implements Serializable {
    Continuable code
    Task parent
    /** Variables of withEnv, innermost last; null: taken away. */
    Map<String, String> env = [:]
    /** Variables that credentials are bound to. */
    List<String> bound = []
    /** Files to remove when the block ends. */
    List<String> secretFiles = []
    /** The current folder; null outside node. */
    String folder
    int depth = 0
    Object branch
    String kind = 'block'
    int pending
    Map results
    Throwable failure
    Map options = [:]
}
