import com.cloudbees.groovy.cps.NonCPS

/** What canopyPipeline was asked: the arguments, checked. `why`: this build only checks; `nowhere`: it cannot know what it builds. */
@NonCPS
Map of(Map args, String branch, String change, String tag = null) {
    List known = ['environments', 'approve', 'approvers', 'approveWithin', 'credentials', 'lock', 'onVerdict', 'agent', 'checkout', 'config', 'properties', 'branch', 'wait']
    for (entry in args) {
        if (!(entry.key in known)) { return [problem: 'there is no argument ' + entry.key + '; there are ' + known.join(', ')] }
    }
    if (args.environments != null && (!(args.environments instanceof Map) || args.environments.isEmpty())) {
        return [problem: "environments has to be a map of branch to environment, like [release: 'production']"]
    }
    if (args.credentials != null && !(args.credentials instanceof Map)) { return [problem: 'credentials has to be a map of variable to credentials id'] }
    Map plan = [
        branch: (args.branch ?: branch)?.toString(), environments: [:], approve: args.approve == true, approvers: args.approvers?.toString(),
        approveWithin: args.approveWithin ?: 24, credentials: args.credentials ?: [:], lock: args.lock == true,
        onVerdict: (args.onVerdict ?: 'FAILURE').toString(), agent: (args.agent ?: '').toString(), checkout: args.checkout,
        config: (args.config ?: 'canopy.yml').toString(), properties: args.properties ?: [], wait: (args.wait ?: '1h').toString(),
    ]
    for (entry in (args.environments ?: [:])) { plan.environments[entry.key.toString()] = entry.value.toString() }
    String example = 'release'
    for (entry in plan.environments) { example = entry.key }
    if (change) { plan.why = 'change request ' + change }
    // A tag may have the name of a branch, and whoever may not push that branch may push it.
    else if (tag && !args.branch) { plan.why = 'tag ' + tag }
    else if (!plan.branch) {
        plan.nowhere = 'this job names no branch (it is no multibranch job), so nothing is built and nothing is deployed: pass the branch that it checks out, ' +
            "canopyPipeline(branch: '" + example + "', …)"
    }
    else if (plan.environments && !plan.environments.containsKey(plan.branch)) { plan.why = 'no environment for the branch ' + plan.branch }
    return plan
}

/** Steps of plugins that the pipeline will take and that are not there; `refusal` is what Jenkins says of a step that it does not know. */
@NonCPS
List absent(Map plan, String refusal) {
    int from = refusal == null ? -1 : refusal.indexOf('among steps [')
    int to = from < 0 ? -1 : refusal.indexOf(']', from)
    if (to < 0) { return [] }
    String there = ', ' + refusal.substring(from + 13, to) + ', '
    List wanted = plan.properties ? ['properties'] : []
    if (!plan.why) {
        if (!plan.environments) { wanted.add('readTrusted') }
        if (plan.credentials) { wanted.add('withCredentials') }
        if (plan.approve) { wanted.addAll(['input', 'milestone', 'timeout', 'stash']) }
        if (plan.lock) { wanted.add('lock') }
        if (plan.onVerdict == 'UNSTABLE') { wanted.add('unstable') }
    }
    List missing = []
    for (step in wanted) { if (!there.contains(', ' + step + ', ')) { missing.add(step) } }
    return missing
}

/** All that is missing as one text; empty when nothing is. */
@NonCPS
String missing(List steps, List problems, Map needed) {
    Map plugins = [properties: 'workflow-multibranch', readTrusted: 'workflow-multibranch', withCredentials: 'credentials-binding', input: 'pipeline-input-step',
        milestone: 'pipeline-milestone-step', timeout: 'workflow-basic-steps', stash: 'workflow-basic-steps', unstable: 'workflow-basic-steps', lock: 'lockable-resources']
    List all = []
    for (step in steps) { all.add('the step ' + step + ' is missing: install the Jenkins plugin ' + plugins[step]) }
    for (problem in problems) { all.add(problem) }
    for (item in (needed.problems ?: [])) { all.add(item.hint ? item.message + ' (' + item.hint + ')' : item.message) }
    return readable(all.join('; '))
}

/** Takes over what `explain pipeline` says of the branch. */
@NonCPS
void settle(Map plan, Map needed) {
    plan.environment = needed.environment
    plan.kind = needed.kind
    plan.stable = needed.stable
    plan.canary = needed.canary
    plan.judged = needed.judged == true
    plan.lockName = 'canopy-' + needed.app
    if (!plan.environment) { plan.why = 'no environment for the branch ' + plan.branch }
}

/** What later steps need of the artifact; its path is relative to the folder of the configuration. */
@NonCPS
void keep(Map plan, Map made) {
    plan.artifact = made.artifact
    plan.release = made.id
    plan.question = 'Put ' + made.id + ' on ' + plan.environment + '?'
    int slash = plan.config.lastIndexOf('/')
    String archive = (slash < 0 ? '' : plan.config.substring(0, slash + 1)) + made.artifact
    plan.stash = archive + ', ' + archive.replace('.tgz', '.json')
}

/** Whether all instances of an environment run the release, as `status` tells it. */
@NonCPS
boolean runsAll(Map status, String release) {
    int count = 0
    for (environment in (status.environments ?: [])) {
        for (instance in (environment.instances ?: [])) {
            if (instance.release != release) { return false }
            count++
        }
    }
    return count > 0
}

@NonCPS
List names(Map map) {
    List found = []
    for (entry in map) { found.add(entry.key.toString()) }
    return found
}

/** An alert or a revert in words. */
@NonCPS
String why(Object alert) { return alert instanceof Map ? (alert.reason ?: alert).toString() : (alert ?: '').toString() }

/** Stage views take what stands between < and > for HTML and show nothing of it; the arrow of our own labels is none. */
@NonCPS
String readable(Object text) { return text == null ? '' : text.toString().replace('<', '‹').replace('>', '›').replace('-›', '->') }
