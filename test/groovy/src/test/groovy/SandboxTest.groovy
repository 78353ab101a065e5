import cpsrun.Spy
import org.junit.Rule
import org.junit.Test
import static org.junit.Assert.*

/** What the library calls outside of itself is on the lists that Jenkins' sandbox allows, so that a library of a folder works too. */
class SandboxTest {
    @Rule public JenkinsFixture jenkins = new JenkinsFixture(alone: true)
    /** Taken from script-security's own lists, by hand: types here stand for their interfaces there. */
    static final List<String> ALLOWED = [
        /java\.lang\.String\.(matches|startsWith|endsWith|contains|isEmpty|length|replace|substring|indexOf|lastIndexOf|trim|plus|equals|toString)/,
        /java\.\S+\.(plus|minus|compareTo|equals|toString|next|getClass|isCase|toArray)/,
        /java\.util\.(LinkedHashMap|ArrayList|HashMap|LinkedHashSet|Collections\S*)\.(get|put|getAt|putAt|size|isEmpty|containsKey|containsValue|contains|join|add|addAll|remove|iterator)/,
        /\S*(LazyMap|Entry|LinkedEntry|SimpleImmutableEntry)\S*\.\w+/, /get \S*Entry\S*\.(key|value)/,
        /static groovy\.json\.JsonOutput\.toJson/, /new groovy\.json\.JsonSlurper/, /groovy\.json\.JsonSlurper\.parseText/,
        /static java\.util\.UUID\.randomUUID/, /java\.lang\.Class\.(getName|isInstance)/, /static java\.lang\.Integer\.parseInt/, /get \S+(Exception|Error)\.message/,
        /set cpsrun\.CurrentBuild\.result/, /get cpsrun\.CurrentBuild\.(startTimeInMillis|number|upstreamBuilds)/, /cpsrun\.CurrentBuild\.getBuildCauses/,
        // The sandbox's own work, and the text that a GString makes.
        /new org\.codehaus\.groovy\.runtime\.GStringImpl/, /org\.codehaus\.groovy\.runtime\.GStringImpl\.\w+/, /new cpsrun\.HarnessScript/, /static org\.kohsuke\.\S+/,
        /static org\.codehaus\.groovy\.runtime\.ScriptBytecodeAdapter\.(asType|compare\w+)/,
    ]

    @Test
    void 'every outside call is allowed'() {
        def spy = new Spy()
        jenkins.credentials.store = [redis: [kind: 'string', value: 'x'], key: [kind: 'ssh', value: 'y']]
        jenkins.answers = [deploy: [data: [a: [1, [b: null]]]], check: [code: 3, reasons: ['no']], flag: [code: 5], canary: [code: 1, errors: [[message: 'm', hint: 'h']]]]
        def jenkinsfile = """node {
            canopyDeploy(environment: "a\${1}", list: [1, [x: true]], credentials: [CANOPY_STORE: 'redis', CANOPY_SSH_KEY_FILE: [ssh: 'key']])
            canopyStep('check', [onVerdict: 'UNSTABLE'])
            try { canopyStep('canary') } catch (Exception e) { echo e.message }
            try { canopyStep('deploy', [date: new Date(0)]) } catch (Exception e) { echo e.message }
            canopyStep('flag')
        }"""
        def thrown = []
        def result = jenkins.fresh(spy: spy).resultOf(jenkinsfile, thrown)
        assertEquals("${thrown*.stackTrace*.take(8)} ${thrown}" as String, 'ABORTED', result)
        assertEquals('canopy flag: the outcome is done', thrown[0].message)
        assertEquals(4, jenkins.calls.size())
        def outside = spy.seen.findAll { call -> !ALLOWED.any { call ==~ it } } - ['new java.util.Date']
        assertEquals([], outside.toList())
        assertTrue(spy.seen.contains('new groovy.json.JsonSlurper'))
    }

    @Test
    void 'those of the pipeline too'() {
        def spy = new Spy()
        jenkins.credentials.store = [redis: [kind: 'string', value: 'x']]
        jenkins.env = [BRANCH_NAME: 'release']
        jenkins.answers = ['explain pipeline': [data: [app: 'shop', environment: 'production', kind: 'stable', stable: 'production', canary: 'canary', judged: false, problems: []]],
            package: [data: [artifact: 'a.tgz', id: 'r1'], files: ['a.tgz', 'a.json']], 'canary status': [data: [enabled: true, canary: [release: 'r0'], stable: [release: 'r0']]], status: [data: [environments: [[instances: [[release: 'r0']]]]]]]
        jenkins.steps.missing = ['lock']
        def thrown = []
        assertEquals('FAILURE', jenkins.fresh(spy: spy).resultOf("canopyPipeline(approve: true, lock: true, credentials: [CANOPY_STORE: 'redis'])", thrown))
        assertTrue("${thrown}", thrown[0].message.contains('install the Jenkins plugin lockable-resources'))
        jenkins.steps.missing = []
        jenkins.steps.answer = 'anna'
        assertEquals('SUCCESS', jenkins.fresh(spy: spy).resultOf("canopyPipeline(approve: true, lock: true, credentials: [CANOPY_STORE: 'redis'])"))
        assertEquals([], spy.seen.findAll { call -> !ALLOWED.any { call ==~ it } }.toList())
    }
}
