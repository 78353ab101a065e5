import cpsrun.FlowInterruptedException
import org.junit.Test
import static org.junit.Assert.*

/** canopyPipeline where it does not go on: the result of the build, its one line, and what serves afterwards. */
class RealPipelineEndsTest extends RealWorld {
    private static final String START = 'node "$BIN/canary.js" start ${ORDER:+--order "$ORDER"}'

    @Test
    void 'a refused approval takes the canary back'() {
        released()
        ship('2')
        jenkins.steps.answer = new FlowInterruptedException('Rejected by anna')
        def ended = build('release', ', approve: true')
        assertServes(serves('1', '2', '0'), ended)
        assertEquals('ABORTED', ended.result)
        assertTrue(ended.error, ended.error ==~ /canopyPipeline: \S+ was not approved: the canary is taken back, production gets all requests/)
        jenkins.steps.answer = 'anna'
        assertServes(serves('2', '2', '0'), build('release', ', approve: true'))
    }

    @Test
    void 'a promote that is reverted is one line, with what serves and what the canary gets'() {
        released()
        ship('sick on web-1')
        def ended = build('release')
        assertServes(serves('1', 'sick on web-1', '0'), ended)
        assertEquals('FAILURE', ended.result)
        def wanted = /canopy canary promote -> production: reverted: web-1: gate failed.*; the canary is taken back: production gets all requests; production runs \S+/
        assertTrue(ended.error, ended.error ==~ wanted)
    }

    @Test
    void 'an older build gives way to a newer one of its job, whatever it waits for'() {
        released()
        ship('2')
        assertServes(serves('2', '2', '0'), build('release', '', [number: 9]))
        ship('3')
        def older = build('release', '', [number: 8])
        assertServes(serves('2', '2', '0'), older)
        assertEquals(['NOT_BUILT', null], [older.result, older.error])
        def said = jenkins.run.said.last()
        assertTrue(said, said.startsWith('canopy canary start -> canary: superseded on canary: jenkins-shop-release-9') && said.contains('a newer run of this job'))
    }

    @Test
    void 'a canary that another branch has put up meanwhile is not promoted for ours'() {
        released()
        ship('2')
        def other = null
        jenkins.steps.asking = { if (other == null) { other = otherRun('3', [:], START) } }
        def ended = build('release', ', approve: true')
        assertServes(serves('1', '3', '40'), ended)
        assertEquals(['NOT_BUILT', null], [ended.result, ended.error])
        assertTrue(jenkins.run.said.last(), jenkins.run.said.last().contains('superseded on canary: it runs '))
    }

    @Test
    void 'a test that fails is one line with its assertion'() {
        ship('2', ['junit.xml': '<testsuite tests="1"><testcase classname="cart" name="adds"><failure message="expected:&lt;3&gt; but was:&lt;1&gt;"/></testcase></testsuite>'])
        def ended = build('release')
        assertEquals('FAILURE', ended.result)
        assertEquals('canopy check: tests: pass rate 0 % ‹ 100 % (1 failed: cart › adds: expected:‹3› but was:‹1›)', ended.error)
        assertServes(serves(null, null, null), ended)
    }

    @Test
    void 'what is missing is told before anything is built'() {
        ship('2', [:], ', \'echo ${env:TARGET}\'')
        def ended = build('release', ', lock: true')
        assertTrue(ended.error, ended.error ==~ /canopyPipeline: checks\.tests\.run\[\d\]: the variable TARGET is not set \(.*\)/)
        assertEquals('FAILURE', ended.result)
        assertServes(serves(null, null, null), ended)
        jenkins.credentials.store = [:]
        assertTrue(build('release').error.startsWith("canopyPipeline: credentials CANOPY_STORE: Could not find credentials entry with ID 'store'; "))
    }

    @Test
    void 'an approval that comes after a newer build of the job has promoted changes nothing'() {
        def promote = "${START} && node \"\$BIN/canary.js\" promote --order \$ORDER" as String
        [new FlowInterruptedException('Superseded by #9', 'NOT_BUILT'), 'anna'].each { answer ->
            released()
            ship('2')
            def other = null
            jenkins.steps.answer = answer
            jenkins.steps.asking = { other = otherRun('3', [JOB_NAME: 'shop/release', BUILD_NUMBER: '9', BUILD_TAG: 'jenkins-shop-release-9', ORDER: '1800000009000'], promote) }
            def ended = build('release', ', approve: true', [number: 8])
            assertServes(serves('3', '3', '0'), ended)
            assertEquals(["NOT_BUILT", answer instanceof String ? null : 'Superseded by #9'], [ended.result, ended.error])
            assertTrue(other, other.contains('promoted') || other.contains('runs'))
        }
        assertTrue(jenkins.run.said.last(), jenkins.run.said.last().startsWith('canopy canary promote -> production: superseded on canary: jenkins-shop-release-9'))
    }

    @Test
    void 'an approval that is not given in time takes the canary back, and one that cannot be taken back is told in red'() {
        released()
        ship('2')
        jenkins.steps.answer = new FlowInterruptedException(null)
        def late = build('release', ', approve: true')
        assertServes(serves('1', '2', '0'), late)
        assertEquals('ABORTED', late.result)
        assertTrue(late.error, late.error.endsWith(' was not approved: the canary is taken back, production gets all requests'))
        jenkins.steps.asking = { redis.stop() }
        def stuck = build('release', ', approve: true')
        assertServes(serves('1', '2', '40'), stuck)
        assertEquals('ABORTED', stuck.result)
        assertTrue(stuck.error, stuck.error ==~ /canopyPipeline: \S+ was not approved, and the canary keeps its share: canopy canary stop -> canary: .*/)
    }

    @Test
    void 'a promote that fails before it begins says that the canary keeps its share'() {
        released()
        ship('2')
        jenkins.steps.asking = {
            new File(at('web-1')).renameTo(new File(at('web-1.old')))
            new File(at('web-1')).text = 'in the way'
        }
        def ended = build('release', ', approve: true')
        new File(at('web-1')).delete()
        new File(at('web-1.old')).renameTo(new File(at('web-1')))
        assertServes(serves('1', '2', '40'), ended + serving())
        assertEquals('FAILURE', ended.result)
        assertTrue(ended.error, ended.error.startsWith('canopy canary promote -> production: ') && ended.error.contains('the canary keeps its share'))
    }

    @Test
    void 'a canary that its gates refuse is taken back, and is one line'() {
        released()
        ship('2', [:], '', "gates: [{ name: smoke, command: 'echo no coffee; exit 1', every: 1s }]")
        def ended = build('release')
        assertServes(serves('1', '2', '0'), ended)
        assertEquals('FAILURE', ended.result)
        assertTrue(ended.error, ended.error.startsWith('canopy canary analyse -> canary: ') && ended.error.contains('smoke'))
        def unstable = build('dev', ", onVerdict: 'UNSTABLE'")
        assertServes(serves('1', '2', '0'), unstable)
        assertEquals(['UNSTABLE', null], [unstable.result, unstable.error])
    }

    @Test
    void 'a lock that does not come free is told with who has it'() {
        released()
        ship('2')
        redis.ask("SET canopy:shop:lock:canary '{\"id\":\"0123456789abcdef\",\"holder\":\"bert\",\"run\":\"jenkins-other-1\",\"reason\":\"deploy r9\",\"url\":\"http://j/1/\",\"token\":1,\"since\":1}'")
        def ended = build('release', ", wait: '1s'")
        assertServes(serves('1', '1', '0'), ended)
        assertEquals('FAILURE', ended.result)
        assertTrue(ended.error, ended.error.startsWith('canopy canary start -> canary: canary is locked by bert (jenkins-other-1) since ') && ended.error.contains('http://j/1/'))
    }

    @Test
    void 'a job without a branch, a script without a scm and a missing plugin touch nothing'() {
        released()
        ship('2')
        jenkins.fresh()
        assertEquals('NOT_BUILT', jenkins.run.resultOf("canopyPipeline(${ARGS})"))
        assertEquals(serves('1', '1', '0'), serving())
        assertTrue(jenkins.run.said.last(), jenkins.run.said.last().contains("canopyPipeline(branch: 'dev', …)"))
        jenkins.scm = null
        def (result, error) = jenkins.build("canopyPipeline(${ARGS}, branch: 'release')")
        assertEquals(['FAILURE', serves('1', '1', '0')], [result, serving()])
        assertTrue(error, error.contains("pass checkout: { git url: '…', branch: '…' }"))
        jenkins.scm = [branch: 'x']
        jenkins.steps.missing = ['milestone'] as Set
        def ended = build('release', ', approve: true')
        assertServes(serves('1', '1', '0'), ended)
        assertEquals(['FAILURE', 'canopyPipeline: the step milestone is missing: install the Jenkins plugin pipeline-milestone-step'], [ended.result, ended.error])
    }
}
