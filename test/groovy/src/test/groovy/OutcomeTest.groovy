import org.junit.Rule
import org.junit.Test
import static org.junit.Assert.*

/** What exit codes and result documents make of a build. */
class OutcomeTest {
    @Rule public JenkinsFixture jenkins = new JenkinsFixture()
    static final String NEXT = "; see the log above; canopyStatus() tells what runs, canopyDeploy(environment: '…', resume: true) goes on"

    private List ends(Map answer, String more = '') {
        jenkins.answers = [deploy: answer]
        def (result, message) = jenkins.build("node { def r = canopyDeploy(${more ?: '[:]'}); echo \"ok=\${r.ok} exit=\${r.exit}\" }")
        return [result, message, jenkins.run.trace.find { it.contains('echo(') }?.trim()]
    }

    @Test
    void 'the codes of the contract'() {
        assertEquals(['SUCCESS', null, 'echo(ok=true exit=0)'], ends(code: 0))
        assertEquals(['FAILURE', 'canopy deploy: host is away (try again)', null], ends(code: 1, errors: [[message: 'host is away', hint: 'try again']]))
        assertEquals(['FAILURE', 'canopy deploy: a; b', null], ends(code: 2, errors: [[message: 'a'], [message: 'b']], reasons: ['a', 'b']))
        assertEquals(['FAILURE', 'canopy deploy: too slow; too many errors', null], ends(code: 3, reasons: ['too slow', 'too many errors']))
        assertEquals(['FAILURE', 'canopy deploy: held by build 7', null], ends(code: 4, reasons: ['held by build 7']))
        assertEquals(['ABORTED', 'canopy deploy: the outcome is aborted', null], ends(code: 5, outcome: 'aborted'))
    }

    @Test
    void 'a no may make the build unstable and go on'() {
        assertEquals(['UNSTABLE', null, 'echo(ok=false exit=3)'], ends([code: 3, reasons: ['too slow']], "onVerdict: 'UNSTABLE'"))
        assertTrue(jenkins.run.trace.contains('  unstable(message: canopy deploy: too slow)'))
        assertEquals(['FAILURE', 'canopy deploy: too slow', null], ends([code: 3, reasons: ['too slow']], "onVerdict: 'FAILURE'"))
        [1, 2, 4].each { assertEquals('FAILURE', ends([code: it], "onVerdict: 'UNSTABLE'")[0]) }
        assertEquals([:], jenkins.calls[0].params)
    }

    @Test
    void 'codes count only with a result document that carries them'() {
        jenkins.alone = true
        [0, 3, 4, 5].each { code ->
            assertEquals(['FAILURE', "canopy deploy: ended with ${code}, and left no result document${NEXT}" as String, null],
                ends([code: code, raw: null], "onVerdict: 'UNSTABLE'"))
            def lies = "canopy deploy: ended with ${code}, and its result document does not tell of this end${NEXT}" as String
            assertEquals(['FAILURE', lies, null], ends([code: code, claims: code + 1], "onVerdict: 'UNSTABLE'"))
            assertEquals(['FAILURE', lies, null], ends([code: code, step: 'rollback'], "onVerdict: 'UNSTABLE'"))
            ['[]', '"x"', '3', 'null'].each { assertEquals(['FAILURE', lies, null], ends([code: code, raw: it], "onVerdict: 'UNSTABLE'")) }
            ['{', '{"exit":', '{]'].each { raw ->
                def (result, message) = ends(code: code, raw: raw)
                assertEquals('FAILURE', result)
                assertTrue(message, message.startsWith("canopy deploy: ended with ${code}, and its result document "))
            }
        }
    }

    @Test
    void 'a step that was killed names the command that comes next'() {
        ['deploy': "canopyStatus() tells what runs, canopyDeploy(environment: 'x', resume: true) goes on", 'canary start': "canopyStatus() tells what runs, canopyDeploy(environment: 'x', resume: true) goes on",
         'canary analyse': "canopyCanary(action: 'analyse') goes on from there"].each { key, next ->
            def (step, action) = key.split(' ') as List
            jenkins.answers = [(key): [killed: true]]
            def (result, message) = jenkins.build("node { canopyStep('${step}', ${action ? "[action: '${action}']" : '[:]'}, 'x') }")
            assertEquals(['FAILURE', "canopy ${key} -> x: was killed (exit code 137), and left no result document; see the log above; ${next}" as String], [result, message])
        }
        jenkins.answers = [check: [killed: true]]
        assertEquals(['FAILURE', 'canopy check: was killed (exit code 137), and left no result document; see the log above'], jenkins.build("node { canopyStep('check') }"))
        assertEquals([], jenkins.leftovers())
    }

    @Test
    void 'the summary of the result is the one line'() {
        def line = 'reverted: web-1: gate failed: status 500; production runs r0'
        assertEquals(['FAILURE', "canopy deploy: ${line}" as String, null], ends(code: 3, outcome: 'reverted', summary: line, reasons: ['web-1: gate failed: status 500']))
        assertEquals(['FAILURE', 'canopy deploy: a ‹b› c', null], ends(code: 1, summary: 'a <b> c', errors: [[message: 'x', hint: 'y']]))
    }

    @Test
    void 'a newer build is nothing to mend: the build goes on as not built'() {
        def errors = [[code: 'superseded', message: 'superseded on production: shop #8 has asked for it', hint: 'run it again']]
        assertEquals(['NOT_BUILT', null, 'echo(canopy deploy: superseded on production: shop #8 has asked for it (run it again))'], ends(code: 4, errors: errors))
        assertTrue(jenkins.run.trace.any { it.contains('echo(ok=false exit=4)') })
        assertEquals('FAILURE', ends(code: 4, errors: [[code: 'lock-held', message: 'held']])[0])
    }

    @Test
    void 'codes that are not ours'() {
        jenkins.alone = true
        [6, 9, 13, 127, 139].each { code ->
            assertEquals('FAILURE', ends(code: code)[0])
            assertEquals('FAILURE', ends(code: code, raw: null)[0])
        }
    }

    @Test
    void 'the result is read and removed, however it ends'() {
        [[:], [code: 1], [code: 3], [code: 5], [code: 13, raw: null], [raw: 'junk']].each {
            ends(it)
            assertEquals("${it}", [], jenkins.leftovers())
        }
        def files = (1..3).collect { ends([:]); jenkins.calls[0].file }
        assertEquals(3, (files as Set).size())
    }

    @Test
    void 'a message that never ends is cut'() {
        jenkins.alone = true
        def message = ends(code: 1, reasons: ['x' * 5000])[1]
        assertEquals(2001 + 'canopy deploy: '.length(), message.length())
    }

    @Test
    void 'a process that is told to stop ends the build as aborted and leaves nothing'() {
        def hanging = new File(jenkins.root, 'stub/hanging')
        jenkins.shell.started = { Process process ->
            Thread.start {
                cpsrun.Redis.waitFor('the step') { hanging.exists() }
                ['kill', '-TERM', "${process.pid()}"].execute().waitFor()
            }
        }
        assertEquals(['ABORTED', 'canopy deploy: aborted by SIGTERM', null], ends(code: 5, hang: true, reasons: ['aborted by SIGTERM']))
        assertEquals([], jenkins.leftovers())
    }

    @Test
    void 'an abort by Jenkins ends the build, and the step still finds the place for its result'() {
        jenkins.shell.abort = { cpsrun.Redis.waitFor('the step') { new File(jenkins.root, 'stub/hanging').exists() } }
        assertEquals(['ABORTED', 'aborted by anna'], ends(code: 5, hang: true).take(2))
        assertEquals("canopy deploy: interrupted; it comes to a safe stop by itself where its agent lives; canopyStatus() tells what runs, canopyDeploy(environment: '…', resume: true) goes on" as String,
            jenkins.run.said.last())
        // Nobody reads it any more, and nothing stays.
        def answer = jenkins.shell.aborted.inputStream.getText('UTF-8').trim()
        assertTrue(answer, answer.contains('"exit":5') && answer.endsWith('\n5'))
        assertEquals([], jenkins.leftovers())
    }

    @Test
    void 'a script that is killed itself, and an agent that is lost, name the command that comes next'() {
        jenkins.shell.started = { Process process -> ['kill', '-KILL', "${process.pid()}"].execute().waitFor() }
        assertEquals(['FAILURE', "canopy deploy: the agent could not run it (script returned exit code 137)${NEXT.replace('; see the log above', '')}" as String, null], ends([:]))
        jenkins.shell.started = { Process process ->
            throw new IOException('the channel <agent-1> is closing down')
        }
        jenkins.steps.gone = true
        assertEquals(['FAILURE', "canopy deploy: the agent could not run it (the channel ‹agent-1› is closing down)${NEXT.replace('; see the log above', '')}" as String, null], ends([:]))
    }

    @Test
    void 'errors can be caught and the build goes on'() {
        jenkins.answers = [deploy: [code: 1, reasons: ['no']]]
        assertEquals(['FAILURE', null], jenkins.build("node { catchError(buildResult: 'FAILURE') { canopyDeploy() }; echo 'after' }"))
        assertTrue(jenkins.run.trace.contains('  echo(after)'))
    }

    @Test
    void 'a node that is too old or missing is one clear line'() {
        def bin = new File(jenkins.root, 'bin')
        bin.mkdirs()
        jenkins.shell.agent.PATH = "${bin.path}:${System.getenv('PATH')}" as String
        ['v18.20.4', 'v20.18.3', 'nonsense'].each { version ->
            def node = new File(bin, 'node')
            node.text = "#!/bin/sh\necho ${version}\n"
            node.setExecutable(true)
            assertEquals(['FAILURE', "canopy deploy: node on this agent is ${version}: Canopy needs 20.19 or newer" as String, null], ends([:]))
        }
        jenkins.shell.agent.PATH = bin.path
        ['sh', 'mkdir', 'rm', 'printf', 'cat'].each { new File(bin, it).delete(); java.nio.file.Files.createSymbolicLink(new File(bin, it).toPath(), new File("/bin/${it}").toPath()) }
        new File(bin, 'node').delete()
        assertEquals(['FAILURE', 'canopy deploy: node is not on the PATH of this agent: Canopy needs Node.js 20.19 or newer', null], ends([:]))
        assertEquals([], jenkins.calls)
    }
}
