import cpsrun.FlowInterruptedException
import groovy.json.JsonOutput
import groovy.json.JsonSlurper
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import static org.junit.Assert.*

/** canopyPipeline: the pipeline of the contract, branch by branch, as the exact list of what runs. */
class PipelineTest {
    @Rule public JenkinsFixture jenkins = new JenkinsFixture()
    static final String MAP = "environments: [release: 'production', dev: 'canary']"
    static final String TGZ = '.canopy/artifacts/r1.tgz'

    @Before
    void world() {
        jenkins.answers = [
            'explain config': [data: [app: 'shop', environments: [production: [branch: 'release'], canary: [branch: 'dev']],
                traffic: [stable: 'production', canary: 'canary', weight: 33], canary: [steps: [[weight: 5, forMs: 120000, for: '2m'], [weight: 33, forMs: 0, for: '0s']]]]],
            package: [data: [artifact: TGZ, id: 'r1'], files: [TGZ, '.canopy/artifacts/r1.json']],
            'canary status': [data: [enabled: true, canary: [release: 'r0'], alert: null, reverted: null, analysis: null]],
        ]
        jenkins.credentials.store = [store: [kind: 'string', value: 'redis://x']]
    }

    /** Runs the pipeline; the Jenkins steps and our steps that ran, without the ones that belong to every sh. */
    private List<String> pipeline(String branch, String args, Map env = [:]) {
        jenkins.env = [BRANCH_NAME: branch] + env
        last = jenkins.build("canopyPipeline(${args})")
        def plumbing = /\s*(isUnix|pwd|libraryResource|withEnv|withCredentials|fileExists|readFile|writeFile|dir|deleteDir)\b.*/
        return jenkins.run.trace.findAll { !(it ==~ plumbing) }.collect { plain(it.trim()) }
    }

    /** Without what every call has: the configuration's name and the bound variables. */
    private static String plain(String line) {
        def found = line =~ /^(sh canopy \w+ )(\{.*\})/
        if (!found.find()) { return line }
        def params = new JsonSlurper().parseText(found.group(2)).findAll { it.key != 'config' }.sort()
        return found.group(1) + JsonOutput.toJson(params)
    }
    private List last

    private static List<String> head(String agent = '') { ['properties([symbol: disableConcurrentBuilds, args: []])', "node(${agent})" as String, 'checkout(branch: x)'] }
    static final List<String> EXPLAIN = ['sh canopy explain {"action":"config"}']
    static final List<String> BUILD = ['stage(Check)', 'sh canopy check {}', 'stage(Package)', 'sh canopy package {}', 'milestone()']
    static final List<String> START = ['stage(Canary)', "sh canopy canary {\"action\":\"start\",\"artifact\":\"${TGZ}\"}" as String]
    static final List<String> ANALYSE = ['stage(Analyse)', 'sh canopy canary {"action":"analyse"}']
    static final List<String> CANARY = START + ANALYSE
    static final List<String> PROMOTE = ['stage(Promote)', "sh canopy canary {\"action\":\"promote\",\"artifact\":\"${TGZ}\"}" as String]
    static final List<String> STATUS = ['sh canopy canary {"action":"status"}']
    static final List<String> APPROVAL = ['stash(name: canopy-artifact, includes: .canopy/artifacts/r1.tgz, .canopy/artifacts/r1.json)', 'stage(Approve)',
        'timeout(time: 24, unit: HOURS)', 'input(message: Put r1 on production?)', 'milestone()', 'node()', 'checkout(branch: x)', 'unstash(canopy-artifact)']

    @Test
    void 'a change request deploys nothing, whatever it says'() {
        [MAP, '', "${MAP}, branch: 'release'"].each { args ->
            def ran = pipeline('release', args as String, [CHANGE_ID: '7'])
            assertEquals(head() + ['stage(Check)', 'sh canopy check {}', 'echo(canopyPipeline: change request 7: checks only)'], ran)
            assertEquals(['SUCCESS', null], last)
            assertEquals(['check'], jenkins.calls*.step)
        }
    }

    @Test
    void 'a branch that no environment names is only checked'() {
        assertEquals(head() + ['stage(Check)', 'sh canopy check {}', 'echo(canopyPipeline: no environment for the branch topic: checks only)'], pipeline('topic', MAP))
        assertEquals(head() + ['readTrusted(canopy.yml)'] + EXPLAIN + ['stage(Check)', 'sh canopy check {}',
            'echo(canopyPipeline: no environment for the branch topic: checks only)'], pipeline('topic', ''))
        pipeline(null, MAP)
        assertEquals(['check'], jenkins.calls*.step)
    }

    @Test
    void 'the branch of the canary'() {
        assertEquals(head() + EXPLAIN + BUILD + CANARY, pipeline('dev', MAP))
        assertEquals(['SUCCESS', null], last)
    }

    @Test
    void 'the branch of stable, without approval'() {
        assertEquals(head() + EXPLAIN + BUILD + STATUS + CANARY + PROMOTE, pipeline('release', MAP))
    }

    @Test
    void 'the canary is left out when the release already runs there and has passed'() {
        jenkins.answers['canary status'].data.canary.release = 'r1'
        jenkins.answers['canary status'].data.analysis = [outcome: 'pass']
        assertEquals(head() + EXPLAIN + BUILD + STATUS + PROMOTE, pipeline('release', MAP))
    }

    @Test
    void 'a release that already runs there is judged when it never was, and deployed when it was taken out'() {
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

    @Test
    void 'a canary that fails its analysis is not promoted'() {
        jenkins.answers['canary analyse'] = [exit: 3, outcome: 'fail', reasons: ['errors']]
        def ran = pipeline('release', MAP)
        assertEquals(head() + EXPLAIN + BUILD + STATUS + CANARY, ran.take((head() + EXPLAIN + BUILD + STATUS + CANARY).size()))
        assertFalse(jenkins.calls.any { it.params.action == 'promote' })
        assertEquals('FAILURE', last[0])
    }

    @Test
    void 'an approval is waited for outside of node, and the artifact comes along'() {
        assertEquals(head() + EXPLAIN + BUILD + STATUS + CANARY + APPROVAL + PROMOTE, pipeline('release', "${MAP}, approve: true"))
        assertTrue(jenkins.run.trace.contains('    input(message: Put r1 on production?)'))
        def promote = jenkins.calls.last()
        assertEquals([TGZ, 'promote'], [promote.artifact, promote.params.action])
        assertNotEquals(jenkins.calls[0].cwd, promote.cwd)
        def ran = pipeline('release', "${MAP}, approve: true, approvers: 'ops,anna', approveWithin: 2")
        assertTrue("${ran}", ran.containsAll(['timeout(time: 2, unit: HOURS)', 'input(message: Put r1 on production?, submitter: ops,anna)']))
    }

    @Test
    void 'a refused or forgotten approval promotes nothing'() {
        jenkins.steps.answer = new FlowInterruptedException('Rejected by anna')
        pipeline('release', "${MAP}, approve: true")
        assertEquals('ABORTED', last[0])
        assertFalse(jenkins.calls.any { it.params.action == 'promote' })
    }

    @Test
    void 'without traffic: check, package, deploy'() {
        jenkins.answers['explain config'].data.traffic = null
        def deploy = ['stage(Deploy)', "sh canopy deploy {\"artifact\":\"${TGZ}\",\"environment\":\"production\"}" as String]
        assertEquals(head() + EXPLAIN + BUILD + deploy, pipeline('release', MAP))
        assertEquals(head() + EXPLAIN + BUILD + APPROVAL + deploy, pipeline('release', "${MAP}, approve: true"))
    }

    @Test
    void 'without steps the weight of the traffic section counts'() {
        jenkins.answers['explain config'].data.canary.steps = []
        assertEquals(head() + EXPLAIN + BUILD + START + STATUS, pipeline('dev', MAP))
        jenkins.answers['explain config'].data.canary.steps = [[weight: 33, forMs: 0, for: '0s']]
        assertEquals(head() + EXPLAIN + BUILD + START + STATUS, pipeline('dev', MAP))
    }

    @Test
    void 'the map may come from the trusted configuration'() {
        assertEquals(head() + ['readTrusted(canopy.yml)'] + EXPLAIN + BUILD + CANARY, pipeline('dev', ''))
        jenkins.steps.trusted = ['canopy.yml': 'app: other\n']
        pipeline('dev', '')
        assertEquals('canopyPipeline: canopy.yml in the workspace is not the one of the branch; pass environments: to canopyPipeline', last[1])
        assertEquals([], jenkins.calls)
    }

    @Test
    void 'two environments of one branch have to be told apart'() {
        jenkins.answers['explain config'].data.environments.staging = [branch: 'dev']
        pipeline('dev', '')
        assertEquals('canopyPipeline: the branch dev is named by canary and staging; pass environments: to choose', last[1])
        pipeline('dev', "environments: [dev: 'nowhere']")
        assertEquals('canopyPipeline: there is no environment nowhere in canopy.yml', last[1])
        assertEquals(['explain'], jenkins.calls*.step)
    }

    @Test
    void 'a failed gate stops before anything is touched'() {
        jenkins.answers.check = [code: 3, reasons: ['coverage 70% is below 80%']]
        assertEquals(head() + EXPLAIN + ['stage(Check)', 'sh canopy check {}', 'error(canopy check: coverage 70% is below 80%)'], pipeline('release', MAP))
        assertEquals(['FAILURE', 'canopy check: coverage 70% is below 80%'], last)
        assertEquals(head() + EXPLAIN + ['stage(Check)', 'sh canopy check {}', 'unstable(message: canopy check: coverage 70% is below 80%)'],
            pipeline('release', "${MAP}, onVerdict: 'UNSTABLE'"))
        assertEquals('UNSTABLE', last[0])
        assertEquals(['explain', 'check'], jenkins.calls*.step)
    }

    @Test
    void 'a canary that was taken back stops the pipeline'() {
        jenkins.answers['explain config'].data.canary.steps = []
        jenkins.answers['canary status'].data.alert = 'errors 7 %'
        ['FAILURE', 'UNSTABLE'].each { verdict ->
            def ran = pipeline('dev', "${MAP}, onVerdict: '${verdict}'")
            assertEquals(verdict, last[0])
            assertTrue(ran.last().contains('the canary was taken back to stable: errors 7 %'))
        }
        pipeline('release', MAP)
        assertFalse(jenkins.calls.any { it.params.action == 'promote' })
    }

    @Test
    void 'a step that says no at any point ends it there'() {
        [['canary start', 'start'], ['canary analyse', 'analyse'], ['canary status', 'status'], ['canary promote', 'promote']].each { key, action ->
            def before = jenkins.answers[key]
            jenkins.answers[key] = [code: 3, reasons: ['no']]
            pipeline('release', "${MAP}, onVerdict: 'UNSTABLE'")
            assertEquals(key, 'UNSTABLE', last[0])
            assertEquals(action, jenkins.calls.last().params.action)
            jenkins.answers[key] = before ?: [:]
        }
    }

    @Test
    void 'credentials go to the steps that reach servers, not to checks'() {
        pipeline('release', "${MAP}, credentials: [CANOPY_STORE: 'store']")
        jenkins.calls.each { assertEquals(it.step, it.step in ['canary', 'deploy'] ? 'redis://x' : null, it.env.CANOPY_STORE) }
    }

    @Test
    void 'lock, agent, properties and config are passed on'() {
        jenkins.repository('sub/canopy.yml')
        def ran = pipeline('dev', "${MAP}, lock: true, agent: 'linux', config: 'sub/canopy.yml', properties: [pipelineTriggers([cron('@daily')])]")
        assertTrue("${ran}", ran.contains('lock(resource: canopy-shop)'))
        assertTrue(ran[0].contains('pipelineTriggers'))
        assertEquals('node(linux)', ran[1])
        assertEquals(['sub/canopy.yml'] as Set, jenkins.calls*.params*.config as Set)
    }

    @Test
    void 'a plugin that is missing is one clear line'() {
        [milestone: 'pipeline-milestone-step', properties: 'workflow-multibranch', input: 'pipeline-input-step', lock: 'lockable-resources'].each { step, plugin ->
            jenkins.steps.missing = [step] as Set
            pipeline('release', "${MAP}, approve: true, lock: true")
            assertEquals(['FAILURE', "canopyPipeline needs the step ${step}: install the Jenkins plugin ${plugin}" as String], last)
        }
    }

    @Test
    void 'wrong arguments are clear errors'() {
        ["enviroments: [:]": /there is no argument enviroments; there are environments, .*/, 'environments: [:]': /environments has to be a map.*/,
         "environments: 'x'": /environments has to be a map.*/].each { args, wanted ->
            pipeline('dev', args)
            assertTrue(last[1], last[1] ==~ "canopyPipeline: ${wanted}")
        }
    }

    @Test
    void 'a restart of the controller at every step changes nothing'() {
        jenkins.env = [BRANCH_NAME: 'release']
        assertEquals('SUCCESS', jenkins.fresh(restart: true).resultOf("canopyPipeline(${MAP}, approve: true, lock: true, credentials: [CANOPY_STORE: 'store'])"))
        assertEquals(['explain', 'check', 'package', 'canary', 'canary', 'canary', 'canary'], jenkins.calls*.step)
        assertEquals([], jenkins.run.mismatches)
        assertEquals(jenkins.run.trace.size(), jenkins.run.snapshots)
    }
}
