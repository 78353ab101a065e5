import org.junit.Rule
import org.junit.Test
import static org.junit.Assert.*

/** canopyStep: parameters in, result out. */
class StepTest {
    @Rule public JenkinsFixture jenkins = new JenkinsFixture()

    @Test
    void 'one sh, and nothing else that costs'() {
        jenkins.inNode("canopyDeploy(environment: 'production')")
        assertEquals(['node()', '  withEnv', '    sh canopy deploy -> production {"environment":"production"}'], jenkins.run.trace)
        assertEquals([], jenkins.leftovers())
        assertEquals([], jenkins.run.mismatches)
    }

    @Test
    void 'returns the result as plain maps and lists'() {
        jenkins.answers = [deploy: [data: [id: 'x', instances: [[name: 'web-1', weight: 1.5], [name: 'web-2', weight: null]], deep: [a: [b: [true]]]]]]
        def result = jenkins.inNode("def r = canopyDeploy(); echo 'saved'; r.data.instances[0].name += '!'; return r")
        assertEquals(true, result.ok)
        assertEquals([id: 'x', instances: [[name: 'web-1!', weight: 1.5], [name: 'web-2', weight: null]], deep: [a: [b: [true]]]], result.data)
        assertEquals(LinkedHashMap, result.getClass())
        assertEquals(ArrayList, result.data.instances.getClass())
    }

    @Test
    void 'parameters arrive unchanged'() {
        def hard = ["it's \"quoted\"", 'two\nlines\r\n\ttab', '$(touch pwned) `touch pwned` $HOME ${HOME} $$ ${nothing}', 'é 漢字 🚀 \u2028 \u0001', '\\ \\n \\u0041',
            "'; touch pwned; '", '*', '~', '!!', '%s %n', '-n', '', ' ']
        hard.each { text ->
            jenkins.fresh().globals.params = [text: text]
            jenkins.run.run('node { canopyDeploy(reason: params.text, list: [params.text, 1, true, null], map: [(params.text): params.text]) }')
            def got = jenkins.calls[0].params
            assertEquals(text, got.reason)
            assertEquals([text, 1, true, null], got.list)
            assertEquals([(text): text], got.map)
        }
        assertEquals([], jenkins.root.listFiles().collectMany { it.directory ? it.listFiles().toList() : [it] }.findAll { it.name == 'pwned' })
    }

    @Test
    void 'a GString is text and numbers stay numbers'() {
        jenkins.inNode('def n = 7; canopyDeploy(environment: "env-\${n}", "k\${n}": 33, share: 0.5, big: 12345678901L, none: null, set: ["a"] as Set)')
        assertEquals([environment: 'env-7', k7: 33, share: 0.5, big: 12345678901L, none: null, set: ['a']], jenkins.calls[0].params)
    }

    @Test
    void 'long parameters go by a file'() {
        def text = ('é"\'$(x)\n' * 28600).take(200_000)
        jenkins.fresh().globals.params = [text: text]
        jenkins.run.run('node { canopyDeploy(reason: params.text) }')
        assertEquals(text, jenkins.calls[0].params.reason)
        assertTrue(jenkins.calls[0].env.CANOPY_PARAMS_FILE.startsWith(jenkins.root.path))
        assertNull(jenkins.calls[0].env.CANOPY_PARAMS)
        assertEquals(['    sh canopy deploy (file)'], jenkins.run.trace.findAll { it.contains(' sh ') })
        assertEquals([], jenkins.leftovers())
    }

    @Test
    void 'just below and above the limit'() {
        [99_980, 99_995].each { size ->
            jenkins.fresh().globals.params = [text: 'x' * size]
            jenkins.run.run('node { canopyDeploy(reason: params.text) }')
            assertEquals(size, jenkins.calls[0].params.reason.length())
            assertEquals(size == 99_995, jenkins.calls[0].env.CANOPY_PARAMS_FILE != null)
        }
    }

    @Test
    void 'what is no parameter is a clear error'() {
        [["when: { 1 }", /when has to be text, a number, true or false, a list or a map, not .*/],
         ['list: [1, [new URI("a")]]', /list\[1\]\[0\] has to be text, a number, true or false, a list or a map$/],
         ["map: [a: new Date(0)]", /map\.a has to be text, a number, true or false, a list or a map$/],
         ["share: Double.NaN", /the parameters cannot be written as JSON: .*/],
         ["result: 'x'", /result is not for you to set.*/],
         ["onVerdict: 'GREEN'", /onVerdict is FAILURE or UNSTABLE, not GREEN/]].each { args, wanted ->
            def (result, message) = jenkins.build("node { canopyDeploy(${args}) }")
            assertEquals('FAILURE', result)
            assertTrue("${args}: ${message}", message ==~ "canopy deploy: ${wanted}")
            assertEquals([], jenkins.calls)
        }
    }

    @Test
    void 'an agent that is no Unix machine'() {
        jenkins.steps.unix = false
        jenkins.shell.started = { throw new IOException('Cannot run program "nohup"') }
        assertEquals(['FAILURE', 'canopy deploy: the agent has to be a Unix machine'], jenkins.build('node { canopyDeploy() }'))
    }

    @Test
    void 'a workspace with spaces, quotes and a suffix, also where Jenkins does not tell its temporary folder'() {
        jenkins.steps.workspace = "my job's \$x @"
        ['', "withEnv(['WORKSPACE_TMP=']) {", "withEnv(['WORKSPACE_TMP=', 'WORKSPACE=']) {"].each { around ->
            def result = jenkins.inNode("\n${around} return canopyDeploy(reason: 'x' * 100001) ${around ? '}' : ''}")
            assertEquals([true, 100001], [result.ok, jenkins.calls[0].params.reason.length()])
            assertEquals([], jenkins.leftovers())
        }
    }

    @Test
    void 'two at once in one workspace have results of their own'() {
        jenkins.answers = [deploy: [data: [one: 1]], check: [data: [two: 2]]]
        jenkins.fresh(parallelSteps: true)
        assertEquals([[one: 1], [two: 2]], jenkins.run.run('''def got = [:]
            node { parallel(a: { got.a = canopyDeploy(environment: 'x').data }, b: { got.b = canopyStep('check').data }) }
            return [got.a, got.b]'''))
        assertEquals([], jenkins.leftovers())
    }

    @Test
    void 'what stage views take for HTML stands in no message of ours'() {
        [["canopyDeploy(onVerdict: '<b>')", 'canopy deploy: onVerdict is FAILURE or UNSTABLE, not ‹b›'], ["canopyDeploy('<i>': new URI('a'))", 'canopy deploy: ‹i› has to be text, a number, true or false, a list or a map'],
         ["canopyDeploy(credentials: ['<x>': 'a'])", 'canopy deploy: credentials cannot be bound to ‹x›']].each { call, message ->
            assertEquals(['FAILURE', message], jenkins.build("node { ${call} }"))
        }
    }

    @Test
    void 'each call shows what it does to what'() {
        ["canopyStep('canary', [action: 'promote'], 'production')": 'canopy canary promote -> production', "canopyFlag(action: 'set', name: 'x', state: 'on')": 'canopy flag set',
         "canopyStep('canary', [action: 'status'])": 'canopy canary status', 'canopyStatus()': 'canopy status', "canopyStatus(environment: 'qa')": 'canopy status -> qa',
         "canopyStep('canary', [action: 'a b\\nc', environment: '<i>'])": 'canopy canary'].each { call, label ->
            jenkins.inNode(call)
            assertEquals(label, jenkins.run.trace.last().trim().replaceAll(/^sh | \{.*/, ''))
        }
    }

    @Test
    void 'an agent that cannot run it says why, and what comes next'() {
        jenkins.shell.started = { throw new IOException('the agent <i> went away') }
        assertEquals(['FAILURE', "canopy deploy -> x: the agent could not run it (the agent ‹i› went away); canopyStatus() tells what runs, canopyDeploy(environment: 'x', resume: true) goes on"],
            jenkins.build("node { canopyDeploy(environment: 'x') }"))
    }

    @Test
    void 'a step of no such name runs nothing'() {
        ['../deploy', 'Deploy', '', 'a b'].each {
            assertEquals(['FAILURE', "canopy ${it}: that is no name of a step" as String], jenkins.build("node { canopyStep('${it}') }"))
        }
        def (result, message) = jenkins.build("node { canopyStep('nonsense') }")
        assertTrue(message, message ==~ /canopy nonsense: there is no step nonsense in .*/)
    }
}
