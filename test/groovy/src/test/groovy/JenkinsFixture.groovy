import cpsrun.*
import groovy.json.JsonOutput
import groovy.json.JsonSlurper
import org.junit.rules.ExternalResource

/** A Jenkins with one agent, on which stand-ins for the steps are installed as CANOPY_HOME. Everything lies in one temporary folder. */
class JenkinsFixture extends ExternalResource {
    static final File PROJECT = new File('../..').canonicalFile
    static final String VERSION = new JsonSlurper().parse(new File(PROJECT, 'package.json')).version
    File root
    /** Where everything lies; else a folder of its own. */
    File at
    File vars = new File(PROJECT, 'vars')
    CpsRun run
    Shell shell
    Credentials credentials
    JenkinsSteps steps
    /** `canary start` -> what the stand-in answers: [code, data, reasons, errors, claims, raw]. */
    Map<String, Map> answers = [:]
    Map<String, String> env = [:]
    /** No process is started for a step. */
    boolean alone
    /** What the job checks out; null: an inline script. */
    Map scm = [branch: 'x']

    /** What has started the build, and the builds that led to it. */
    List<Map> causes = new CurrentBuild().causes
    List<CurrentBuild> upstream = []

    @Override
    protected void before() {
        root = at ?: java.nio.file.Files.createTempDirectory('canopy-vars').toFile()
        new File(root, 'stub').mkdirs()
        new File(root, 'resources').mkdirs()
        new File(root, 'agent-home').mkdirs()
        install(new File(root, 'home'), VERSION)
        shell = new Shell()
        shell.agent += [HOME: new File(root, 'agent-home').path, CANOPY_HOME: new File(root, 'home').path, STUB: new File(root, 'stub').path, LANG: 'C.UTF-8']
        credentials = new Credentials()
        steps = new JenkinsSteps(shell: shell, credentials: credentials, agents: root, resources: new File(PROJECT, 'resources'),
            repository: ['canopy.yml': 'app: shop\n'])
    }

    @Override protected void after() { root.deleteDir() }

    /** A build of stand-ins for every step. */
    static void install(File home, String version) {
        new File(home, 'dist/steps').mkdirs()
        new File(home, 'dist/package.json').text = JsonOutput.toJson([name: 'canopy-delivery', version: version, type: 'module'])
        ['deploy', 'check', 'package', 'canary', 'explain', 'flag', 'status'].each { stub(home, it) }
    }

    /** A stand-in for one step. */
    static void stub(File home, String step) { new File(home, "dist/steps/${step}.js").text = JenkinsFixture.getResource('/stub.mjs').text }

    /** A release ref: the archive stands in resources/, its sums in vars/canopyRelease.groovy. Returns the folder it unpacks to. */
    File release() {
        def home = new File(root, 'release')
        def library = new File(root, 'library')
        install(home, VERSION)
        ['vars', 'resources/canopy'].each { new File(library, it).mkdirs() }
        vars.listFiles().findAll { it.name.endsWith('.groovy') }.each { new File(library, "vars/${it.name}").text = it.text }
        def archive = new File(library, "resources/canopy/canopy-${VERSION}.tgz")
        sh("cd '${home}' && find . -type f | sed 's,^./,,' | LC_ALL=C sort | xargs sha256sum > ../sums && mv ../sums SHA256SUMS && tar -czf '${archive}' *")
        def sha = sh("sha256sum < '${archive}'").take(64)
        def sums = sh("sha256sum < '${home}/SHA256SUMS'").take(64)
        def constants = new File(vars, 'canopyRelease.groovy').text
        new File(library, 'vars/canopyRelease.groovy').text = constants.replace("String sha256() { return '' }", "String sha256() { return '${sha}' }")
            .replace("String sums() { return '' }", "String sums() { return '${sums}' }")
        vars = new File(library, 'vars')
        steps.resources = new File(library, 'resources')
        shell.agent.remove('CANOPY_HOME')
        return new File(root, "agent-home/.cache/canopy/${VERSION}-${sha.take(12)}")
    }

    /** Moves canopy.yml of the repository. */
    void repository(String config) { steps.repository = [(config): 'app: shop\n'] }

    private static String sh(String script) {
        def process = ['sh', '-ec', script].execute()
        def out = process.text
        if (process.waitFor() != 0) { throw new IllegalStateException(script) }
        return out
    }

    CpsRun fresh(Map options = [:]) {
        def given = JsonOutput.toJson(answers)
        shell.standIn = alone ? new StandIn(answers: new JsonSlurper().parseText(given)) : null
        new File(root, 'stub/answers.json').text = given
        new File(root, 'stub/calls').delete()
        run = new CpsRun([vars: vars, steps: steps] + options)
        steps.run = run
        run.globals = [env: new LinkedHashMap(env), params: [:], currentBuild: new CurrentBuild(causes: causes, upstreamBuilds: upstream)] + (scm ? [scm: scm] : [:])
        return run
    }

    /** Runs a Jenkinsfile in a node; returns its value. */
    def inNode(String body, Map options = [:]) { fresh(options).run("node { ${body} }") }

    /** The result of a build whose Jenkinsfile is this, and its error. */
    List build(String jenkinsfile, Map options = [:]) {
        def thrown = []
        def result = fresh(options).resultOf(jenkinsfile, thrown)
        return [result, thrown ? thrown[0].message : null]
    }

    /** What the stand-ins were given. */
    List<Map> getCalls() {
        if (shell.standIn) { return shell.standIn.calls }
        def file = new File(root, 'stub/calls')
        return file.exists() ? file.readLines('UTF-8').collect { new JsonSlurper().parseText(it) } : []
    }

    /** Files below the temporary folders of the workspaces. */
    List<String> leftovers() {
        root.listFiles().findAll { it.name.endsWith('@tmp') }.collectMany { (it.listFiles() ?: []).collect { file -> file.name } }
    }
}
