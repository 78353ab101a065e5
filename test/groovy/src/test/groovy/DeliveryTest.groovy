import org.junit.Rule
import org.junit.Test
import static org.junit.Assert.*

/** How the compiled steps reach the agent, seen from Jenkins; resources/canopy/run.sh has tests of its own in test/delivery. */
class DeliveryTest {
    @Rule public JenkinsFixture jenkins = new JenkinsFixture()

    private List<String> shells() { jenkins.run.trace.findAll { it.contains(' sh ') }*.trim() }

    @Test
    void 'two sh the first time, one when the version is cached'() {
        def cache = jenkins.release()
        jenkins.inNode("canopyDeploy(environment: 'a')")
        assertEquals(['sh canopy deploy -> a {"environment":"a"}'] * 2, shells())
        assertEquals(1, jenkins.calls.size())
        assertTrue(new File(cache, 'dist/steps/deploy.js').exists())
        assertEquals([], jenkins.leftovers())
        assertEquals(1, jenkins.run.trace.count { it.contains('encoding: Base64') && it.contains('libraryResource') })
        jenkins.inNode("canopyDeploy(environment: 'b'); canopyStep('check')")
        assertEquals(2, shells().size())
        assertFalse(jenkins.run.trace.any { it.contains('Base64') })
    }

    @Test
    void 'the archive is never part of the saved program'() {
        jenkins.release()
        def archive = new File(jenkins.steps.resources, "canopy/canopy-${JenkinsFixture.VERSION}.tgz")
        def text = archive.bytes.encodeBase64().toString().take(100)
        jenkins.fresh(watch: text).run('node { canopyDeploy() }')
        assertEquals(['writeFile'], jenkins.run.holding)
    }

    @Test
    void 'a restart between the two, and at every step'() {
        jenkins.release()
        def result = jenkins.inNode("return canopyDeploy(environment: 'a')", [restart: true])
        assertTrue(result.ok)
        assertEquals(1, jenkins.calls.size())
    }

    @Test
    void 'CANOPY_HOME comes first and has to be of the same version'() {
        jenkins.release()
        def other = new File(jenkins.root, 'other')
        JenkinsFixture.install(other, '9.9.9')
        jenkins.shell.agent.CANOPY_HOME = other.path
        assertEquals(['FAILURE', "canopy deploy: CANOPY_HOME holds Canopy 9.9.9, this library is ${JenkinsFixture.VERSION}" as String],
            jenkins.build('node { canopyDeploy() }'))
        assertEquals(1, shells().size())
    }

    @Test
    void 'nothing at all names the three ways'() {
        jenkins.shell.agent.remove('CANOPY_HOME')
        def (result, message) = jenkins.build('node { canopyDeploy() }')
        assertEquals('FAILURE', result)
        ['CANOPY_HOME', 'release ref', 'CANOPY_PACKAGE'].each { assertTrue(message, message.contains(it)) }
    }

    @Test
    void 'a damaged archive and changed steps are refused'() {
        def cache = jenkins.release()
        def archive = new File(jenkins.steps.resources, "canopy/canopy-${JenkinsFixture.VERSION}.tgz")
        def good = archive.bytes
        archive.bytes = Arrays.copyOf(good, good.length - 10)
        def (result, message) = jenkins.build('node { canopyDeploy() }')
        assertTrue(message, message.startsWith('canopy deploy: the archive of the steps is damaged'))
        assertFalse(cache.exists())
        archive.bytes = good
        assertEquals('SUCCESS', jenkins.build('node { canopyDeploy() }')[0])
        new File(cache, 'dist/steps/deploy.js') << '\n// more'
        (result, message) = jenkins.build('node { canopyDeploy() }')
        assertEquals('FAILURE', result)
        assertTrue(message, message.startsWith("canopy deploy: the steps in ${cache} were changed"))
        assertEquals([], jenkins.calls)
    }
}
