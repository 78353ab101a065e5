import static cpsrun.CurrentBuild.by
import static cpsrun.CurrentBuild.byUser
import cpsrun.CurrentBuild
import org.junit.Rule
import org.junit.Test
import static org.junit.Assert.*

/** Who is told as the actor: what Jenkins knows of who started a build, and who approved it. */
class ActorTest {
    @Rule public JenkinsFixture jenkins = new JenkinsFixture(alone: true)
    static final Map TIMER = by('hudson.triggers.TimerTrigger$TimerTriggerCause', 'Started by timer')
    static final Map SCM = by('hudson.triggers.SCMTrigger$SCMTriggerCause', 'Started by an SCM change')
    static final Map INDEXING = by('jenkins.branch.BranchIndexingCause', 'Branch indexing')
    static final Map PUSH = by('com.cloudbees.jenkins.GitHubPushCause', 'Started by GitHub push by mallory') + [userId: 'mallory']
    static final Map UPSTREAM = by('hudson.model.Cause$UpstreamCause', 'Started by upstream project "nightly" build number 3')
    static final Map REPLAY = by('org.jenkinsci.plugins.workflow.cps.replay.ReplayCause', 'Replayed #6')
    static final List<String> HARD = ['o\'brien "x"', 'a$b', '$HOME ${HOME} $$ $(touch pwned) `touch pwned`', 'two\nlines', 'é 漢字 🚀', '<b>anna</b>', '\\u0041 %s', '-n', 'A=B']

    /** What the step was given: [started by, actor]. */
    private List given(List<Map> causes, String args = '', List<CurrentBuild> upstream = []) {
        jenkins.causes = causes
        jenkins.upstream = upstream
        jenkins.inNode("canopyDeploy(environment: 'x'${args})")
        return [jenkins.calls[0].env.CANOPY_STARTED_BY, jenkins.calls[0].env.CANOPY_ACTOR]
    }

    @Test
    void 'a person who pressed the button, also of a replay or a rebuild'() {
        assertEquals(['anna', null], given([byUser('anna')]))
        assertEquals(['anna', null], given([byUser('anna'), REPLAY]))
        assertEquals(['anna', null], given([SCM, byUser('anna')]))
    }

    @Test
    void 'nobody where nobody did: a timer, a push, an indexing, somebody without an account'() {
        [[TIMER], [SCM], [INDEXING], [PUSH], [UPSTREAM], [byUser(null)], []].each { assertEquals("${it}", [null, null], given(it)) }
    }

    @Test
    void 'a build that another one led to is of whoever pressed the button there'() {
        def nightly = new CurrentBuild(causes: [TIMER])
        def started = new CurrentBuild(causes: [byUser('anna')])
        assertEquals(['anna', null], given([UPSTREAM], '', [started]))
        assertEquals(['anna', null], given([UPSTREAM], '', [new CurrentBuild(causes: [UPSTREAM]), started]))
        assertEquals([null, null], given([UPSTREAM], '', [nightly]))
        assertEquals(['bert', null], given([byUser('bert'), UPSTREAM], '', [started]))
    }

    @Test
    void 'names arrive as they are'() {
        jenkins.alone = false
        HARD.each { name ->
            jenkins.causes = [byUser(name)]
            jenkins.fresh().globals.params = [who: name]
            jenkins.run.run("node { canopyDeploy(environment: 'x', actor: params.who) }")
            assertEquals([name, name, [environment: 'x']], [jenkins.calls[0].env.CANOPY_STARTED_BY, jenkins.calls[0].env.CANOPY_ACTOR, jenkins.calls[0].params])
        }
        assertEquals('a  b', given([byUser('a\u0000 b')])[0])
        assertEquals([], jenkins.root.listFiles().collectMany { it.directory ? it.listFiles().toList() : [it] }.findAll { it.name == 'pwned' })
    }

    @Test
    void 'who is named comes first, and what the agent says of it does not count'() {
        jenkins.shell.agent.CANOPY_STARTED_BY = 'agent'
        assertEquals([null, null], given([SCM]))
        assertEquals(['anna', 'bert'], given([byUser('anna')], ", actor: 'bert'"))
        assertEquals(['anna', null], given([byUser('anna')], ', actor: null'))
        assertEquals(['anna', null], given([byUser('anna')], ", actor: ' '"))
        jenkins.causes = [SCM]
        jenkins.inNode("withEnv(['CANOPY_ACTOR=carl']) { canopyDeploy() }")
        assertEquals('carl', jenkins.calls[0].env.CANOPY_ACTOR)
        assertEquals(['FAILURE', 'canopy deploy: actor has to be the name of a person, as input returns it'], jenkins.build('node { canopyDeploy(actor: [1]) }'))
    }

    @Test
    void 'a Jenkins that does not tell is none to fail for'() {
        jenkins.causes = null
        assertEquals([null, null], given(null))
        assertEquals(['SUCCESS', null], jenkins.build('node { canopyDeploy() }', [restart: true]))
    }
}
