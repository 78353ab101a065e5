package cpsrun

/** The `sh` step, on this machine: as Jenkins runs it, `sh -xe` unless the script names its interpreter. */
class Shell {
    /** What the agent itself has in its environment. */
    Map<String, String> agent = [PATH: System.getenv('PATH')]
    List<String> output = []
    /** Called with the process when one has started. */
    Closure started
    /** Jenkins' abort: returns when it is time; the process gets SIGTERM and the step ends at once, while the process lives on. */
    Closure abort
    Process aborted
    /** Answers for the steps in place of a process. */
    StandIn standIn

    Object run(Map args, File folder, Map<String, String> overrides) {
        folder.mkdirs()
        if (standIn && overrides.CANOPY_RUN_STEP) { return standIn.answer(folder, (agent + overrides).findAll { it.value != null }) }
        def script = File.createTempFile('script', '.sh')
        try {
            script.setText(args.script as String, 'UTF-8')
            script.setExecutable(true)
            boolean named = (args.script as String).startsWith('#!')
            def builder = new ProcessBuilder(named ? [script.path] : ['sh', '-xe', script.path]).directory(folder)
            builder.environment().clear()
            builder.environment().putAll(agent)
            overrides.each { name, value -> value == null ? builder.environment().remove(name) : builder.environment().put(name, value) }
            def process = builder.start()
            process.outputStream.close()
            started?.call(process)
            if (abort) {
                abort.call()
                stop(process)
                aborted = process
                throw new FlowInterruptedException('aborted by anna')
            }
            def errors = new StringBuffer()
            def reader = process.consumeProcessErrorStream(errors)
            String out = process.inputStream.getText('UTF-8')
            reader.join()
            int code = process.waitFor()
            output << out + errors
            if (args.returnStatus) { return code }
            if (code != 0) { throw new AbortException("script returned exit code ${code}") }
            return args.returnStdout ? out : null
        } finally {
            script.delete()
        }
    }

    /** As Jenkins ends a step: the signal goes to each of its processes. */
    static void stop(Process process) {
        def all = [process.pid()] + process.descendants().iterator().collect { it.pid() }
        (['kill', '-TERM'] + all*.toString()).execute().waitFor()
    }

    /** withEnv, as EnvVars.overrideExpandingAll: $NAME and ${NAME} are replaced when known, $$ is a dollar, empty takes away. */
    Map<String, String> expand(Map<String, String> before, List<String> pairs) {
        def added = pairs.collectEntries { String pair -> [(pair.substring(0, pair.indexOf('='))): pair.substring(pair.indexOf('=') + 1)] }
        def known = agent + before.findAll { it.value != null } + added
        def result = new LinkedHashMap<String, String>(before)
        added.each { String name, String value ->
            def text = value.replaceAll(/\$([A-Za-z0-9_]+|\{[A-Za-z0-9_.]+\}|\$)/) { List<String> found ->
                if (found[1] == '$') { return '$' }
                def wanted = found[1].replaceAll(/[{}]/, '')
                return wanted != name && known.containsKey(wanted) ? known[wanted] : found[0]
            }
            result[name] = text.isEmpty() ? null : text
        }
        return result
    }
}
