import com.cloudbees.groovy.cps.NonCPS

/** The whole pipeline. What it does follows from the branch: see docs/jenkins.md. */
void call(Map args = [:]) {
    Map plan = planOf(args, env.BRANCH_NAME, env.CHANGE_ID)
    if (plan.problem) { error("canopyPipeline: ${plan.problem}") }
    needs('properties', 'workflow-multibranch') { properties([disableConcurrentBuilds()] + plan.properties) }
    boolean waits = false
    node(plan.agent) {
        checkout(scm)
        waits = untilApproval(plan)
    }
    if (!waits) { return }
    // Outside of node: a person may take hours, and no executor waits with them.
    stage('Approve') {
        timeout(time: plan.approveWithin, unit: 'HOURS') {
            needs('input', 'pipeline-input-step') {
                input(plan.approvers ? [message: plan.question, submitter: plan.approvers] : [message: plan.question])
            }
        }
    }
    needs('milestone', 'pipeline-milestone-step') { milestone() }
    node(plan.agent) {
        checkout(scm)
        unstash('canopy-artifact')
        guarded(plan) { last(plan) }
    }
}

/** Everything up to the approval; true when there is something to approve. */
private boolean untilApproval(Map plan) {
    if (mayDeploy(plan)) {
        if (!plan.environments) { trusted(plan.config) }
        Map shape = canopyStep('explain', [action: 'config', config: plan.config]).data
        String problem = target(plan, shape)
        if (problem) { error("canopyPipeline: ${problem}") }
    }
    boolean yes = false
    stage('Check') { yes = canopyStep('check', [config: plan.config, onVerdict: plan.onVerdict]).ok }
    if (!plan.environment) {
        echo("canopyPipeline: ${plan.why}: checks only")
        return false
    }
    if (!yes) { return false }
    stage('Package') {
        Map made = canopyStep('package', [config: plan.config, onVerdict: plan.onVerdict])
        yes = made.ok
        if (yes) { keep(plan, made.data) }
    }
    if (!yes) { return false }
    needs('milestone', 'pipeline-milestone-step') { milestone() }
    boolean later = false
    guarded(plan) { later = deployment(plan) }
    return later
}

/** The canary where there is one, then the environment itself; true when that waits for approval. */
private boolean deployment(Map plan) {
    boolean yes = true
    if (plan.kind != 'plain') { yes = canary(plan) }
    if (plan.kind == 'canary' || !yes) { return false }
    if (plan.approve) {
        stash(name: 'canopy-artifact', includes: plan.stash)
        return true
    }
    last(plan)
    return false
}

/** What an approval may hold back: the promotion of the canary, or the deploy where there is none. */
private void last(Map plan) {
    if (plan.kind == 'stable') {
        stage('Promote') { does(plan, 'canary', [action: 'promote', artifact: plan.artifact]) }
    } else {
        stage('Deploy') { does(plan, 'deploy', [environment: plan.environment, artifact: plan.artifact]) }
    }
}

/** Puts the release on the canary, unless it runs there, and lets it be judged; true when nothing speaks against it. */
private boolean canary(Map plan) {
    Map status = plan.kind == 'stable' ? canopyStep('canary', withCommon(plan, [action: 'status'])) : null
    if (status != null && !status.ok) { return false }
    boolean runs = runsAlready(plan, status)
    if (runs && !plan.judged) { return true }
    if (runs && status.data.analysis?.outcome == 'pass') { return true }
    boolean yes = true
    stage('Canary') { if (!runs) { yes = does(plan, 'canary', [action: 'start', artifact: plan.artifact]) } }
    if (!yes) { return false }
    if (!plan.judged) { return healthy(plan, canopyStep('canary', withCommon(plan, [action: 'status']))) }
    stage('Analyse') { yes = does(plan, 'canary', [action: 'analyse']) }
    return yes
}

/** An alert or a passive revert sends everything to stable: then the canary has failed, though each step of ours went well. */
private boolean healthy(Map plan, Map status) {
    if (!status.ok) { return false }
    if (!status.data.alert && !status.data.reverted) { return true }
    String message = "the canary was taken back to stable: ${status.data.alert ?: status.data.reverted}"
    if (plan.onVerdict == 'UNSTABLE') { unstable(message: message) } else { error(message) }
    return false
}

private boolean runsAlready(Map plan, Map status) {
    return status != null && status.data.enabled && status.data.canary?.release == plan.release && healthy(plan, status)
}

private boolean does(Map plan, String step, Map args) { return canopyStep(step, withCommon(plan, args)).ok }

private Map withCommon(Map plan, Map args) {
    return args + [config: plan.config, credentials: plan.credentials, onVerdict: plan.onVerdict]
}

/** The branch's canopy.yml may say who deploys only when it is what Jenkins itself reads from the branch. */
private void trusted(String config) {
    if (readTrusted(config) != readFile(file: config, encoding: 'UTF-8')) {
        error("canopyPipeline: ${config} in the workspace is not the one of the branch; pass environments: to canopyPipeline")
    }
}

/** Jenkins' own lock, when it was asked for; ours guards anyway. */
private void guarded(Map plan, Closure body) {
    if (plan.lock) {
        needs('lock', 'lockable-resources') { lock(resource: plan.lockName) { body() } }
    } else {
        body()
    }
}

/** Runs a step of a plugin; when the plugin is missing that is one clear line. */
private void needs(String step, String plugin, Closure body) {
    try {
        body()
    } catch (NoSuchMethodError e) {
        if (!e.message.contains("'" + step + "'")) { throw e }
        error("canopyPipeline needs the step ${step}: install the Jenkins plugin ${plugin}")
    }
}

private boolean mayDeploy(Map plan) {
    return !plan.why && (!plan.environments || plan.environments.containsKey(plan.branch))
}

/** Checks the arguments; `why` says why this build only checks. */
@NonCPS
private Map planOf(Map args, String branch, String change) {
    List known = ['environments', 'approve', 'approvers', 'approveWithin', 'credentials', 'lock', 'onVerdict', 'agent', 'config', 'properties', 'branch']
    for (entry in args) {
        if (!(entry.key in known)) { return [problem: 'there is no argument ' + entry.key + '; there are ' + known.join(', ')] }
    }
    if (args.environments != null && (!(args.environments instanceof Map) || args.environments.isEmpty())) {
        return [problem: "environments has to be a map of branch to environment, like [release: 'production']"]
    }
    Map plan = [
        branch: (args.branch ?: branch)?.toString(), environments: [:], approve: args.approve == true, approvers: args.approvers?.toString(),
        approveWithin: args.approveWithin ?: 24, credentials: args.credentials ?: [:], lock: args.lock == true,
        onVerdict: (args.onVerdict ?: 'FAILURE').toString(), agent: (args.agent ?: '').toString(),
        config: (args.config ?: 'canopy.yml').toString(), properties: args.properties ?: [],
    ]
    for (entry in (args.environments ?: [:])) { plan.environments[entry.key.toString()] = entry.value.toString() }
    if (change) { plan.why = 'change request ' + change }
    else if (!plan.branch) { plan.why = 'no BRANCH_NAME (this is no multibranch job; pass branch:)' }
    else if (plan.environments && !plan.environments.containsKey(plan.branch)) { plan.why = 'no environment for the branch ' + plan.branch }
    return plan
}

/** Reads from the configuration where this branch deploys to, and how; returns what is wrong. */
@NonCPS
private String target(Map plan, Map shape) {
    String name = plan.environments[plan.branch]
    if (!plan.environments) {
        List found = []
        for (entry in shape.environments) { if (entry.value.branch == plan.branch) { found.add(entry.key) } }
        if (found.size() > 1) { return 'the branch ' + plan.branch + ' is named by ' + found.join(' and ') + '; pass environments: to choose' }
        if (found.isEmpty()) {
            plan.why = 'no environment for the branch ' + plan.branch
            return null
        }
        name = found[0]
    }
    if (!shape.environments.containsKey(name)) { return 'there is no environment ' + name + ' in ' + plan.config }
    plan.environment = name
    plan.lockName = 'canopy-' + shape.app
    Map traffic = shape.traffic
    plan.kind = traffic?.canary && traffic.canary == name ? 'canary' : traffic?.canary && traffic.stable == name ? 'stable' : 'plain'
    plan.judged = false
    for (step in (shape.canary?.steps ?: [])) { if (step.forMs > 0) { plan.judged = true } }
    return null
}

/** What later steps need of the artifact; its path is relative to the folder of the configuration. */
@NonCPS
private void keep(Map plan, Map made) {
    plan.artifact = made.artifact
    plan.release = made.id
    plan.question = 'Put ' + made.id + ' on ' + plan.environment + '?'
    int slash = plan.config.lastIndexOf('/')
    String archive = (slash < 0 ? '' : plan.config.substring(0, slash + 1)) + made.artifact
    plan.stash = archive + ', ' + archive.replace('.tgz', '.json')
}
