import static cpsrun.CurrentBuild.by
import static cpsrun.CurrentBuild.byUser
import cpsrun.Redis
import groovy.json.JsonSlurper
import org.junit.Test
import static org.junit.Assert.*

/** canopyPipeline as it ends when all goes well, and whom it names. */
class RealPipelineTest extends RealWorld {
    @Test
    void 'a push to the branch of stable goes to all, and again changes nothing'() {
        def first = build('release')
        assertServes(serves('1', '1', '0'), first)
        assertEquals(['SUCCESS', null], [first.result, first.error])
        def inode = java.nio.file.Files.readSymbolicLink(new File(at('web-1'), 'current').toPath())
        def again = build('release', ', approve: true')
        assertServes(serves('1', '1', '0'), again)
        assertEquals(['SUCCESS', null], [again.result, again.error])
        assertFalse(jenkins.run.trace.any { it.contains('input(') || it.contains('canary start') })
        assertTrue(log(), log().contains('runs') && log().contains('already: nothing to do'))
        assertEquals(inode, java.nio.file.Files.readSymbolicLink(new File(at('web-1'), 'current').toPath()))
    }

    @Test
    void 'a push to the branch of the canary ends with its share, and again changes nothing'() {
        released()
        ship('2')
        assertServes(serves('1', '2', '40'), build('dev'))
        def again = build('dev')
        assertServes(serves('1', '2', '40'), again)
        assertEquals(['SUCCESS', null], [again.result, again.error])
        assertFalse(jenkins.run.trace.any { it.contains('canary start') })
    }

    @Test
    void 'the first indexing builds both branches at once: none is red, and production has the release'() {
        jenkins.fresh(parallelSteps: true)
        def ends = jenkins.run.run("""
            def ends = [:]
            def one = { branch -> withEnv(["JOB_NAME=shop/\${branch}", 'BUILD_NUMBER=1', "BUILD_TAG=shop-\${branch}-1"]) {
                try { ${pipeline('BRANCH').replace("'BRANCH'", 'branch')}; ends[branch] = 'ended' } catch (Exception e) { ends[branch] = e.message }
            } }
            parallel(dev: { one('dev') }, release: { one('release') })
            return ends""")
        assertEquals(log(), [dev: 'ended', release: 'ended'], ends)
        assertTrue(jenkins.run.globals.currentBuild.currentResult in ['SUCCESS', 'NOT_BUILT'])
        assertEquals('1', serving().production)
        assertEquals(':0', redis.ask('EXISTS canopy:shop:lock:canary'))
    }

    @Test
    void 'who approved is the actor of the promotion, who pressed the button of all before it'() {
        def person = 'o\'brien "x" $HOME é'
        released()
        jenkins.causes = [byUser(person)]
        ship('2')
        jenkins.steps.answer = 'anna $HOME'
        def ended = build('release', ', approve: true')
        assertServes(serves('2', '2', '0'), ended)
        assertEquals('SUCCESS', ended.result)
        assertEquals([person, 'anna $HOME'], ['can-1', 'web-1'].collect { new JsonSlurper().parse(new File(at(it), 'current/.canopy/release.json')).by })
        def items = history()
        assertEquals([production: 'anna $HOME', canary: person], items.findAll { it.action == 'deploy' }.reverse().collectEntries { [it.environment, it.actor.name] })
        assertEquals([person, 'jenkins-shop-release-1'] as Set, items.findAll { it.action.startsWith('canary start') }*.actor*.name as Set)
        jenkins.causes = [by('hudson.triggers.TimerTrigger$TimerTriggerCause', 'Started by timer')]
        ship('3')
        build('dev')
        assertEquals('jenkins-shop-dev-3', history().find { it.action == 'deploy' }.actor.name)
    }

    private List<Map> history() { jenkins.inNode("checkout scm; return canopyHistory(limit: 20, commits: 0, credentials: [CANOPY_STORE: 'store'])").data.items }

    @Test
    void 'a lock names the person and the build'() {
        released()
        ship('2')
        jenkins.causes = [byUser('o\'brien $HOME')]
        def began = new File(jenkins.root, 'began')
        def config = jenkins.steps.repository['canopy.yml'] as String
        jenkins.steps.repository['canopy.yml'] = config.replace("start: 'true'", "start: 'touch ${began} && until test -e ${began}.seen; do sleep 0.1; done'")
        def held = null
        def reader = Thread.start {
            Redis.waitFor('the start') { began.exists() }
            held = new JsonSlurper().parseText(redis.value('GET canopy:shop:lock:canary'))
            new File("${began}.seen").text = ''
        }
        assertServes(serves('1', '2', '40'), build('dev'))
        reader.join()
        assertEquals(['o\'brien $HOME', 'jenkins-shop-dev-2'], [held.holder, held.run])
    }

    @Test
    void 'a pipeline tells its configuration in three lines'() {
        build('release')
        def lines = jenkins.shell.output.find { it.contains('the branch release goes to production') }.readLines().findAll { !it.startsWith('{') && it.trim() }
        assertTrue("${lines}", lines.indexOf('shop: the branch release goes to production') >= 0)
        assertTrue("${lines}", lines.contains('check, package, canary (40 %), promote') && lines.contains('nothing is missing for that'))
        assertFalse(log(), log().contains('environments:'))
    }
}
