import org.junit.Rule
import org.junit.Test
import static org.junit.Assert.*

/** The harness catches what Jenkins would stumble over; without these, green says nothing. */
class EngineTest {
    @Rule public JenkinsFixture jenkins = new JenkinsFixture()

    @Test(expected = NotSerializableException)
    void 'a Matcher kept over a step is caught'() { jenkins.inNode("def m = ('a=1' =~ /(.)=(.)/); m.find(); sh 'true'; echo m.group(1)") }

    @Test(expected = NotSerializableException)
    void 'a lazy map of JsonSlurper is caught'() { jenkins.inNode("def m = new groovy.json.JsonSlurper().parseText('{\"a\":1}'); sh 'true'; echo \"\${m.a}\"") }

    @Test
    void 'a NonCPS method that calls a CPS one is reported'() {
        jenkins.fresh().run("@com.cloudbees.groovy.cps.NonCPS def bad(l) { l.each { f(it) } }\ndef f(x) { echo \"\$x\" }\nbad([1, 2])")
        assertFalse(jenkins.run.mismatches.isEmpty())
    }

    @Test
    void 'loops run all their rounds, parallel runs all branches'() {
        jenkins.inNode("[1, 2, 3].each { echo \"e\${it}\" }; for (x in [a: 1]) { echo x.key }; parallel(a: { echo 'pa' }, b: { echo 'pb' })")
        assertEquals(['echo(e1)', 'echo(e2)', 'echo(e3)', 'echo(a)', 'echo(pa)', 'echo(pb)'], jenkins.run.trace.findAll { it.contains('echo') }*.trim())
    }

    @Test
    void 'sh is a real one, and steps that need a node say so'() {
        assertEquals('a b\n', jenkins.inNode("return sh(script: 'echo a \"\$X\"', returnStdout: true)".replace('sh(', "withEnv(['X=b']) { sh(").replace('true)', 'true) }')))
        assertEquals(['FAILURE', 'script returned exit code 3'], jenkins.build("node { sh 'exit 3' }"))
        assertTrue(jenkins.build("sh 'true'")[1].contains('FilePath is missing'))
    }

    @Test
    void 'withEnv expands what it knows, as Jenkins does'() {
        assertEquals('1-1-$NO-$-\n', jenkins.inNode("withEnv(['A=1']) { withEnv(['B=\$A-\${A}-\$NO-\$\$-']) { withEnv(['A=']) { return sh(script: 'echo \"\$B\$A\"', returnStdout: true) } } }"))
    }

    @Test
    void 'a result only gets worse'() {
        assertEquals('ABORTED', jenkins.build("currentBuild.result = 'ABORTED'; currentBuild.result = 'SUCCESS'; error('x')")[0])
    }
}
