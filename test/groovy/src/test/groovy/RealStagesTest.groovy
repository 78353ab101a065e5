import cpsrun.FlowInterruptedException
import cpsrun.Snippets
import org.junit.Before
import org.junit.Test
import static org.junit.Assert.*

/** The pipeline by hand, as docs/jenkins.md has it, with the compiled steps: how it ends, and what serves afterwards. */
class RealStagesTest extends RealWorld {
    static final String BY_HAND = Snippets.of(new File(JenkinsFixture.PROJECT, 'docs/jenkins.md')).find { it.contains('submitterParameter') }
    /** Its first part alone, for the branch of the canary. */
    static final String CANARY = BY_HAND.substring(0, BY_HAND.indexOf("stage('Approve')"))

    @Before
    void credentials() {
        jenkins.credentials.store += ['shop-redis': [kind: 'string', value: redis.url], 'shop-ssh': [kind: 'ssh', value: 'KEY']]
        released()
        ship('2')
    }

    private Map stages(String text = BY_HAND, Map options = [:]) { buildOf('release', text, options) }

    @Test
    void 'approved, it is on all, by whoever approved'() {
        def ended = stages()
        assertServes(serves('2', '2', '0'), ended)
        assertEquals(['SUCCESS', null], [ended.result, ended.error])
        assertEquals('anna', new groovy.json.JsonSlurper().parse(new File(at('web-1'), 'current/.canopy/release.json')).by)
        assertServes(serves('2', '2', '0'), stages())
    }

    @Test
    void 'refused or forgotten, the canary is taken back'() {
        ['Rejected by anna', null].each { said ->
            jenkins.steps.answer = new FlowInterruptedException(said)
            def ended = stages()
            assertServes(serves('1', '2', '0'), ended)
            assertEquals(['ABORTED', said], [ended.result, ended.error])
        }
    }

    @Test
    void 'a check that says no touches nothing'() {
        ship('2', ['junit.xml': '<testsuite tests="1"><testcase classname="cart" name="adds"><failure message="expected:&lt;3&gt; but was:&lt;1&gt;"/></testcase></testsuite>'])
        def ended = stages()
        assertServes(serves('1', '1', '0'), ended)
        assertEquals(['FAILURE', 'canopy check: tests: pass rate 0 % ‹ 100 % (1 failed: cart › adds: expected:‹3› but was:‹1›)'], [ended.result, ended.error])
    }

    @Test
    void 'a canary that is refused by its gates, and a promote that is reverted, go back'() {
        ship('sick on web-1')
        def reverted = stages()
        assertServes(serves('1', 'sick on web-1', '0'), reverted)
        assertEquals('FAILURE', reverted.result)
        assertTrue(reverted.error, reverted.error.startsWith('canopy canary promote: reverted: web-1: gate failed') && reverted.error.contains('the canary is taken back'))
        ship('3', [:], '', "gates: [{ name: smoke, command: 'exit 1', every: 1s }]")
        def refused = stages()
        assertServes(serves('1', '3', '0'), refused)
        assertEquals('FAILURE', refused.result)
        assertTrue(refused.error, refused.error.startsWith('canopy canary analyse: ') && refused.error.contains('smoke'))
    }

    @Test
    void 'a canary of another branch is not promoted in its place'() {
        jenkins.steps.asking = { otherRun('3', [:], 'node "$BIN/canary.js" start') }
        def ended = stages()
        assertServes(serves('1', '3', '40'), ended)
        assertEquals('FAILURE', ended.result)
        assertTrue(ended.error, ended.error.startsWith('canopy canary promote: '))
    }

    @Test
    void 'an older build gives way to a newer one'() {
        def ordered = CANARY.replace("stage('Canary') {", "stage('Canary') { if (!(").replace("action: 'start', wait: '1h', credentials: keys) }",
            "action: 'start', wait: '1h', order: currentBuild.startTimeInMillis, credentials: keys).ok)) { return } }").replaceAll(/(?m)^.*stage\('Analyse'\).*$/, '')
        assertServes(serves('1', '2', '40'), stages(ordered, [number: 9]))
        ship('3')
        def older = stages(ordered, [number: 8])
        assertServes(serves('1', '2', '40'), older)
        assertEquals(['NOT_BUILT', null], [older.result, older.error])
        assertTrue(jenkins.run.said.last(), jenkins.run.said.last().startsWith('canopy canary start: superseded on canary: jenkins-shop-release-9'))
    }

    @Test
    void 'what is missing is told by the step that needs it'() {
        ship('2', [:], ', \'echo ${env:TARGET}\'')
        def variable = stages()
        assertTrue(variable.error, variable.error ==~ /canopy check: checks\.tests\.run\[\d\]: the variable TARGET is not set \(.*\)/)
        ship('2')
        jenkins.credentials.store.remove('shop-ssh')
        def credential = stages()
        assertEquals("canopy canary start: credentials CANOPY_SSH_KEY_FILE: Could not find credentials entry with ID 'shop-ssh'", credential.error)
        jenkins.steps.missing = ['withCredentials'] as Set
        def plugin = stages()
        assertEquals('canopy canary start: the step withCredentials is missing: install the Jenkins plugin credentials-binding', plugin.error)
        [variable, credential, plugin].each { assertEquals([result: 'FAILURE'] + serves('1', '1', '0'), it.subMap(['result', 'production', 'canary', 'share'])) }
    }

    @Test
    void 'both branches at once: none is red'() {
        jenkins.fresh(parallelSteps: true)
        def inline = { String text -> text.replaceAll(/(?m)^@Library.*$/, '') }
        def ends = jenkins.run.run("""
            def ends = [:]
            def of = { branch, body -> withEnv(["JOB_NAME=shop/\${branch}", 'BUILD_NUMBER=1', "BUILD_TAG=shop-\${branch}-1"]) {
                try { body(); ends[branch] = 'ended' } catch (Exception e) { ends[branch] = e.message }
            } }
            parallel(dev: { of('dev') { ${inline(CANARY)} } }, release: { of('release') { ${inline(BY_HAND)} } })
            return ends""")
        // By hand nothing gives way by itself: the canary may be promoted before its own branch has judged it.
        def overtaken = jenkins.run.said.any { it.contains('superseded on canary: another run has promoted') }
        assertEquals(log(), [dev: 'ended', release: 'ended'], ends)
        assertEquals(overtaken ? 'NOT_BUILT' : 'SUCCESS', jenkins.run.globals.currentBuild.currentResult)
        assertEquals('2', serving().production)
    }
}
