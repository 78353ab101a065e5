import groovy.json.JsonOutput
import org.junit.Rule
import org.junit.Test
import static org.junit.Assert.*

/** What is answered without a process is what the stub answers in one. */
class StandInTest {
    @Rule public JenkinsFixture jenkins = new JenkinsFixture()
    /** What differs from run to run, and what only a shell has. */
    static final List<String> OWN = ['CANOPY_RUN_ID', 'CANOPY_RUN_RESULT', 'PWD', 'OLDPWD', 'SHLVL', '_']

    private List once(Map answer, String args, boolean alone) {
        jenkins.alone = alone
        jenkins.answers = ['canary start': answer]
        def ended = jenkins.build("node { def r = canopyStep('canary', [action: 'start'${args}]); echo \"\${r.ok} \${r.data}\" }")
        def call = jenkins.calls[0]
        def folder = call.cwd
        def shown = call + [env: (call.env - call.env.subMap(OWN)).sort()]
        def files = new File(folder).list()
        return [ended, jenkins.run.said, files as Set, jenkins.leftovers(), JsonOutput.toJson(shown.sort()).replace(folder.toString(), 'W').replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/, '*')]
    }

    @Test
    void 'the same answer, the same files, the same that was given'() {
        jenkins.credentials.store = [store: [kind: 'string', value: 'redis://:p$x"@h']]
        [[:], [data: [a: [1, null]], files: ['made/a.tgz']], [code: 3, reasons: ['no']], [code: 1, errors: [[message: 'm', hint: 'h']]], [code: 4, errors: [[code: 'superseded', message: 's']]],
         [code: 5], [code: 3, claims: 4], [code: 3, raw: null], [raw: '{'], [code: 139]].each { answer ->
            ['', ", reason: 'two\\nlines \$HOME', credentials: [CANOPY_STORE: 'store']", ", reason: 'x' * 100001"].take(answer.code || answer.raw ? 1 : 3).each { args ->
                assertEquals("${answer} ${args}" as String, once(answer, args, true), once(answer, args, false))
            }
        }
    }
}
