/** The whole pipeline. What it does follows from the branch: see docs/jenkins.md. */
void call(Map args = [:]) {
    Map plan = canopyPlan.of(args, env.BRANCH_NAME, env.CHANGE_ID, env.TAG_NAME)
    if (plan.problem) { error("canopyPipeline: ${canopyPlan.readable(plan.problem)}") }
    if (plan.nowhere) {
        currentBuild.result = 'NOT_BUILT'
        echo("canopyPipeline: ${canopyPlan.readable(plan.nowhere)}")
        return
    }
    plan.order = currentBuild.startTimeInMillis
    plan.lacking = lacking(plan)
    if (plan.why && plan.lacking) { error("canopyPipeline: ${canopyPlan.missing(plan.lacking, [], [:])}") }
    if (plan.properties && !plan.lacking) { properties(plan.properties) }
    boolean waits = false
    node(plan.agent) {
        fetch(plan)
        waits = untilApproval(plan)
    }
    if (!waits) { return }
    approval(plan)
    node(plan.agent) {
        fetch(plan)
        unstash('canopy-artifact')
        // An older build that still asks ends here; the milestone of the build's own keeps it from ending with a newer one.
        milestone(ordinal: 2)
        milestone(ordinal: 2000000000 - currentBuild.number)
        guarded(plan) { last(plan) }
    }
}

/** Everything up to the approval; true when there is something to approve. */
private boolean untilApproval(Map plan) {
    if (!plan.why) { begin(plan) }
    boolean yes = false
    stage('Check') { yes = canopyStep('check', [config: plan.config, onVerdict: plan.onVerdict]).ok }
    if (!plan.environment) {
        echo("canopyPipeline: ${canopyPlan.readable(plan.why)}: checks only")
        return false
    }
    if (!yes) { return false }
    stage('Package') {
        Map made = canopyStep('package', [config: plan.config, onVerdict: plan.onVerdict])
        yes = made.ok
        if (yes) { canopyPlan.keep(plan, made.data) }
    }
    if (!yes) { return false }
    boolean waits = false
    guarded(plan) { waits = deployment(plan) }
    if (waits) { stash(name: 'canopy-artifact', includes: plan.stash) }
    return waits
}

/** What the whole pipeline needs is asked before anything is built: all that is missing is one error. */
private void begin(Map plan) {
    if (!plan.environments && !plan.lacking.contains('readTrusted')) { trusted(plan.config) }
    Map tried = plan.lacking.contains('withCredentials') ? [good: [:], problems: []] : canopyCredentials.tried(plan.credentials)
    List problems = tried.problems
    Map needed = [:]
    try {
        needed = canopyStep('explain', [action: 'pipeline', branch: plan.branch, config: plan.config, credentials: tried.good] +
            (plan.environments ? [environment: plan.environments[plan.branch]] : [:])).data
    } catch (InterruptedException e) {
        throw e
    } catch (Exception e) {
        problems.add(e.message)
    }
    String missing = canopyPlan.missing(plan.lacking, problems, needed)
    if (missing) { error("canopyPipeline: ${missing}") }
    canopyPlan.settle(plan, needed)
}

/** The canary where there is one, then the environment itself; true when that waits for approval. */
private boolean deployment(Map plan) {
    if (plan.kind == 'plain') {
        if (plan.approve && !runsEverywhere(plan)) { return true }
        last(plan)
        return false
    }
    Map status = canopyStep('canary', withCommon(plan, [action: 'status']))
    if (!status.ok) { return false }
    if (status.data.stable?.release == plan.release) {
        if (plan.kind == 'stable') { again(plan, plan.environment) } else { echo("canopyPipeline: ${plan.stable} runs ${plan.release} already: no canary of it") }
        return false
    }
    if (!canary(plan, status) || plan.kind == 'canary') { return false }
    if (plan.approve) { return true }
    last(plan)
    return false
}

/** What an approval may hold back: the promotion of the canary, or the deploy where there is none. */
private void last(Map plan) {
    if (plan.kind == 'stable') {
        stage('Promote') { canopyStep('canary', approved(plan, inOrder(plan, [action: 'promote', artifact: plan.artifact])), plan.environment) }
    } else {
        again(plan, plan.environment)
    }
}

/** Whoever approved is the actor. */
private Map approved(Map plan, Map args) { return plan.approver ? args + [actor: plan.approver] : args }

/** Where the release runs already this is one look at its gates. */
private boolean again(Map plan, String environment) {
    boolean yes = false
    stage('Deploy') { yes = canopyStep('deploy', approved(plan, inOrder(plan, [environment: environment, artifact: plan.artifact]))).ok }
    return yes
}

private boolean runsEverywhere(Map plan) {
    Map status = canopyStep('status', withCommon(plan, [environment: plan.environment]))
    return status.ok && canopyPlan.runsAll(status.data, plan.release)
}

/** Puts the release on the canary, unless it runs there, and lets it be judged; true when nothing speaks against it. */
private boolean canary(Map plan, Map status) {
    boolean runs = status.data.enabled && status.data.canary?.release == plan.release && healthy(plan, status)
    if (runs && (!plan.judged || status.data.analysis?.outcome == 'pass')) { return plan.kind == 'canary' ? again(plan, plan.canary) : true }
    boolean yes = true
    stage('Canary') { if (!runs) { yes = canopyStep('canary', inOrder(plan, [action: 'start', artifact: plan.artifact]), plan.canary).ok } }
    if (!yes) { return false }
    if (!plan.judged) { return healthy(plan, canopyStep('canary', withCommon(plan, [action: 'status']))) }
    stage('Analyse') { yes = canopyStep('canary', inOrder(plan, [action: 'analyse', release: plan.release]), plan.canary).ok }
    return yes
}

/** An alert or a passive revert sends everything to stable: then the canary has failed, though each step of ours went well. */
private boolean healthy(Map plan, Map status) {
    if (!status.ok) { return false }
    if (!status.data.alert && !status.data.reverted) { return true }
    String message = "the canary was taken back to stable: ${canopyPlan.readable(canopyPlan.why(status.data.alert ?: status.data.reverted))}"
    if (plan.onVerdict == 'UNSTABLE') { unstable(message: message) } else { error(message) }
    return false
}

/** Outside of node: a person may take hours, and no executor waits with them. */
private void approval(Map plan) {
    milestone(ordinal: 1)
    stage('Approve') {
        try {
            timeout(time: plan.approveWithin, unit: 'HOURS') {
                Map question = [message: plan.question, submitterParameter: 'approver']
                plan.approver = input(plan.approvers ? question + [submitter: plan.approvers] : question)?.toString()
            }
        } catch (InterruptedException e) {
            if (plan.kind == 'stable') { takeBack(plan) }
            throw e
        }
    }
}

/** Refused, or not given in time: the canary gets no more requests, unless it is another build's by now. */
private void takeBack(Map plan) {
    String said = "canopyPipeline: ${plan.release} was not approved"
    Map stopped = null
    try {
        node(plan.agent) {
            fetch(plan)
            stopped = canopyStep('canary', withCommon(plan, [action: 'stop', release: plan.release, reason: 'not approved', wait: plan.wait]), plan.canary)
        }
    } catch (Exception e) {
        currentBuild.result = 'ABORTED'
        error("${said}, and the canary keeps its share: ${canopyPlan.readable(e.message ?: 'the build was aborted again')}")
    }
    if (stopped.outcome != 'done') { return }
    currentBuild.result = 'ABORTED'
    error("${said}: the canary is taken back, ${plan.environment} gets all requests")
}

private Map withCommon(Map plan, Map args) {
    return args + [config: plan.config, credentials: plan.credentials, onVerdict: plan.onVerdict]
}

/** Steps that need the lock wait for it, and give way to a newer build. */
private Map inOrder(Map plan, Map args) { return withCommon(plan, args) + [wait: plan.wait, order: plan.order] }

private void fetch(Map plan) {
    if (plan.checkout instanceof Closure) {
        Closure body = plan.checkout
        body()
    } else {
        checkout(plan.checkout ?: ownScm())
    }
}

/** An inline script has none. */
private Object ownScm() {
    try {
        return scm
    } catch (InterruptedException e) {
        throw e
    } catch (Exception e) {
        error("canopyPipeline: this job has no scm, as an inline script: pass checkout: { git url: '…', branch: '…' }, or what checkout takes")
    }
}

/** The branch's canopy.yml may say who deploys only when it is what Jenkins itself reads from the branch. */
private void trusted(String config) {
    if (readTrusted(config) != readFile(file: config, encoding: 'UTF-8')) {
        error("canopyPipeline: ${config} in the workspace is not the one of the branch; pass environments: to canopyPipeline")
    }
}

/** Jenkins' own lock, when it was asked for; ours guards anyway. */
private void guarded(Map plan, Closure body) {
    if (plan.lock) { lock(resource: plan.lockName) { body() } } else { body() }
}

/** The steps of plugins that this pipeline will take and Jenkins does not have. Nothing but the refusal of an unknown step lists them. */
private List lacking(Map plan) {
    try {
        canopyAsksWhichStepsThereAre()
        return []
    } catch (NoSuchMethodError e) {
        return canopyPlan.absent(plan, e.message)
    }
}
