import cpsrun.FlowInterruptedException
import cpsrun.Redis
import org.junit.Assume
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import static org.junit.Assert.*

/** canopyPipeline with the compiled steps, a real store and releases on this machine: what the build becomes, and what serves afterwards. */
class RealPipelineTest {
    @Rule public JenkinsFixture jenkins = new JenkinsFixture()
    @Rule public Redis redis = new Redis()
    static final String ARGS = "environments: [release: 'production', dev: 'canary'], credentials: [CANOPY_STORE: 'store']"
    private int builds = 0

    @Before
    void built() {
        def there = new File(JenkinsFixture.PROJECT, 'dist/steps/flag.js').exists()
        if (!there && System.getenv('CI') == 'true') { throw new IllegalStateException('the steps are not built: npm run build') }
        Assume.assumeTrue('the steps are not built', there)
        jenkins.shell.agent.CANOPY_HOME = JenkinsFixture.PROJECT.path
        jenkins.credentials.store = [store: [kind: 'string', value: redis.url]]
        jenkins.steps.answer = 'anna'
        ship('1')
    }

    private String at(String name) { "${jenkins.root}/servers/${name}" }

    /** What the next checkout has. */
    private void ship(String version, Map<String, String> more = [:], String variables = '') {
        jenkins.steps.repository = ['app.js': version, '.gitignore': '.canopy\nreports\n', 'junit.xml': '<testsuite tests="1"><testcase classname="cart" name="adds"/></testsuite>',
            'canopy.yml': """
app: shop
store: \${env:CANOPY_STORE}
artifact: { files: [app.js] }
checks:
  tests: { run: [mkdir -p reports, cp junit.xml reports/${variables}], report: reports/*.xml }
environments:
  production:
    branch: release
    driver: local
    path: ${at('web-1')}
    service: { start: 'true', stop: 'true', status: 'true' }
    health: { command: 'test "\$(cat app.js)" != "sick on \$CANOPY_INSTANCE"', within: 1s, every: 200ms, rise: 1 }
    rollout: { healthyFor: 0s, drain: 0s }
    instances: [{ name: web-1 }]
  canary: { extends: production, branch: dev, path: ${at('can-1')}, instances: [{ name: can-1 }] }
traffic:
  stable: production
  canary: canary
  balancer: { commands: { drain: 'true', ready: 'true', weight: 'echo "\$CANOPY_WEIGHT" > ${jenkins.root}/weight' } }
canary: { steps: [{ weight: 40%, for: 0s }] }
"""] + more
    }

    /** A Jenkinsfile of the branch; the checkout is a clone with one commit, the same everywhere. */
    private static String pipeline(String branch, String more = '') {
        """canopyPipeline(${ARGS}, branch: '${branch}'${more}, checkout: {
            checkout scm
            withEnv(['GIT_COMMITTER_DATE=2026-01-01T00:00:00Z', 'GIT_AUTHOR_DATE=2026-01-01T00:00:00Z']) {
                sh 'rm -rf .git && git init -q && git add -A && git -c user.name=a -c user.email=a@b commit -qm a'
            }
        })"""
    }

    /** The result of a build, its error, and what serves afterwards: production, canary, the canary's share. */
    private Map build(String branch, String more = '', Map options = [:]) {
        builds++
        def number = options.number ?: builds
        jenkins.shell.agent += [JOB_NAME: "shop/${branch}" as String, BUILD_NUMBER: "${number}" as String, BUILD_TAG: "jenkins-shop-${branch}-${number}" as String]
        def thrown = []
        jenkins.fresh()
        jenkins.run.globals.currentBuild.number = number
        jenkins.run.globals.currentBuild.startTimeInMillis = 1_800_000_000_000L + 1000 * number
        def result = jenkins.run.resultOf(pipeline(branch, more), thrown)
        return [result: result, error: thrown ? thrown[0].message : null] + serving()
    }

    private Map serving() {
        [production: version('web-1'), canary: version('can-1'), share: new File(jenkins.root, 'weight').with { it.exists() ? it.text.trim() : null }]
    }

    private String version(String instance) {
        def file = new File(at(instance), 'current/app.js')
        return file.exists() ? file.text : null
    }

    private static Map serves(String production, String canary, String share) { [production: production, canary: canary, share: share] }

    private String log() { jenkins.shell.output.join('\n') }

    private void assertServes(Map wanted, Map ended) { assertEquals("${ended.result} ${ended.error}\n${log()}" as String, wanted, ended.subMap(['production', 'canary', 'share'])) }

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
        build('release')
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
    void 'who approved is the actor'() {
        build('release')
        ship('2')
        def ended = build('release', ', approve: true')
        assertServes(serves('2', '2', '0'), ended)
        assertEquals('SUCCESS', ended.result)
        assertTrue(log(), redis.ask('XREVRANGE canopy:shop:audit + - COUNT 1').length() > 0)
        def history = jenkins.inNode("checkout scm; return canopyHistory(limit: 9, commits: 0, credentials: [CANOPY_STORE: 'store'])").data.items
        def deploy = history.find { it.action == 'deploy' && it.environment == 'production' }
        assertEquals('anna', deploy.actor.name)
        assertEquals(['jenkins-shop-release-2'] as Set, history.findAll { it.action.startsWith('canary start') }*.actor*.name.take(1) as Set)
    }

    @Test
    void 'a refused approval takes the canary back'() {
        build('release')
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
        build('release')
        ship('sick on web-1')
        def ended = build('release')
        assertServes(serves('1', 'sick on web-1', '0'), ended)
        assertEquals('FAILURE', ended.result)
        def wanted = /canopy canary promote -> production: reverted: web-1: gate failed.*; the canary is taken back: production gets all requests; production runs \S+/
        assertTrue(ended.error, ended.error ==~ wanted)
    }

    @Test
    void 'an older build gives way to a newer one of its job, whatever it waits for'() {
        build('release')
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
        build('release')
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
