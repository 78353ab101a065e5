package cpsrun

/** The Jenkins steps that vars/ use, with what matters of their behaviour. */
class JenkinsSteps {
    static final Set<String> NEED_NODE = ['sh', 'isUnix', 'pwd', 'readFile', 'writeFile', 'fileExists', 'deleteDir', 'dir', 'checkout',
        'stash', 'unstash', 'git'] as Set
    static final Set<String> OTHERS = ['echo', 'error', 'unstable', 'input', 'libraryResource', 'readTrusted', 'properties', 'milestone', 'sleep', 'parallel'] as Set
    static final Set<String> BLOCKS = ['node', 'stage', 'lock', 'timeout', 'dir', 'withEnv', 'withCredentials', 'catchError', 'timestamps'] as Set
    CpsRun run
    Shell shell = new Shell()
    Credentials credentials = new Credentials()
    File resources
    /** Folders for agents: every `node` gets a workspace of its own. */
    File agents
    /** What `checkout scm` puts into a workspace. */
    Map<String, String> repository = [:]
    /** What a checkout runs afterwards: it makes a clone of the files. */
    String cloning
    /** What `readTrusted` finds; else the repository. */
    Map<String, String> trusted = [:]
    /** Steps whose plugin is not installed. */
    Set<String> missing = []
    /** What `milestone` does at an ordinal: nothing, or it throws this. */
    Map<Integer, Throwable> milestones = [:]
    boolean unix = true
    /** The agent does not answer any more. */
    boolean gone
    /** What the names of workspaces begin with. */
    String workspace = 'workspace-'
    /** What `input` does: returns it, or is rejected when it is an exception. */
    Object answer
    /** Called while a person is asked. */
    Closure asking
    Map<String, Map<String, String>> stashes = [:]
    private int workspaces

    String describe(StepCall call, Task task) { Describe.step(call, task) }

    void perform(Task task, StepCall call) {
        String name = call.name
        if (missing.contains(name) || !known().contains(name)) { throw new NoSuchMethodError(refusal(name)) }
        if (NEED_NODE.contains(name) && task.folder == null) { throw new MissingContextException(name) }
        if (name == 'parallel') { parallel(task, call.first() as Map) }
        else if (BLOCKS.contains(name)) { block(task, call) }
        else if (name == 'sh') { run.later(task) { shell.run(call.named('script'), new File(task.folder), task.env) } }
        else { run.resume(task, simple(task, name, call)) }
    }

    private static Set<String> known() { NEED_NODE + BLOCKS + OTHERS }

    /** As Jenkins words it: with all steps that there are. */
    private String refusal(String name) {
        "No such DSL method '${name}' found among steps [${(known() - missing).sort().join(', ')}] or symbols [agent, input, milestone] or globals [env, scm]"
    }

    private Object simple(Task task, String name, StepCall call) {
        switch (name) {
            case 'echo':
                run.said << (call.named('message').message as String)
                return null
            case ['properties', 'sleep']: return null
            case 'milestone':
                def stopped = milestones[call.named('ordinal').ordinal]
                if (stopped != null) { throw stopped }
                return null
            case 'error': throw new AbortException(call.named('message').message as String)
            case 'unstable':
                run.globals.currentBuild.result = 'UNSTABLE'
                return null
            case 'input':
                asking?.call()
                if (answer instanceof Throwable) { throw answer }
                return answer
            case 'isUnix':
                if (gone) { throw new IOException('the channel is closing down') }
                return unix
            case 'libraryResource':
                Map wanted = call.named('resource')
                def bytes = new File(resources, wanted.resource as String).bytes
                return wanted.encoding == 'Base64' ? bytes.encodeBase64().toString() : new String(bytes, 'UTF-8')
            case 'readTrusted':
                def text = trusted[call.first() as String] ?: repository[call.first() as String]
                if (text == null) { throw new FileNotFoundException("${call.first()} not found in the repository") }
                return text
            case 'stash': return stash(task, call.first() as Map)
            case 'unstash':
                stashes[call.named('name').name].each { path, data -> write(task, path, data.decodeBase64()) }
                return null
            case ['checkout', 'git']:
                repository.each { path, text -> write(task, path, text.getBytes('UTF-8')) }
                if (cloning) { shell.run([script: cloning], new File(task.folder), task.env) }
                return null
            default: return Files.perform(task, name, call)
        }
    }

    private void block(Task task, StepCall call) {
        Map changes = [:]
        switch (call.name) {
            case 'node':
                def folder = new File(agents, "${workspace}${++workspaces}")
                folder.mkdirs()
                changes = [folder: folder.path, env: task.env + [WORKSPACE: folder.path, WORKSPACE_TMP: folder.path + '@tmp']]
                break
            case 'dir': changes.folder = Files.at(task, call.first() as String).path; break
            case 'withEnv': changes.env = shell.expand(task.env, (call.first() as List).collect { it as String }); break
            case 'withCredentials':
                def bound = credentials.bind(call.first() as List)
                changes = [env: task.env + bound.env, bound: task.bound + bound.env.keySet().toList(), secretFiles: bound.files]
                break
            case 'catchError': changes = [kind: 'catchError', options: call.named('message').findAll { it.value instanceof CharSequence }]; break
        }
        run.body(task, call.body(), changes)
    }

    private void parallel(Task task, Map branches) {
        Map bodies = branches.findAll { it.value instanceof Closure }
        task.pending = bodies.size()
        task.results = [:]
        task.failure = null
        bodies.each { name, code -> run.body(task, code as Closure, [kind: 'parallel', branch: name]) }
    }

    /** Ant's patterns: only the few forms that vars/ and the documentation use, a comma list of plain paths and of all files of a folder. */
    private Object stash(Task task, Map args) {
        Map<String, String> found = [:]
        def paths = (args.includes as String).split(',')*.trim().collectMany { String path ->
            path.endsWith('/*') ? (new File(task.folder, path[0..-3]).list() ?: []).collect { path[0..-2] + it } : [path]
        }
        paths.each { String path ->
            def file = new File(task.folder, path)
            if (file.isFile()) { found[path] = file.bytes.encodeBase64().toString() }
        }
        if (found.isEmpty()) { throw new AbortException('No files included in stash') }
        stashes[args.name as String] = found
        return null
    }

    private static void write(Task task, String path, byte[] data) {
        def file = Files.at(task, path)
        file.parentFile.mkdirs()
        file.bytes = data
    }
}
