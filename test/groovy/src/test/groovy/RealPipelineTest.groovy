import static cpsrun.CurrentBuild.by
import static cpsrun.CurrentBuild.byUser
import cpsrun.FlowInterruptedException
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
        jenkins.steps.asking = { if (other == null) { other = take('3') } }
        def ended = build('release', ', approve: true')
        assertServes(serves('1', '3', '40'), ended)
        assertEquals(['NOT_BUILT', null], [ended.result, ended.error])
        assertTrue(jenkins.run.said.last(), jenkins.run.said.last().contains('superseded on canary: it runs '))
    }

    /** Another run starts a canary of its own while a person is asked. */
    private String take(String version) {
        def folder = new File(jenkins.root, 'other')
        folder.mkdirs()
        jenkins.steps.repository.each { name, text -> new File(folder, name).text = text }
        new File(folder, 'app.js').text = version
        def script = 'git init -q && git add -A && git -c user.name=a -c user.email=a@b commit -qm b && node "$BIN/package.js" && node "$BIN/canary.js" start'
        def builder = new ProcessBuilder('sh', '-ec', script).directory(folder).redirectErrorStream(true)
        builder.environment() << [CANOPY_STORE: redis.url, BIN: new File(JenkinsFixture.PROJECT, 'dist/steps').path]
        def process = builder.start()
        def out = process.inputStream.getText('UTF-8')
        assertEquals(out, 0, process.waitFor())
        return out
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
    void 'a pipeline tells its configuration in three lines'() {
        build('release')
        def lines = jenkins.shell.output.find { it.contains('the branch release goes to production') }.readLines().findAll { !it.startsWith('{') && it.trim() }
        assertTrue("${lines}", lines.indexOf('shop: the branch release goes to production') >= 0)
        assertTrue("${lines}", lines.contains('check, package, canary (40 %), promote') && lines.contains('nothing is missing for that'))
        assertFalse(log(), log().contains('environments:'))
    }
}
