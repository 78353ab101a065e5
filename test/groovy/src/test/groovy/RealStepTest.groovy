import cpsrun.Redis
import org.junit.Assume
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import static org.junit.Assert.*

/** The compiled steps themselves, from a Jenkinsfile down to Redis. */
class RealStepTest {
    @Rule public JenkinsFixture jenkins = new JenkinsFixture()
    @Rule public Redis redis = new Redis()

    @Before
    void built() {
        def there = new File(JenkinsFixture.PROJECT, 'dist/steps/flag.js').exists()
        if (!there && System.getenv('CI') == 'true') { throw new IllegalStateException('the steps are not built: npm run build') }
        Assume.assumeTrue('the steps are not built', there)
        jenkins.shell.agent.CANOPY_HOME = JenkinsFixture.PROJECT.path
        jenkins.credentials.store = [store: [kind: 'string', value: redis.url]]
        jenkins.steps.repository = ['canopy.yml': '''
app: shop
store: ${env:CANOPY_STORE}
checks:
  tests: { run: [mkdir -p reports, cp junit.xml reports/, 'echo "sees=[$CANOPY_STORE][$CANOPY_PARAMS][$SHOP_KEY]"'], report: reports/*.xml }
environments:
  production:
    branch: release
    driver: local
    path: /srv/shop
    service: { start: ./start, stop: ./stop, status: 'true' }
    instances: [{ name: web-1 }]
''', 'junit.xml': '<testsuite tests="1"><testcase classname="a" name="b"/></testsuite>']
    }

    private static final String STORE = "credentials: [CANOPY_STORE: 'store']"

    @Test
    void 'a flag is set and read'() {
        def flag = jenkins.inNode("checkout scm; canopyFlag(action: 'set', name: 'checkout', state: 'on', ${STORE}); return canopyFlag(action: 'get', name: 'checkout', ${STORE})",
            [restart: true])
        assertEquals(['on', 'checkout'], [flag.data.state, flag.data.name])
        assertEquals(['$1', '1'], [redis.ask('GET flag:shop:checkout'), redis.ask('APPEND flag:shop:checkout ""').replace(':', '')])
        assertEquals([], jenkins.leftovers())
    }

    @Test
    void 'a failing step fails the build with its own message, whatever it was given'() {
        def text = 'it\'s "x" $(touch a) `b` $HOME\né漢🚀'
        jenkins.fresh().globals.params = [text: text]
        def thrown = []
        assertEquals('FAILURE', jenkins.run.resultOf('node { checkout scm; canopyFlag(action: params.text) }', thrown))
        assertTrue(thrown[0].message, thrown[0].message.contains('must be one of: set, get, list'))
        assertTrue(thrown[0].message, thrown[0].message.contains(groovy.json.JsonOutput.toJson('it\'s "x" $(touch a) `b` $HOME').replaceAll(/"$/, '')))
        assertTrue(jenkins.build("node { checkout scm; canopyFlag(nonsense: 1) }")[1].contains('there is no parameter nonsense'))
        assertTrue(jenkins.build("node { canopyExplain() }")[1].contains('canopy.yml'))
    }

    @Test
    void 'explain gives the pipeline what it reads'() {
        def data = jenkins.inNode("checkout scm; return canopyExplain(action: 'config').data")
        assertEquals(['shop', 'release', null], [data.app, data.environments.production.branch, data.traffic])
        assertTrue(data.canary.steps instanceof List)
    }

    @Test
    void 'a change request is really checked, and its commands see no secret'() {
        jenkins.env = [BRANCH_NAME: 'PR-7', CHANGE_ID: '7']
        jenkins.shell.agent.SHOP_KEY = 'visible'
        assertEquals(['SUCCESS', null], jenkins.build("canopyPipeline(environments: [release: 'production'], ${STORE})"))
        jenkins.credentials.store.shop = [kind: 'string', value: 'hidden']
        jenkins.build("node { checkout scm; canopyCheck(credentials: [CANOPY_STORE: 'store', SHOP_KEY: 'shop']) }")
        assertTrue("${jenkins.shell.output}", jenkins.shell.output.last().contains('sees=[][][]'))
    }

    @Test
    void 'a gate that says no ends the build, with the reason'() {
        jenkins.steps.repository['junit.xml'] = '<testsuite tests="1"><testcase classname="a" name="b"><failure message="boom"/></testcase></testsuite>'
        jenkins.env = [BRANCH_NAME: 'release']
        def (result, message) = jenkins.build("canopyPipeline(environments: [release: 'production'], ${STORE})")
        assertEquals('FAILURE', result)
        assertTrue(message, message.startsWith('canopy check: ') && message.contains('tests'))
        assertFalse(jenkins.run.trace.any { it.contains('canopy package') })
        assertEquals('UNSTABLE', jenkins.build("canopyPipeline(environments: [release: 'production'], ${STORE}, onVerdict: 'UNSTABLE')")[0])
    }

    /** Sends SIGTERM to the step once a file is there. */
    private void stopAt(String file) {
        jenkins.shell.started = { Process process ->
            Thread.start {
                Redis.waitFor(file) { new File(jenkins.root, file).exists() || !process.alive }
                if (!process.alive) { return }
                ['kill', '-TERM', "${process.pid()}"].execute().waitFor()
                new File(jenkins.root, 'stopped').text = ''
            }
        }
    }

    @Test
    void 'a check that is told to stop ends as aborted'() {
        jenkins.steps.repository['canopy.yml'] = "app: shop\nchecks:\n  tests: { run: 'touch ${jenkins.root}/began; sleep 60', report: reports/*.xml }\n" as String
        stopAt('began')
        def (result, message) = jenkins.build('node { checkout scm; canopyCheck() }')
        assertEquals(message, 'ABORTED', result)
        assertEquals([], jenkins.leftovers())
    }

    @Test
    void 'a deploy that is told to stop finishes its instance, begins no other and leaves no lock'() {
        def server = "${jenkins.root}/server"
        jenkins.steps.repository += ['app.js': '1', '.gitignore': '.canopy', 'canopy.yml': """
app: shop
store: \${env:CANOPY_STORE}
artifact: { files: [app.js] }
environments:
  production:
    driver: local
    path: ${server}
    service: { start: 'true', stop: 'true', status: 'true' }
    health: { command: 'touch ${jenkins.root}/began; test -e ${jenkins.root}/stopped', within: 30s, every: 200ms }
    rollout: { healthyFor: 0s }
    instances: [{ name: web-1 }, { name: web-2, path: ${server}-2 }]
""" as String]
        stopAt('began')
        def (result, message) = jenkins.build("""node {
            checkout scm
            sh 'git init -q && git add -A && git -c user.name=a -c user.email=a@b commit -qm a'
            def made = canopyPackage()
            canopyDeploy(environment: 'production', artifact: made.data.artifact, ${STORE})
        }""")
        assertTrue("${message} ${jenkins.shell.output.last()}", new File(jenkins.root, 'began').exists())
        assertEquals("${message} ${jenkins.shell.output.last()}" as String, 'ABORTED', result)
        assertEquals(':0', redis.ask('EXISTS canopy:shop:lock:production'))
        assertEquals(':1', redis.ask('EXISTS canopy:shop:lock:production:token'))
        assertTrue(new File("${server}/current").exists())
        assertFalse(new File("${server}-2/current").exists())
        assertEquals([], jenkins.leftovers())
    }
}
