import cpsrun.FlowInterruptedException
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import static org.junit.Assert.*

/** canopyPipeline where it cannot go on: what the build becomes, and the one line that says why. */
class PipelineEndsTest {
    @Rule public JenkinsFixture jenkins = new JenkinsFixture(alone: true)
    static final String MAP = PipelineTest.MAP
    private List last

    @Before
    void world() {
        jenkins.answers = [
            'explain pipeline': [data: new LinkedHashMap(PipelineTest.STABLE)],
            package: [data: [artifact: PipelineTest.TGZ, id: 'r1'], files: [PipelineTest.TGZ, '.canopy/artifacts/r1.json']],
            'canary status': [data: [enabled: true, canary: [release: 'r0'], stable: [release: 'r0']]],
            'canary stop': [data: [serves: 'the canary gets no requests']],
            status: [data: [environments: []]],
        ]
        jenkins.credentials.store = [store: [kind: 'string', value: 'redis://x']]
    }

    /** The result and the error; in `echoes` what was said. */
    private List pipeline(String branch, String args, Map env = [:]) {
        jenkins.env = [BRANCH_NAME: branch] + env
        last = jenkins.build("canopyPipeline(${args})")
        return last
    }

    private List<String> actions() { jenkins.calls.collect { it.params.action && it.step == 'canary' ? it.params.action : it.step } }

    private List<String> echoes() { jenkins.run.trace.findAll { it.contains('echo(') }*.trim() }

    @Test
    void 'a refused or forgotten approval takes the canary back and says so'() {
        ['Rejected by anna', null].each { reason ->
            jenkins.steps.answer = new FlowInterruptedException(reason)
            assertEquals(['ABORTED', 'canopyPipeline: r1 was not approved: the canary is taken back, production gets all requests'],
                pipeline('release', "${MAP}, approve: true, credentials: [CANOPY_STORE: 'store']"))
            assertEquals(['explain', 'check', 'package', 'status', 'start', 'analyse', 'stop'], actions())
            def stop = jenkins.calls.last()
            assertEquals(['r1', 'not approved', '1h', null, 'redis://x'], [stop.params.release, stop.params.reason, stop.params.wait, stop.params.order, stop.env.CANOPY_STORE])
        }
    }

    @Test
    void 'a canary that cannot be taken back is told in red'() {
        jenkins.steps.answer = new FlowInterruptedException('Rejected by anna')
        jenkins.answers['canary stop'] = [code: 1, errors: [[message: 'the store does not answer', hint: 'is it up?']]]
        assertEquals(['ABORTED', 'canopyPipeline: r1 was not approved, and the canary keeps its share: canopy canary stop -> canary: the store does not answer (is it up?)'],
            pipeline('release', "${MAP}, approve: true"))
    }

    @Test
    void 'a refused approval without a canary deploys nothing'() {
        jenkins.steps.answer = new FlowInterruptedException('Rejected by anna')
        jenkins.answers['explain pipeline'].data.kind = 'plain'
        assertEquals(['ABORTED', 'Rejected by anna'], pipeline('release', "${MAP}, approve: true"))
        assertEquals(['explain', 'check', 'package', 'status'], actions())
    }

    @Test
    void 'a question whose canary belongs to another build by now ends as Jenkins ends it, and leaves that one alone'() {
        def newer = new FlowInterruptedException('Superseded by #8', 'NOT_BUILT')
        jenkins.answers['canary stop'] = [outcome: 'unchanged']
        jenkins.steps.answer = newer
        assertEquals(['NOT_BUILT', 'Superseded by #8'], pipeline('release', "${MAP}, approve: true"))
        assertEquals('stop', actions().last())
        jenkins.steps.answer = 'anna'
        jenkins.steps.milestones = [2: newer]
        assertEquals(['NOT_BUILT', 'Superseded by #8'], pipeline('release', "${MAP}, approve: true"))
        assertFalse(actions().contains('promote'))
        jenkins.steps.milestones = [1: newer]
        assertEquals(['NOT_BUILT', 'Superseded by #8'], pipeline('release', "${MAP}, approve: true"))
        assertFalse(jenkins.run.trace.any { it.contains('input(') })
    }

    @Test
    void 'a build that a newer one has overtaken is not built, and says by whom'() {
        def said = 'superseded on canary: shop/release #8, a newer run of this job, has asked for it'
        ['canary start', 'canary analyse', 'canary promote'].each { key ->
            def before = jenkins.answers[key]
            jenkins.answers[key] = [code: 4, errors: [[code: 'superseded', message: said, hint: 'run it again']]]
            assertEquals(['NOT_BUILT', null], pipeline('release', MAP))
            assertTrue("${echoes()}", echoes().last().startsWith("echo(canopy ${key} -> ${key == 'canary promote' ? 'production' : 'canary'}: superseded on canary: "))
            assertEquals(key - 'canary ', actions().last())
            jenkins.answers[key] = before ?: [:]
        }
        jenkins.answers['explain pipeline'].data.kind = 'plain'
        jenkins.answers.deploy = [code: 4, errors: [[code: 'superseded', message: said]]]
        assertEquals(['NOT_BUILT', null], pipeline('release', MAP))
    }

    @Test
    void 'a lock that did not come free is an error, not a newer build'() {
        jenkins.answers['canary start'] = [code: 4, errors: [[code: 'lock-held', message: 'canary is locked by anna', hint: 'wait for it']]]
        assertEquals(['FAILURE', 'canopy canary start -> canary: canary is locked by anna (wait for it)'], pipeline('release', MAP))
    }

    @Test
    void 'a job without a branch is not built, and gives the argument'() {
        assertEquals(['NOT_BUILT', null], pipeline(null, MAP))
        assertEquals([], jenkins.calls)
        assertTrue("${echoes()}", echoes()[0].startsWith('echo(canopyPipeline: this job names no branch'))
        def saying = jenkins.run.said.last()
        assertTrue(saying, saying.contains("canopyPipeline(branch: 'dev', …)") && saying.contains('nothing is deployed'))
        assertEquals(['SUCCESS', null], pipeline(null, "${MAP}, branch: 'release'"))
        assertEquals(['explain', 'check', 'package', 'status', 'start', 'analyse', 'promote'], actions())
    }

    @Test
    void 'an inline script checks out what it is told'() {
        jenkins.scm = null
        assertEquals(['FAILURE', "canopyPipeline: this job has no scm, as an inline script: pass checkout: { git url: '…', branch: '…' }, or what checkout takes"],
            pipeline(null, "${MAP}, branch: 'release'"))
        assertEquals(['SUCCESS', null], pipeline(null, "${MAP}, branch: 'release', approve: true, checkout: { git(url: 'https://git/shop', branch: 'release') }"))
        assertEquals(2, jenkins.run.trace.count { it.trim() == 'git(url: https://git/shop, branch: release)' })
        assertEquals(['SUCCESS', null], pipeline(null, "${MAP}, branch: 'release', checkout: [\$class: 'GitSCM', branches: [[name: 'release']]]"))
        assertTrue("${jenkins.run.trace}", jenkins.run.trace.any { it.contains('checkout($class: GitSCM') })
        assertEquals(['SUCCESS', null], jenkins.build("canopyPipeline(${MAP}, branch: 'release', checkout: { git(url: 'u') })", [restart: true]))
    }

    @Test
    void 'all that is missing is one line, before anything is built'() {
        jenkins.steps.missing = ['milestone', 'lock'] as Set
        jenkins.credentials.store.key = [kind: 'ssh', value: 'KEY']
        jenkins.answers['explain pipeline'].data.problems = [[code: 'config-variable', message: 'checks.tests.run: the variable TARGET is not set', hint: 'set it']]
        assertEquals(['FAILURE', 'canopyPipeline: the step milestone is missing: install the Jenkins plugin pipeline-milestone-step; ' +
            'the step lock is missing: install the Jenkins plugin lockable-resources; ' +
            "credentials CANOPY_STORE: Could not find credentials entry with ID 'none'; " +
            'checks.tests.run: the variable TARGET is not set (set it)'],
            pipeline('release', "${MAP}, approve: true, lock: true, credentials: [CANOPY_STORE: 'none', CANOPY_SSH_KEY_FILE: 'key']"))
        assertEquals(['explain'], actions())
        assertEquals(['CANOPY_SSH_KEY_FILE,CANOPY_SSH_PASSPHRASE'], jenkins.calls*.env*.CANOPY_BOUND)
    }

    @Test
    void 'a configuration that is wrong is told with the rest'() {
        jenkins.steps.missing = ['input'] as Set
        jenkins.answers['explain pipeline'] = [code: 2, errors: [[message: 'environments.a: unknown key', hint: 'see defaults']]]
        assertEquals(['FAILURE', 'canopyPipeline: the step input is missing: install the Jenkins plugin pipeline-input-step; ' +
            'canopy explain pipeline -> production: environments.a: unknown key (see defaults)'], pipeline('release', "${MAP}, approve: true"))
    }

    @Test
    void 'each plugin that is missing is named, and one that is not needed is not asked for'() {
        [milestone: 'pipeline-milestone-step', input: 'pipeline-input-step', lock: 'lockable-resources', properties: 'workflow-multibranch', unstable: 'workflow-basic-steps',
         withCredentials: 'credentials-binding'].each { step, plugin ->
            jenkins.steps.missing = [step] as Set
            assertEquals(['FAILURE', "canopyPipeline: the step ${step} is missing: install the Jenkins plugin ${plugin}" as String],
                pipeline('release', "${MAP}, approve: true, lock: true, onVerdict: 'UNSTABLE', credentials: [CANOPY_STORE: 'store'], properties: [pipelineTriggers([])]"))
        }
        jenkins.steps.missing = ['milestone', 'input', 'lock', 'properties', 'withCredentials'] as Set
        assertEquals(['SUCCESS', null], pipeline('release', MAP))
        jenkins.steps.missing = ['properties'] as Set
        assertEquals(['FAILURE', 'canopyPipeline: the step properties is missing: install the Jenkins plugin workflow-multibranch'],
            pipeline('topic', "${MAP}, properties: [pipelineTriggers([])]"))
        assertEquals([], jenkins.calls)
    }

    @Test
    void 'the environment of the call has to be one of the configuration'() {
        jenkins.answers['explain pipeline'].data += [environment: null, kind: null, problems: [[message: 'there is no environment "nowhere"', hint: 'check it']]]
        assertEquals(['FAILURE', 'canopyPipeline: there is no environment "nowhere" (check it)'], pipeline('dev', "environments: [dev: 'nowhere']"))
    }

    @Test
    void 'what stage views take for HTML is written otherwise'() {
        jenkins.answers.check = [code: 3, summary: 'tests: pass rate 50 % < 100 % (1 failed: a > b: expected <3> but was <1>)']
        assertEquals(['FAILURE', 'canopy check: tests: pass rate 50 % ‹ 100 % (1 failed: a › b: expected ‹3› but was ‹1›)'], pipeline('release', MAP))
    }
}
