import org.junit.Before
import org.junit.Rule
import org.junit.Test
import static org.junit.Assert.*

/** Credentials are bound around the step alone, and the step learns their names. */
class CredentialsTest {
    @Rule public JenkinsFixture jenkins = new JenkinsFixture(alone: true)

    @Before
    void store() {
        jenkins.credentials.store = [redis: [kind: 'string', value: 'redis://:p$x"@h'], key: [kind: 'ssh', value: 'KEY', passphrase: 'open'],
            bare: [kind: 'ssh', value: 'KEY2'], doc: [kind: 'file', value: 'FILE']]
    }

    private Map bound(String credentials) {
        jenkins.inNode("canopyDeploy(environment: 'x', credentials: ${credentials}); echo 'after'")
        assertEquals([environment: 'x'], jenkins.calls[0].params)
        return jenkins.calls[0].env
    }

    @Test
    void 'the name says what is bound'() {
        def env = bound("[CANOPY_STORE: 'redis', CANOPY_SSH_KEY_FILE: 'key', SHOP_CA_FILE: 'doc']")
        assertEquals('redis://:p$x"@h', env.CANOPY_STORE)
        assertEquals('open', env.CANOPY_SSH_PASSPHRASE)
        assertEquals('CANOPY_STORE,CANOPY_SSH_KEY_FILE,CANOPY_SSH_PASSPHRASE,SHOP_CA_FILE', env.CANOPY_BOUND)
        assertTrue(new File(env.CANOPY_SSH_KEY_FILE as String).name.startsWith('secret'))
        assertFalse(new File(env.CANOPY_SSH_KEY_FILE as String).exists())
        assertFalse(new File(env.SHOP_CA_FILE as String).exists())
    }

    @Test
    void 'they are bound around the sh and nothing else'() {
        bound("[CANOPY_STORE: 'redis', CANOPY_SSH_KEY_FILE: 'key']")
        def inside = jenkins.run.trace.findAll { it.startsWith('      ') }
        assertEquals(['      sh canopy deploy -> x {"environment":"x"} [CANOPY_STORE CANOPY_SSH_KEY_FILE CANOPY_SSH_PASSPHRASE]'], inside)
    }

    @Test
    void 'the kind may be given'() {
        def env = bound("[CANOPY_SSH_KEY_FILE: [file: 'doc'], SHOP_SSH_KEY: [string: 'redis'], OTHER_FILE: [ssh: 'bare']]")
        assertEquals('CANOPY_SSH_KEY_FILE,SHOP_SSH_KEY,OTHER_FILE', env.CANOPY_BOUND)
        assertNull(env.CANOPY_SSH_PASSPHRASE)
    }

    @Test
    void 'a key without a passphrase, and a passphrase of its own'() {
        assertEquals('', bound("[CANOPY_SSH_KEY_FILE: 'bare']").CANOPY_SSH_PASSPHRASE)
        def env = bound("[CANOPY_SSH_KEY_FILE: 'bare', CANOPY_SSH_PASSPHRASE: 'redis']")
        assertEquals('redis://:p$x"@h', env.CANOPY_SSH_PASSPHRASE)
        assertEquals('CANOPY_SSH_KEY_FILE,CANOPY_SSH_PASSPHRASE', env.CANOPY_BOUND)
    }

    @Test
    void 'without credentials nothing is bound'() {
        assertNull(bound('[:]').CANOPY_BOUND)
        assertFalse(jenkins.run.trace.any { it.contains('withCredentials') })
    }

    @Test
    void 'what cannot be bound says why'() {
        assertNull(jenkins.inNode("return canopyCredentials.unbound([CANOPY_STORE: 'redis', CANOPY_SSH_KEY_FILE: 'key'])"))
        assertEquals("Could not find credentials entry with ID 'none'", jenkins.inNode("return canopyCredentials.unbound([CANOPY_STORE: 'none'])"))
        assertEquals('credentials.CANOPY_STORE needs the id of credentials', jenkins.inNode("return canopyCredentials.unbound([CANOPY_STORE: ''])"))
        assertEquals([], jenkins.calls)
    }

    @Test
    void 'wrong ones are clear errors'() {
        [["'redis'", /credentials has to be a map.*/], ["[CANOPY_STORE: '']", /credentials.CANOPY_STORE needs the id of credentials/],
         ['[CANOPY_STORE: 1]', /credentials.CANOPY_STORE needs the id of credentials/], ["['A B': 'x']", /credentials cannot be bound to A B/],
         ["[CANOPY_PARAMS: 'redis']", /credentials cannot be bound to CANOPY_PARAMS/], ["[CANOPY_RUN_STEP: 'redis']", /credentials cannot be bound to .*/],
         ["[CANOPY_STORE: [user: 'redis']]", /credentials.CANOPY_STORE is of no known kind: user .*/],
         ["[CANOPY_STORE: [file: 'a', ssh: 'b']]", /credentials.CANOPY_STORE takes one of file, ssh and string/]].each { given, wanted ->
            def (result, message) = jenkins.build("node { canopyDeploy(credentials: ${given}) }")
            assertEquals('FAILURE', result)
            assertTrue("${given}: ${message}", message ==~ "canopy deploy: ${wanted}")
        }
        assertEquals([], jenkins.calls)
    }

    @Test
    void 'credentials that are not there are told with their variables and the step'() {
        assertEquals(['FAILURE', "canopy deploy -> x: credentials CANOPY_STORE: Could not find credentials entry with ID 'none'"],
            jenkins.build("node { canopyDeploy(environment: 'x', credentials: [CANOPY_STORE: 'none']) }"))
        assertEquals(['FAILURE', "canopy deploy: credentials CANOPY_STORE: Could not find credentials entry with ID '‹no›'; " +
            "credentials CANOPY_SSH_KEY_FILE: Credentials 'redis' is of type string where ssh was expected"],
            jenkins.build("node { canopyDeploy(credentials: [CANOPY_STORE: '<no>', SHOP_CA_FILE: 'doc', CANOPY_SSH_KEY_FILE: 'redis']) }"))
        jenkins.steps.missing = ['withCredentials'] as Set
        assertEquals(['FAILURE', 'canopy deploy: the step withCredentials is missing: install the Jenkins plugin credentials-binding'],
            jenkins.build("node { canopyDeploy(credentials: [CANOPY_STORE: 'redis']) }"))
        assertEquals([], jenkins.calls)
    }
}
