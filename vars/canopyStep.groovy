import com.cloudbees.groovy.cps.NonCPS
import groovy.json.JsonOutput
import groovy.json.JsonSlurper

/**
 * The one runner behind every canopy<Step>: parameters in, one `sh` that shows what it does, the result document out as a Map.
 * `where`: what it is done to, where no parameter says so.
 */
Map call(String step, Map args = [:], String where = null) {
    Map plan = planOf(step, args, where, canopyCredentials.bindings(args?.credentials))
    if (plan.problem) { error("${plan.label}: ${canopyPlan.readable(plan.problem)}") }
    String folder = plan.long ? ownFolder() : ''
    if (plan.long) { writeFile(file: "${folder}/params.json", text: plan.json, encoding: 'UTF-8') }
    List variables = variablesOf(plan, folder, canopyRelease.version(), canopyRelease.sha256(), canopyRelease.sums()) + canopyActor.variables(plan.actor)
    Map answer = answerOf(start(plan, variables))
    if (answer.code == 79 && answer.text == 'archive wanted') {
        // Once an agent and version. Passed straight through: what a variable holds is part of the saved program.
        if (!folder) { folder = ownFolder() }
        writeFile(file: "${folder}/steps.tgz", encoding: 'Base64',
            text: libraryResource(resource: "canopy/canopy-${canopyRelease.version()}.tgz", encoding: 'Base64'))
        answer = answerOf(start(plan, variables + ["CANOPY_RUN_FOLDER=${folder}".toString(), "CANOPY_RUN_ARCHIVE=${folder}/steps.tgz".toString()]))
    }
    return end(plan, verdictOf(plan, answer))
}

/** For what does not fit into a variable; the script removes it. */
private String ownFolder() { return "${pwd(tmp: true)}/canopy-${UUID.randomUUID()}" }

/** Runs the step and returns what the script answered; credentials are bound around this alone. */
private String start(Map plan, List variables) {
    String answer = ''
    withEnv(variables) {
        if (plan.bindings) {
            boolean bound = false
            try {
                withCredentials(plan.bindings) {
                    bound = true
                    answer = shell(plan)
                }
            } catch (InterruptedException e) {
                throw e
            } catch (Exception e) {
                if (bound) { throw e }
                List problems = canopyCredentials.tried(plan.credentials).problems
                error("${plan.label}: ${canopyPlan.readable(problems ? problems.join('; ') : e.message)}")
            } catch (NoSuchMethodError e) {
                if (bound) { throw e }
                error("${plan.label}: the step withCredentials is missing: install the Jenkins plugin credentials-binding")
            }
        } else {
            answer = shell(plan)
        }
    }
    return answer
}

/** An abort goes on its way, and so does the loss of the agent: the step may still be coming to its safe stop. */
private String shell(Map plan) {
    String answer = ''
    try {
        answer = sh(script: canopyRelease.script(), label: plan.label, returnStdout: true, encoding: 'UTF-8')
    } catch (InterruptedException e) {
        if (plan.next) { echo("${plan.label}: interrupted; it comes to a safe stop by itself where its agent lives${plan.next}") }
        throw e
    } catch (Exception e) {
        String wrong = canopyPlan.readable(e.message)
        if (windows()) { error("${plan.label}: the agent has to be a Unix machine") }
        error("${plan.label}: the agent could not run it (${wrong})${plan.next}")
    }
    return answer
}

/** An agent that is gone does not say what it was. */
private boolean windows() {
    try {
        return !isUnix()
    } catch (InterruptedException e) {
        throw e
    } catch (Exception e) {
        return false
    }
}

/** What the exit code means for the build. */
private Map end(Map plan, Map verdict) {
    if (verdict.code == 0) { return verdict.result }
    if (verdict.superseded) {
        currentBuild.result = 'NOT_BUILT'
        echo(verdict.message)
        return verdict.result
    }
    if (verdict.code == 3 && plan.onVerdict == 'UNSTABLE') {
        unstable(message: verdict.message)
        return verdict.result
    }
    if (verdict.code == 5) { currentBuild.result = 'ABORTED' }
    error(verdict.message)
}

/** Splits the arguments into parameters (JSON), credentials and onVerdict; `problem` says what is wrong with them. */
@NonCPS
private Map planOf(String step, Map args, String where, Map credentials) {
    if (!step.matches('[a-z][a-z-]*')) { return [label: 'canopy ' + step, problem: 'that is no name of a step'] }
    String action = word(args?.action)
    String target = word(where ?: args?.environment)
    Map plan = [label: 'canopy ' + step + (action ? ' ' + action : '') + (target ? ' -> ' + target : ''), step: step,
        next: nextOf(step, action, target), onVerdict: 'FAILURE', bindings: credentials.bindings, bound: credentials.names,
        credentials: args?.credentials]
    Map params = [:]
    for (entry in (args ?: [:])) {
        String name = entry.key.toString()
        if (name == 'credentials') {
            if (credentials.problem) { return plan + [problem: credentials.problem] }
        } else if (name == 'onVerdict') {
            plan.onVerdict = entry.value.toString()
            if (!(plan.onVerdict in ['FAILURE', 'UNSTABLE'])) {
                return plan + [problem: 'onVerdict is FAILURE or UNSTABLE, not ' + plan.onVerdict]
            }
        } else if (name == 'actor') {
            if (entry.value != null && !(entry.value instanceof CharSequence)) { return plan + [problem: 'actor has to be the name of a person, as input returns it'] }
            plan.actor = entry.value?.toString()?.trim()
        } else if (name == 'result') {
            return plan + [problem: 'result is not for you to set: the call returns it']
        } else {
            List read = plain(entry.value, name)
            if (read[1]) { return plan + [problem: read[1]] }
            params[name] = read[0]
        }
    }
    try {
        // withEnv expands $NAME, so the JSON goes without a dollar sign.
        plan.json = JsonOutput.toJson(params).replace('$', '\\u0024')
    } catch (Exception e) {
        return plan + [problem: 'the parameters cannot be written as JSON: ' + e.message]
    }
    plan.long = plan.json.length() > 100000
    return plan
}

/** A word that may stand in a label; nothing else is shown there. */
@NonCPS
private String word(Object value) { return value instanceof CharSequence && value.toString().matches('[A-Za-z0-9._-]{1,60}') ? value.toString() : '' }

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
    return [null, at + ' has to be text, a number, true or false, a list or a map' + (value instanceof Closure ? ', not a closure: a map is written [name: value]' : '')]
}

@NonCPS
private List variablesOf(Map plan, String folder, String version, String sha256, String sums) {
    return [
        'CANOPY_PARAMS=' + (plan.long ? '' : plan.json),
        'CANOPY_PARAMS_FILE=' + (plan.long ? folder + '/params.json' : ''),
        'CANOPY_BOUND=' + plan.bound.join(','),
        'CANOPY_RUN_STEP=' + plan.step, 'CANOPY_RUN_ID=' + UUID.randomUUID(), 'CANOPY_RUN_FOLDER=' + folder,
        'CANOPY_RUN_VERSION=' + version, 'CANOPY_RUN_SHA256=' + sha256, 'CANOPY_RUN_SUMS=' + sums,
    ]
}

/** The last line of the answer is the exit code. */
@NonCPS
private Map answerOf(String output) {
    String text = output == null ? '' : output.trim()
    int at = text.lastIndexOf('\n')
    String last = text.substring(at + 1).trim()
    if (!last.matches('[0-9]{1,3}')) { return [code: null, text: text] }
    return [code: Integer.parseInt(last), text: at < 0 ? '' : text.substring(0, at).trim()]
}

/** The exit code counts only when the result document carries the same; anything else is 1. */
@NonCPS
private Map verdictOf(Map plan, Map answer) {
    String text = answer.text
    if (text.startsWith('problem: ')) { return [code: 1, message: plan.label + ': ' + canopyPlan.readable(text.substring(9).trim())] }
    Object read = null
    try {
        read = text.startsWith('{') ? copyOf(new JsonSlurper().parseText(text)) : null
    } catch (Exception e) {
        return [code: 1, message: plan.label + ': ended with ' + answer.code + ', and its result document is no JSON' + plan.next]
    }
    int code = answer.code == null ? -1 : answer.code
    if (!(read instanceof Map) || !(code in [0, 1, 2, 3, 4, 5]) || read.exit != code || read.step != plan.step) {
        String end = code < 0 ? 'did not come to its end' : code > 128 ? 'was killed (exit code ' + code + ')' : 'ended with ' + code
        String why = text.isEmpty() ? 'left no result document' : 'its result document does not tell of this end'
        return [code: 1, message: plan.label + ': ' + end + ', and ' + why + '; see the log above' + plan.next]
    }
    return [code: code, result: read, message: code == 0 ? null : plan.label + ': ' + canopyPlan.readable(reasonOf(read)), superseded: code == 4 && isSuperseded(read)]
}

/** A newer build is at work, or another release: nothing for a person to mend. */
@NonCPS
private boolean isSuperseded(Map result) {
    for (item in (result.errors ?: [])) { if (item.code == 'superseded') { return true } }
    return false
}

/** The command that comes next when nobody knows how the step ended: after it servers may be in between. */
@NonCPS
private String nextOf(String step, String action, String target) {
    if (step == 'canary' && action in ['analyse', 'analyze']) { return "; canopyCanary(action: 'analyse') goes on from there" }
    if (!(step in ['deploy', 'rollback']) && !(step == 'canary' && action in ['start', 'promote'])) { return '' }
    return "; canopyStatus() tells what runs, canopyDeploy(environment: '" + (target ?: '…') + "', resume: true) goes on"
}

@NonCPS
private String reasonOf(Map result) {
    List lines = []
    for (item in (result.errors ?: [])) { lines.add(item.hint ? item.message + ' (' + item.hint + ')' : item.message) }
    for (reason in (lines ? [] : result.reasons ?: [])) { lines.add(reason) }
    String text = result.summary instanceof CharSequence ? result.summary : lines ? lines.join('; ') : 'the outcome is ' + result.outcome
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
