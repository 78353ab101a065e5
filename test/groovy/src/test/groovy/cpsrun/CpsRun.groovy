package cpsrun

import com.cloudbees.groovy.cps.*
import com.cloudbees.groovy.cps.impl.CpsCallableInvocation
import com.cloudbees.groovy.cps.sandbox.SandboxInvoker
import java.util.concurrent.LinkedBlockingQueue

/**
 * A miniature of Jenkins' workflow-cps: green threads, steps that suspend, the whole program serialised at every step. With
 * `restart` it is read back into a new class loader at each of them, as after a restart of the controller.
 */
class CpsRun {
    static CpsRun current
    private static final Map<List, GroovyClassLoader> LIBRARIES = [:]
    static final List<Class> CATEGORIES = [IteratorHack] + Continuable.categories
    File vars
    boolean restart
    Spy spy
    JenkinsSteps steps
    /** env, currentBuild, scm, params, and a script for each file of vars/. */
    Map globals = [:]
    /** What ran, indented by the blocks around it. */
    List<String> trace = []
    /** What `echo` was given, whole. */
    List<String> said = []
    List<String> mismatches = []
    int snapshots
    /** A text that is looked for in the saved program, and the steps at which it was there. */
    String watch
    List<String> holding = []
    Deque<List> ready = new ArrayDeque<>()
    /** Steps that take their time do not hold up other branches; without it a step at a time runs, and each can be saved. */
    boolean parallelSteps
    private int outstanding
    private final LinkedBlockingQueue<List> done = new LinkedBlockingQueue<>()
    private Map<String, String> sources = [:]
    private GroovyClassLoader loader
    private byte[] saved

    /** Runs a Jenkinsfile; returns its value or throws what it threw. */
    def run(String jenkinsfile) {
        vars.listFiles().findAll { it.name.endsWith('.groovy') }.sort().each { sources[it.name - '.groovy'] = it.text }
        sources['WorkflowScript'] = jenkinsfile
        current = this
        compile()
        CpsCallableInvocation.registerMismatchHandler({ expected, wanted, got, called ->
            mismatches << ("expected to call ${expected?.class?.name}.${wanted} but wound up catching ${got?.class?.name}.${called}" as String)
        } as CpsCallableInvocation.MismatchHandler)
        spy?.register()
        try {
            (sources.keySet() - 'WorkflowScript').each { globals[it] = (Script) loader.loadClass(it).newInstance() }
            def main = (Script) loader.loadClass('WorkflowScript').newInstance()
            return loop(new Task(code: new Continuable(main, emptyEnv()), kind: 'main')).replay()
        } finally {
            spy?.unregister()
            CpsCallableInvocation.registerMismatchHandler(null)
        }
    }

    /** The build's result, as Jenkins works it out from how the program ended. */
    String resultOf(String jenkinsfile, List<Throwable> thrown = []) {
        try {
            run(jenkinsfile)
        } catch (Throwable e) {
            thrown << e
            globals.currentBuild.result = e instanceof FlowInterruptedException ? e.result : 'FAILURE'
        }
        return globals.currentBuild.currentResult
    }

    private Outcome loop(Task root) {
        Outcome last = null
        resume(root, null)
        while (!ready.isEmpty() || outstanding > 0) {
            if (ready.isEmpty()) {
                outstanding--
                ready.add(done.take())
            }
            def (Task task, Outcome input) = ready.poll()
            Outcome out = task.code.run0(input, CATEGORIES)
            if (!task.code.isResumable()) {
                if (task.kind == 'main') { last = out }
                ended(task, out)
                continue
            }
            if (out.abnormal != null) { throw out.abnormal }
            StepCall call = (StepCall) out.normal
            save(call, task)
            if (restart) { (call, task) = reload() }
            perform(task, call)
        }
        return last
    }

    private void perform(Task task, StepCall call) {
        trace << ('  ' * task.depth + steps.describe(call, task)).toString()
        try {
            steps.perform(task, call)
        } catch (Throwable e) {
            ready.add([task, new Outcome(null, e)])
        }
    }

    /** A global of Jenkins or another script of vars/, as a script sees it. */
    Object global(Binding binding, String name) { binding.hasVariable(name) ? binding.getVariable(name) : globals[name] }

    /** Ends a step with what the work returns or throws, at once or when it is done. */
    void later(Task task, Closure work) {
        if (!parallelSteps) {
            resume(task, work.call())
            return
        }
        outstanding++
        Thread.start {
            try { done.put([task, new Outcome(work.call(), null)]) } catch (Throwable e) { done.put([task, new Outcome(null, e)]) }
        }
    }

    void resume(Task task, Object value) { ready.add([task, new Outcome(value, null)]) }

    /** Starts a block's body as a child of a task. */
    void body(Task parent, Closure block, Map changes = [:]) {
        Continuable code
        try {
            block.call()
            throw new AssertionError('a block that is not CPS-transformed')
        } catch (CpsCallableInvocation invocation) {
            code = new Continuable(invocation.invoke(emptyEnv(), null, Continuation.HALT))
        }
        def child = new Task(code: code, parent: parent, env: parent.env, bound: parent.bound, folder: parent.folder, depth: parent.depth + 1)
        changes.each { name, value -> child[name as String] = value }
        resume(child, null)
    }

    private void ended(Task task, Outcome out) {
        task.secretFiles.each { new File(it).delete() }
        Task parent = task.parent
        if (parent == null) { return }
        if (task.kind == 'parallel') {
            if (out.abnormal != null) { parent.failure = parent.failure ?: out.abnormal } else { parent.results[task.branch] = out.normal }
            if (--parent.pending == 0) { ready.add([parent, parent.failure ? new Outcome(null, parent.failure) : new Outcome(parent.results, null)]) }
        } else if (task.kind == 'catchError' && out.abnormal != null) {
            globals.currentBuild.result = task.options.buildResult ?: 'FAILURE'
            resume(parent, null)
        } else {
            ready.add([parent, out])
        }
    }

    private void save(StepCall call, Task task) {
        def bytes = new ByteArrayOutputStream()
        try {
            new ObjectOutputStream(bytes).writeObject([call, task, new ArrayList(ready), globals])
        } catch (NotSerializableException e) {
            throw new NotSerializableException("${e.message} while suspended in step ${call.name} at ${task.code.stackTrace.take(4)}")
        }
        saved = bytes.toByteArray()
        snapshots++
        if (watch && new String(saved, 'ISO-8859-1').contains(watch)) { holding << call.name }
    }

    private List reload() {
        compile()
        def (StepCall call, Task task, List waiting, Map found) = new ObjectInputStreamWithLoader(new ByteArrayInputStream(saved), loader).readObject()
        ready = new ArrayDeque<>(waiting)
        globals = found
        return [call, task]
    }

    /** The library is loaded once, as long as nothing is restarted: what it may remember stands in its scripts, and each run makes those anew. */
    private void compile() {
        def library = sources.findAll { it.key != 'WorkflowScript' }
        loader = new GroovyClassLoader(restart ? loaded(library) : LIBRARIES.computeIfAbsent([library, spy != null]) { loaded(library) })
        define(loader, [WorkflowScript: sources.WorkflowScript])
    }

    private GroovyClassLoader loaded(Map<String, String> library) {
        def fresh = new GroovyClassLoader(CpsRun.classLoader)
        define(fresh, library)
        return fresh
    }

    private void define(GroovyClassLoader into, Map<String, String> texts) {
        Compiled.of(texts, spy != null).each { name, bytes -> into.defineClass(name, bytes) }
    }

    private Env emptyEnv() { spy ? Envs.empty(new SandboxInvoker()) : Envs.empty() }
}
