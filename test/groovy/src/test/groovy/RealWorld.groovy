import cpsrun.Redis
import org.junit.Assume
import org.junit.Before
import org.junit.Rule
import static org.junit.Assert.*

/** The compiled steps, a real store and releases on this machine: what a build becomes, and what serves afterwards. */
abstract class RealWorld {
    /** The same for all tests, so that what a first build has left can be brought back. */
    private static final File PLACE = java.nio.file.Files.createTempDirectory('canopy-real').toFile()
    private static final File FIRST = new File(PLACE, 'first')
    static { Runtime.runtime.addShutdownHook(new Thread({ PLACE.deleteDir() })) }
    @Rule public JenkinsFixture jenkins = new JenkinsFixture(at: new File(PLACE, 'now'))
    @Rule public Redis redis = new Redis()
    static final String ARGS = "environments: [release: 'production', dev: 'canary'], credentials: [CANOPY_STORE: 'store']"
    protected int builds = 0

    @Before
    void built() {
        def there = new File(JenkinsFixture.PROJECT, 'dist/steps/flag.js').exists()
        if (!there && System.getenv('CI') == 'true') { throw new IllegalStateException('the steps are not built: npm run build') }
        Assume.assumeTrue('the steps are not built', there)
        jenkins.shell.agent.CANOPY_HOME = JenkinsFixture.PROJECT.path
        jenkins.credentials.store = [store: [kind: 'string', value: redis.url]]
        jenkins.steps.answer = 'anna'
        // One commit, the same everywhere.
        jenkins.steps.cloning = 'rm -rf .git && git init -q && git add -A && ' +
            'GIT_COMMITTER_DATE=2026-01-01T00:00:00Z GIT_AUTHOR_DATE=2026-01-01T00:00:00Z git -c user.name=a -c user.email=a@b commit -qm a'
        ship('1')
    }

    protected String at(String name) { "${jenkins.root}/servers/${name}" }

    /** What the next checkout has. */
    protected void ship(String version, Map<String, String> more = [:], String variables = '', String gates = '') {
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
canary: { ${gates ?: 'analysis: { onInconclusive: pass }'}, steps: [{ weight: 40%, for: ${gates ? '1s' : '0s'} }] }
"""] + more
    }

    /** A Jenkinsfile of the branch. */
    protected static String pipeline(String branch, String more = '') {
        "canopyPipeline(${ARGS}, branch: '${branch}'${more}, checkout: { checkout scm })"
    }

    /** Release 1 serves everywhere: a build of its own has brought it, once, and what it left is brought back. */
    protected void released() {
        if (FIRST.exists()) {
            copy(FIRST, jenkins.root)
            redis.restore(new File(FIRST, 'dump.rdb'))
            builds++
        } else {
            assertServes(serves('1', '1', '0'), build('release'))
            copy(jenkins.root, FIRST)
            redis.save(new File(FIRST, 'dump.rdb'))
        }
        assertEquals(serves('1', '1', '0'), serving())
    }

    private static void copy(File from, File into) {
        into.mkdirs()
        assertEquals(0, ['cp', '-a', "${from}/servers", "${from}/weight", into.path]*.toString().execute().waitFor())
    }

    /** The result of a build, its error, and what serves afterwards: production, canary, the canary's share. */
    protected Map build(String branch, String more = '', Map options = [:]) { buildOf(branch, pipeline(branch, more), options) }

    /** The same of a Jenkinsfile. */
    protected Map buildOf(String branch, String jenkinsfile, Map options = [:]) {
        builds++
        def number = options.number ?: builds
        jenkins.shell.agent += [JOB_NAME: "shop/${branch}" as String, BUILD_NUMBER: "${number}" as String, BUILD_TAG: "jenkins-shop-${branch}-${number}" as String]
        def thrown = []
        jenkins.fresh()
        jenkins.run.globals.currentBuild.number = number
        jenkins.run.globals.currentBuild.startTimeInMillis = 1_800_000_000_000L + 1000 * number
        def result = jenkins.run.resultOf(jenkinsfile, thrown)
        return [result: result, error: thrown ? thrown[0].message : null] + serving()
    }

    protected Map serving() {
        [production: version('web-1'), canary: version('can-1'), share: new File(jenkins.root, 'weight').with { it.exists() ? it.text.trim() : null }]
    }

    protected String version(String instance) {
        def file = new File(at(instance), 'current/app.js')
        return file.exists() ? file.text : null
    }

    protected static Map serves(String production, String canary, String share) { [production: production, canary: canary, share: share] }

    protected String log() { jenkins.shell.output.join('\n') }

    protected void assertServes(Map wanted, Map ended) { assertEquals("${ended.result} ${ended.error}\n${log()}" as String, wanted, ended.subMap(['production', 'canary', 'share'])) }

    /** Another run, as of another build, while this one waits: a release of its own, and what it does with it. */
    protected String otherRun(String version, Map<String, String> env, String script) {
        def folder = new File(jenkins.root, 'other')
        folder.mkdirs()
        jenkins.steps.repository.each { name, text -> new File(folder, name).text = text }
        new File(folder, 'app.js').text = version
        def made = 'rm -rf .git && git init -q && git add -A && git -c user.name=a -c user.email=a@b commit -qm b && node "$BIN/package.js" && '
        def builder = new ProcessBuilder('sh', '-ec', made + script).directory(folder).redirectErrorStream(true)
        builder.environment() << [CANOPY_STORE: redis.url, BIN: new File(JenkinsFixture.PROJECT, 'dist/steps').path] + env
        def process = builder.start()
        def out = process.inputStream.getText('UTF-8')
        assertEquals(out, 0, process.waitFor())
        return out
    }
}
