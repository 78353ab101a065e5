import groovy.json.JsonOutput
import groovy.json.JsonSlurper
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import static org.junit.Assert.*

/** canopyPipeline: the pipeline of the contract, branch by branch, as the exact list of what runs. */
class PipelineTest {
    @Rule public JenkinsFixture jenkins = new JenkinsFixture(alone: true)
    static final String MAP = "environments: [release: 'production', dev: 'canary']"
    static final String TGZ = '.canopy/artifacts/r1.tgz'
    static final Map STABLE = [app: 'shop', environment: 'production', kind: 'stable', stable: 'production', canary: 'canary', judged: true, problems: []]

    @Before
    void world() {
        jenkins.answers = [
            'explain pipeline': [data: new LinkedHashMap(STABLE)],
            package: [data: [artifact: TGZ, id: 'r1'], files: [TGZ, '.canopy/artifacts/r1.json']],
            'canary status': [data: [enabled: true, canary: [release: 'r0'], stable: [release: 'r0'], alert: null, reverted: null, analysis: null]],
            status: [data: [environments: [[name: 'production', instances: [[name: 'web-1', release: 'r0'], [name: 'web-2', release: 'r1']]]]]],
        ]
        jenkins.credentials.store = [store: [kind: 'string', value: 'redis://x']]
        jenkins.steps.answer = 'anna'
    }

    private void branch(String environment, String kind) { jenkins.answers['explain pipeline'].data += [environment: environment, kind: kind] }

    /** Runs the pipeline; the Jenkins steps and our steps that ran, without the blocks that belong to every sh. */
    private List<String> pipeline(String branch, String args, Map env = [:]) {
        jenkins.env = [BRANCH_NAME: branch] + env
        if (branch == 'dev') { this.branch('canary', 'canary') }
        last = jenkins.build("canopyPipeline(${args})")
        def plumbing = /\s*(withEnv|withCredentials|readFile|canopyAsksWhichStepsThereAre)\b.*/
        return jenkins.run.trace.findAll { !(it ==~ plumbing) }.collect { plain(it.trim()) }
    }

    /** Without what every call has: the configuration's name, how it asks for the lock, and the bound variables. */
    private static String plain(String line) {
        def found = line =~ /^(sh canopy [\w .>-]+ )(\{.*\})/
        if (!found.find()) { return line }
        def params = new JsonSlurper().parseText(found.group(2)).findAll { !(it.key in ['config', 'wait', 'order', 'action']) }.sort()
        return found.group(1) + (params ? JsonOutput.toJson(params) : '')
    }
    private List last

    private static List<String> head(String agent = '') { ["node(${agent})" as String, 'checkout(branch: x)'] }
    private static List<String> explain(String branch, String environment) {
        ["sh canopy explain pipeline -> ${environment} {\"branch\":\"${branch}\",\"environment\":\"${environment}\"}" as String]
    }
    static final List<String> EXPLAIN = explain('release', 'production')
    static final List<String> BUILD = ['stage(Check)', 'sh canopy check ', 'stage(Package)', 'sh canopy package ']
    static final List<String> STATUS = ['sh canopy canary status ']
    static final List<String> START = ['stage(Canary)', "sh canopy canary start -> canary {\"artifact\":\"${TGZ}\"}" as String]
    static final List<String> ANALYSE = ['stage(Analyse)', 'sh canopy canary analyse -> canary {"release":"r1"}']
    static final List<String> CANARY = START + ANALYSE
    static final List<String> PROMOTE = ['stage(Promote)', "sh canopy canary promote -> production {\"artifact\":\"${TGZ}\"}" as String]
    static final List<String> DEPLOY = ['stage(Deploy)', "sh canopy deploy -> production {\"artifact\":\"${TGZ}\",\"environment\":\"production\"}" as String]
    static final List<String> STASH = ['stash(name: canopy-artifact, includes: .canopy/artifacts/r1.tgz, .canopy/artifacts/r1.json)']
    static final List<String> ASKED = ['milestone(ordinal: 1)', 'stage(Approve)', 'timeout(time: 24, unit: HOURS)',
        'input(message: Put r1 on production?, submitterParameter: approver)']
    static final List<String> APPROVED = ['node()', 'checkout(branch: x)', 'unstash(canopy-artifact)', 'milestone(ordinal: 2)', 'milestone(ordinal: 1999999993)']
    static final List<String> APPROVAL = STASH + ASKED + APPROVED

    @Test void 'a change request deploys nothing, whatever it says'() {
        [MAP, '', "${MAP}, branch: 'release'"].each { args ->
            def ran = pipeline('release', args as String, [CHANGE_ID: '7'])
            assertEquals(head() + ['stage(Check)', 'sh canopy check ', 'echo(canopyPipeline: change request 7: checks only)'], ran)
            assertEquals(['SUCCESS', null], last)
            assertEquals(['check'], jenkins.calls*.step)
        }
    }

    @Test void 'a tag deploys nothing, though it has the name of a branch'() {
        [MAP, ''].each { args ->
            assertEquals(head() + ['stage(Check)', 'sh canopy check ', 'echo(canopyPipeline: tag release: checks only)'], pipeline('release', args, [TAG_NAME: 'release']))
            assertEquals(['SUCCESS', null], last)
        }
        pipeline('v7', "${MAP}, branch: 'release'", [TAG_NAME: 'v7'])
        assertEquals('promote', jenkins.calls.last().params.action)
    }

    @Test void 'a branch that no environment names is only checked'() {
        assertEquals(head() + ['stage(Check)', 'sh canopy check ', 'echo(canopyPipeline: no environment for the branch topic: checks only)'], pipeline('topic', MAP))
        jenkins.answers['explain pipeline'].data += [environment: null, kind: null]
        assertEquals(head() + ['readTrusted(canopy.yml)', 'sh canopy explain pipeline {"branch":"topic"}', 'stage(Check)', 'sh canopy check ',
            'echo(canopyPipeline: no environment for the branch topic: checks only)'], pipeline('topic', ''))
        assertEquals('SUCCESS', last[0])
    }

    @Test void 'the branch of the canary'() {
        assertEquals(head() + explain('dev', 'canary') + BUILD + STATUS + CANARY, pipeline('dev', MAP))
        assertEquals(['SUCCESS', null], last)
    }

    @Test void 'the branch of stable, without approval'() {
        assertEquals(head() + EXPLAIN + BUILD + STATUS + CANARY + PROMOTE, pipeline('release', MAP))
        assertEquals(['SUCCESS', null], last)
    }

    @Test void 'what needs the lock waits for it, and gives way to a newer build'() {
        pipeline('release', MAP)
        jenkins.calls.each { call ->
            def ordered = call.step == 'canary' && call.params.action != 'status'
            assertEquals("${call.params}" as String, ordered ? ['1h', 1_800_000_000_000L] : [null, null], [call.params.wait, call.params.order])
        }
        pipeline('release', "${MAP}, wait: '5m'")
        assertEquals('5m', jenkins.calls.last().params.wait)
    }

    @Test void 'the canary is left out when the release already runs there and has passed'() {
        jenkins.answers['canary status'].data.canary.release = 'r1'
        jenkins.answers['canary status'].data.analysis = [outcome: 'pass']
        assertEquals(head() + EXPLAIN + BUILD + STATUS + PROMOTE, pipeline('release', MAP))
    }

    @Test void 'a release that already runs there is judged when it never was, and deployed when it was taken out'() {
        def data = jenkins.answers['canary status'].data
        data.canary.release = 'r1'
        [null, [outcome: null], [outcome: 'inconclusive']].each {
            data.analysis = it
            assertEquals(head() + EXPLAIN + BUILD + STATUS + ['stage(Canary)'] + ANALYSE + PROMOTE, pipeline('release', MAP))
        }
        data.enabled = false
        data.analysis = [outcome: 'fail']
        assertEquals(head() + EXPLAIN + BUILD + STATUS + CANARY + PROMOTE, pipeline('release', MAP))
    }

    @Test void 'a build of what runs already looks at the gates once: no canary, no question'() {
        jenkins.answers['canary status'].data.stable.release = 'r1'
        assertEquals(head() + EXPLAIN + BUILD + STATUS + DEPLOY, pipeline('release', "${MAP}, approve: true"))
        assertEquals(['SUCCESS', null], last)
        assertEquals(head() + explain('dev', 'canary') + BUILD + STATUS + ['echo(canopyPipeline: production runs r1 already: no canary of it)'], pipeline('dev', MAP))
        jenkins.answers['canary status'].data += [stable: [release: 'r0'], canary: [release: 'r1'], analysis: [outcome: 'pass']]
        assertEquals(head() + explain('dev', 'canary') + BUILD + STATUS + ['stage(Deploy)', "sh canopy deploy -> canary {\"artifact\":\"${TGZ}\",\"environment\":\"canary\"}" as String],
            pipeline('dev', MAP))
    }

    @Test void 'a canary that fails its analysis is not promoted'() {
        jenkins.answers['canary analyse'] = [code: 3, outcome: 'fail', summary: 'errors 7 %; everything goes to stable']
        def ran = pipeline('release', MAP)
        assertEquals(head() + EXPLAIN + BUILD + STATUS + CANARY + ['error(canopy canary analyse -> canary: errors 7 %; everything goes to stable)'], ran)
        assertEquals('FAILURE', last[0])
    }

    @Test void 'an approval is waited for outside of node, the artifact comes along, and who approved is the actor'() {
        assertEquals(head() + EXPLAIN + BUILD + STATUS + CANARY + APPROVAL + PROMOTE, pipeline('release', "${MAP}, approve: true"))
        assertTrue(jenkins.run.trace.contains('    input(message: Put r1 on production?, submitterParameter: approver)'))
        def promote = jenkins.calls.last()
        assertEquals([TGZ, 'promote', 'anna'], [promote.artifact, promote.params.action, promote.env.CANOPY_ACTOR])
        assertEquals([null] as Set, jenkins.calls.take(jenkins.calls.size() - 1)*.env*.CANOPY_ACTOR as Set)
        assertNotEquals(jenkins.calls[0].cwd, promote.cwd)
        jenkins.steps.answer = 'a$b'
        def ran = pipeline('release', "${MAP}, approve: true, approvers: 'ops,anna', approveWithin: 2")
        assertTrue("${ran}", ran.containsAll(['timeout(time: 2, unit: HOURS)', 'input(message: Put r1 on production?, submitterParameter: approver, submitter: ops,anna)']))
        assertEquals('a$b', jenkins.calls.last().env.CANOPY_ACTOR)
    }

    @Test void 'without traffic: check, package, deploy, a question only when there is something to deploy'() {
        branch('production', 'plain')
        assertEquals(head() + EXPLAIN + BUILD + DEPLOY, pipeline('release', MAP))
        def status = ['sh canopy status -> production {"environment":"production"}']
        assertEquals(head() + EXPLAIN + BUILD + status + APPROVAL + DEPLOY, pipeline('release', "${MAP}, approve: true"))
        assertEquals('anna', jenkins.calls.last().env.CANOPY_ACTOR)
        jenkins.answers.status.data.environments[0].instances*.release = 'r1'
        assertEquals(head() + EXPLAIN + BUILD + status + DEPLOY, pipeline('release', "${MAP}, approve: true"))
    }

    @Test void 'without steps the weight of the traffic section counts'() {
        jenkins.answers['explain pipeline'].data.judged = false
        assertEquals(head() + explain('dev', 'canary') + BUILD + STATUS + START + STATUS, pipeline('dev', MAP))
    }

    @Test void 'the map may come from the trusted configuration'() {
        branch('canary', 'canary')
        assertEquals(head() + ['readTrusted(canopy.yml)', 'sh canopy explain pipeline {"branch":"dev"}'] + BUILD + STATUS + CANARY, pipeline('dev', ''))
        jenkins.steps.trusted = ['canopy.yml': 'app: other\n']
        pipeline('dev', '')
        assertEquals('canopyPipeline: canopy.yml in the workspace is not the one of the branch; pass environments: to canopyPipeline', last[1])
        assertEquals([], jenkins.calls)
    }

    @Test void 'a failed gate stops before anything is touched'() {
        jenkins.answers.check = [code: 3, reasons: ['coverage 70% is below 80%']]
        assertEquals(head() + EXPLAIN + ['stage(Check)', 'sh canopy check ', 'error(canopy check: coverage 70% is below 80%)'], pipeline('release', MAP))
        assertEquals(['FAILURE', 'canopy check: coverage 70% is below 80%'], last)
        assertEquals(head() + EXPLAIN + ['stage(Check)', 'sh canopy check ', 'unstable(message: canopy check: coverage 70% is below 80%)'],
            pipeline('release', "${MAP}, onVerdict: 'UNSTABLE'"))
        assertEquals('UNSTABLE', last[0])
        assertEquals(['explain', 'check'], jenkins.calls*.step)
    }

    @Test void 'a canary that was taken back stops the pipeline'() {
        jenkins.answers['explain pipeline'].data.judged = false
        jenkins.answers['canary status'].data.alert = [by: 'anna', reason: 'errors <7> %']
        ['FAILURE', 'UNSTABLE'].each { verdict ->
            def ran = pipeline('dev', "${MAP}, onVerdict: '${verdict}'")
            assertEquals(verdict, last[0])
            assertTrue(ran.last(), ran.last().endsWith('the canary was taken back to stable: errors ‹7› %)'))
        }
        branch('production', 'stable')
        pipeline('release', MAP)
        assertFalse(jenkins.calls.any { it.params.action == 'promote' })
    }

    @Test void 'a step that says no at any point ends it there'() {
        [['canary start', 'start'], ['canary analyse', 'analyse'], ['canary status', 'status'], ['canary promote', 'promote']].each { key, action ->
            def before = jenkins.answers[key]
            jenkins.answers[key] = [code: 3, reasons: ['no']]
            pipeline('release', "${MAP}, onVerdict: 'UNSTABLE'")
            assertEquals(key, 'UNSTABLE', last[0])
            assertEquals(action, jenkins.calls.last().params.action)
            jenkins.answers[key] = before ?: [:]
        }
    }

    @Test void 'credentials go to the steps that reach servers, not to checks'() {
        pipeline('release', "${MAP}, credentials: [CANOPY_STORE: 'store']")
        assertEquals([explain: 'redis://x', check: null, package: null, canary: 'redis://x'], jenkins.calls.collectEntries { [it.step, it.env.CANOPY_STORE] })
    }

    @Test void 'lock, agent, properties and config are passed on'() {
        jenkins.repository('sub/canopy.yml')
        def ran = pipeline('dev', "${MAP}, lock: true, agent: 'linux', config: 'sub/canopy.yml', properties: [pipelineTriggers([cron('@daily')])]")
        assertTrue("${ran}", ran.contains('lock(resource: canopy-shop)'))
        assertTrue(ran[0].contains('properties([symbol: pipelineTriggers'))
        assertEquals('node(linux)', ran[1])
        assertEquals(['sub/canopy.yml'] as Set, jenkins.calls*.params*.config as Set)
    }

    @Test void 'wrong arguments are clear errors'() {
        ["enviroments: [:]": /there is no argument enviroments; there are environments, .*/, "'<x>': 1": /there is no argument ‹x›; there are .*/, 'environments: [:]': /environments has to be a map.*/,
         "environments: 'x'": /environments has to be a map.*/, "credentials: 'x'": /credentials has to be a map.*/].each { args, wanted ->
            pipeline('dev', args)
            assertTrue(last[1], last[1] ==~ "canopyPipeline: ${wanted}")
        }
    }

    @Test void 'a restart of the controller at every step changes nothing'() {
        jenkins.env = [BRANCH_NAME: 'release']
        assertEquals('SUCCESS', jenkins.fresh(restart: true).resultOf("canopyPipeline(${MAP}, approve: true, lock: true, credentials: [CANOPY_STORE: 'store'])"))
        assertEquals(['explain', 'check', 'package', 'canary', 'canary', 'canary', 'canary'], jenkins.calls*.step)
        assertEquals([], jenkins.run.mismatches)
        assertEquals(jenkins.run.trace.size(), jenkins.run.snapshots)
    }
}
