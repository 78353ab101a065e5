import com.cloudbees.groovy.cps.NonCPS
import groovy.json.JsonOutput
import groovy.json.JsonSlurper

/** The one runner behind every canopy<Step>: parameters in, one `sh`, the result document out as a Map. */
Map call(String step, Map args = [:]) {
    Map plan = planOf(step, args)
    if (plan.problem) { error("canopy ${step}: ${plan.problem}") }
    if (!isUnix()) { error("canopy ${step}: the agent has to be a Unix machine") }
    String folder = "${pwd(tmp: true)}/canopy-${UUID.randomUUID()}"
    List variables = variablesOf(plan, folder, canopyRelease.version(), canopyRelease.sha256(), canopyRelease.sums())
    if (plan.long) { writeFile(file: "${folder}/params.json", text: plan.json, encoding: 'UTF-8') }
    // When sh itself throws (abort, lost agent) the step may still be coming to its safe stop: its folder stays.
    int code = start(plan, variables)
    String answer = answerOf(folder)
    if (code == 79 && answer == 'archive wanted\n') {
        // Once an agent and version. Passed straight through: what a variable holds is part of the saved program.
        writeFile(file: "${folder}/steps.tgz", encoding: 'Base64',
            text: libraryResource(resource: "canopy/canopy-${canopyRelease.version()}.tgz", encoding: 'Base64'))
        code = start(plan, variables + ["CANOPY_RUN_ARCHIVE=${folder}/steps.tgz".toString()])
        answer = answerOf(folder)
    }
    dir(folder) { deleteDir() }
    return end(plan, verdictOf(step, code, answer))
}

/** Runs the step; credentials are bound around this alone. */
private int start(Map plan, List variables) {
    String script = libraryResource('canopy/run.sh')
    int code = 1
    withEnv(variables) {
        if (plan.bindings) {
            withCredentials(plan.bindings) { code = sh(script: script, label: plan.label, returnStatus: true) }
        } else {
            code = sh(script: script, label: plan.label, returnStatus: true)
        }
    }
    return code
}

private String answerOf(String folder) {
    String file = "${folder}/result.json"
    return fileExists(file) ? readFile(file: file, encoding: 'UTF-8') : ''
}

/** What the exit code means for the build. */
private Map end(Map plan, Map verdict) {
    if (verdict.code == 0) { return verdict.result }
    if (verdict.code == 3 && plan.onVerdict == 'UNSTABLE') {
        unstable(message: verdict.message)
        return verdict.result
    }
    if (verdict.code == 5) { currentBuild.result = 'ABORTED' }
    error(verdict.message)
}

/** Splits the arguments into parameters (JSON), credentials and onVerdict; `problem` says what is wrong with them. */
@NonCPS
private Map planOf(String step, Map args) {
    if (!step.matches('[a-z][a-z-]*')) { return [problem: 'that is no name of a step'] }
    Map plan = [label: 'canopy ' + step, step: step, onVerdict: 'FAILURE', bindings: [], bound: []]
    Map params = [:]
    for (entry in (args ?: [:])) {
        String name = entry.key.toString()
        if (name == 'credentials') {
            String wrong = bind(plan, entry.value)
            if (wrong) { return [problem: wrong] }
        } else if (name == 'onVerdict') {
            plan.onVerdict = entry.value.toString()
            if (!(plan.onVerdict in ['FAILURE', 'UNSTABLE'])) {
                return [problem: "onVerdict is FAILURE or UNSTABLE, not " + plan.onVerdict]
            }
        } else if (name == 'result') {
            return [problem: 'result is not for you to set: the call returns it']
        } else {
            List read = plain(entry.value, name)
            if (read[1]) { return [problem: read[1]] }
            params[name] = read[0]
        }
    }
    try {
        // withEnv expands $NAME, so the JSON goes without a dollar sign.
        plan.json = JsonOutput.toJson(params).replace('$', '\\u0024')
    } catch (Exception e) {
        return [problem: 'the parameters cannot be written as JSON: ' + e.message]
    }
    plan.long = plan.json.length() > 100000
    return plan
}

/** A value as JSON can hold it and what is wrong with it: [value, problem]. A GString becomes a String. */
@NonCPS
private List plain(Object value, String at) {
    if (value == null || value instanceof Boolean || value instanceof Number) { return [value, null] }
    if (value instanceof CharSequence) { return [value.toString(), null] }
    if (value instanceof Map) {
        Map copy = [:]
        for (entry in value) {
            List read = plain(entry.value, at + '.' + entry.key)
            if (read[1]) { return read }
            copy[entry.key.toString()] = read[0]
        }
        return [copy, null]
    }
    if (value instanceof List || value instanceof Set) {
        List copy = []
        for (item in value) {
            List read = plain(item, at + '[' + copy.size() + ']')
            if (read[1]) { return read }
            copy.add(read[0])
        }
        return [copy, null]
    }
    return [null, at + ' has to be text, a number, true or false, a list or a map, not ' + value.getClass().getName()]
}

/** credentials: variable -> id, or [file: id], [ssh: id], [string: id]. */
@NonCPS
private String bind(Map plan, Object credentials) {
    if (!(credentials instanceof Map)) { return 'credentials has to be a map of variable to credentials id' }
    for (entry in credentials) {
        String name = entry.key.toString()
        if (!name.matches('[A-Za-z_][A-Za-z0-9_]*') || name.startsWith('CANOPY_RUN_') || name in
            ['CANOPY_PARAMS', 'CANOPY_PARAMS_FILE', 'CANOPY_BOUND', 'CANOPY_HOME', 'CANOPY_CACHE', 'CANOPY_PACKAGE']) {
            return 'credentials cannot be bound to ' + name
        }
        String kind = !name.endsWith('_FILE') ? 'string' : name.contains('SSH_KEY') ? 'ssh' : 'file'
        Object id = entry.value
        if (id instanceof Map) {
            if (id.size() != 1) { return 'credentials.' + name + ' takes one of file, ssh and string' }
            for (only in id) {
                kind = only.key.toString()
                id = only.value
            }
        }
        if (!(id instanceof CharSequence) || id.toString().isEmpty()) { return 'credentials.' + name + ' needs the id of credentials' }
        Map binding = [credentialsId: id.toString()]
        if (kind == 'string') { binding += ['$class': 'StringBinding', variable: name] }
        else if (kind == 'file') { binding += ['$class': 'FileBinding', variable: name] }
        else if (kind == 'ssh') { binding += ['$class': 'SSHUserPrivateKeyBinding', keyFileVariable: name] }
        else { return 'credentials.' + name + ' is of no known kind: ' + kind + ' (file, ssh or string)' }
        plan.bound.add(name)
        if (name == 'CANOPY_SSH_KEY_FILE' && kind == 'ssh' && !credentials.containsKey('CANOPY_SSH_PASSPHRASE')) {
            binding.passphraseVariable = 'CANOPY_SSH_PASSPHRASE'
            plan.bound.add('CANOPY_SSH_PASSPHRASE')
        }
        plan.bindings.add(binding)
    }
    return null
}

@NonCPS
private List variablesOf(Map plan, String folder, String version, String sha256, String sums) {
    return [
        'CANOPY_PARAMS=' + (plan.long ? '' : plan.json),
        'CANOPY_PARAMS_FILE=' + (plan.long ? folder + '/params.json' : ''),
        'CANOPY_BOUND=' + plan.bound.join(','),
        'CANOPY_RUN_STEP=' + plan.step, 'CANOPY_RUN_RESULT=' + folder + '/result.json',
        'CANOPY_RUN_VERSION=' + version, 'CANOPY_RUN_SHA256=' + sha256, 'CANOPY_RUN_SUMS=' + sums,
    ]
}

/** The exit code counts only when the result document carries the same; anything else is 1. */
@NonCPS
private Map verdictOf(String step, int code, String answer) {
    if (answer.startsWith('problem: ')) { return [code: 1, message: 'canopy ' + step + ': ' + answer.substring(9).trim()] }
    Object read = null
    try {
        read = answer.startsWith('{') ? copyOf(new JsonSlurper().parseText(answer)) : null
    } catch (Exception e) {
        return [code: 1, message: 'canopy ' + step + ': ended with ' + code + ', and its result document is no JSON']
    }
    if (!(read instanceof Map) || !(code in [0, 1, 2, 3, 4, 5]) || read.exit != code || read.step != step) {
        String why = answer.isEmpty() ? 'left no result document' : 'its result document does not tell of this end'
        return [code: 1, message: 'canopy ' + step + ': ended with ' + code + ', and ' + why + '; see the log above']
    }
    return [code: code, result: read, message: code == 0 ? null : 'canopy ' + step + ': ' + reasonOf(read)]
}

@NonCPS
private String reasonOf(Map result) {
    List lines = []
    for (item in (result.errors ?: [])) { lines.add(item.hint ? item.message + ' (' + item.hint + ')' : item.message) }
    for (reason in (lines ? [] : result.reasons ?: [])) { lines.add(reason) }
    String text = lines ? lines.join('; ') : 'the outcome is ' + result.outcome
    return text.length() > 2000 ? text.substring(0, 2000) + '…' : text
}

/** Plain maps and lists: what a JsonSlurper makes cannot be saved with the program. */
@NonCPS
private Object copyOf(Object value) {
    if (value instanceof Map) {
        Map copy = [:]
        for (entry in value) { copy[entry.key.toString()] = copyOf(entry.value) }
        return copy
    }
    if (value instanceof List) {
        List copy = []
        for (item in value) { copy.add(copyOf(item)) }
        return copy
    }
    return value
}
