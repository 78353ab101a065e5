import cpsrun.Snippets
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import static org.junit.Assert.*

/** Every Jenkinsfile of the documentation is run as it stands there. */
class DocsTest {
    @Rule public JenkinsFixture jenkins = new JenkinsFixture(alone: true)
    static final List<File> PAGES = [new File(JenkinsFixture.PROJECT, 'README.md')] +
        (new File(JenkinsFixture.PROJECT, 'docs').listFiles() + new File(JenkinsFixture.PROJECT, 'docs/decisions').listFiles()).findAll { it.name.endsWith('.md') }.sort()
    /** What a pipeline of the branch of stable runs. */
    static final List<String> PIPELINE = ['explain pipeline', 'check', 'package', 'canary status', 'canary start', 'canary analyse', 'canary promote']
    static final Map<String, List<List<String>>> WANTED = [
        'README.md': [PIPELINE],
        'jenkins.md': [PIPELINE, ['check', 'package', 'canary start', 'canary analyse', 'canary promote'], ['package', 'deploy', 'flag set']],
        'security.md': [PIPELINE],
    ]

    @Before
    void world() {
        jenkins.env = [BRANCH_NAME: 'release']
        jenkins.answers = ['explain pipeline': [data: new LinkedHashMap(PipelineTest.STABLE)],
            package: [data: [artifact: PipelineTest.TGZ, id: 'r1'], files: [PipelineTest.TGZ, '.canopy/artifacts/r1.json']],
            'canary status': [data: [enabled: true, canary: [release: 'r0'], stable: [release: 'r0']]]]
        jenkins.credentials.store = ['shop-ssh': [kind: 'ssh', value: 'KEY'], 'shop-redis': [kind: 'string', value: 'redis://x'], 'canopy-ssh': [kind: 'ssh', value: 'KEY'],
            'canopy-store': [kind: 'string', value: 'redis://x']]
        jenkins.steps.answer = 'anna'
    }

    private List<String> ran() { jenkins.calls.collect { [it.step, it.params.action].findAll().join(' ') } }

    @Test
    void 'every snippet runs, and runs what the page says'() {
        def found = PAGES.findAll { it.name != 'steps.md' }.collectEntries { page -> [page.name, Snippets.of(page)] }.findAll { it.value }
        assertEquals(WANTED.keySet(), found.keySet())
        found.each { name, snippets ->
            assertEquals(name, WANTED[name].size(), snippets.size())
            snippets.eachWithIndex { text, at ->
                assertEquals(text, ['SUCCESS', null], jenkins.build(text))
                assertEquals(text, WANTED[name][at], ran())
                assertEquals([], jenkins.run.mismatches)
            }
        }
    }

    @Test
    void 'those with an approval restart well, and take the canary back when it is refused'() {
        def text = Snippets.of(new File(JenkinsFixture.PROJECT, 'docs/jenkins.md')).find { it.contains('submitterParameter') }
        assertEquals(['SUCCESS', null], jenkins.build(text, [restart: true]))
        assertEquals('anna', jenkins.calls.last().env.CANOPY_ACTOR)
        jenkins.steps.answer = new cpsrun.FlowInterruptedException('Rejected by anna')
        assertEquals(['ABORTED', 'Rejected by anna'], jenkins.build(text))
        assertEquals(['check', 'package', 'canary start', 'canary analyse', 'canary stop'], ran())
    }

    @Test
    void 'each example of the page of the steps and of the help pages is a call'() {
        def page = new File(JenkinsFixture.PROJECT, 'docs/steps.md').readLines().findAll { it =~ /^ {4}canopy[A-Z]\w*\(.*\)$/ }*.trim()
        def help = new File(JenkinsFixture.PROJECT, 'vars').listFiles().findAll { it.name.endsWith('.txt') }.collectMany { it.readLines() }
            .findAll { it =~ /^ {2}canopy[A-Z]\w*\(/ }.collect { it.trim().replaceAll(' {3}//.*', '') }
        assertTrue("${page.size()} ${help.size()}", page.size() > 30 && help.size() > 30)
        def calls = (page + help).unique()
        def ended = jenkins.build("node {\n${calls.join('\n')}\n}")
        assertEquals(['SUCCESS', null], ended)
        assertEquals(calls.collect { (it =~ /^canopy([A-Z]\w*)\(/)[0][1].toLowerCase() }, jenkins.calls*.step)
    }

    @Test
    void 'the Jenkinsfile that init writes'() {
        jenkins.alone = false
        jenkins.shell.agent.CANOPY_HOME = JenkinsFixture.PROJECT.path
        jenkins.inNode("canopyInit(app: 'shop', host: ['deploy@10.0.0.11'])")
        def written = new File(jenkins.root, 'workspace-1/Jenkinsfile').text
        jenkins.shell.agent.CANOPY_HOME = new File(jenkins.root, 'home').path
        jenkins.alone = true
        assertEquals(written, ['SUCCESS', null], jenkins.build(written))
        assertEquals(PIPELINE, ran())
    }
}
