package cpsrun

import org.junit.Assume
import org.junit.rules.ExternalResource

/** A redis-server of its own on a free port of this machine. */
class Redis extends ExternalResource {
    int port
    private Process process
    private File folder

    String getUrl() { "redis://127.0.0.1:${port}/0" }

    @Override
    protected void before() {
        def there = ['sh', '-c', 'command -v redis-server'].execute().waitFor() == 0
        if (!there && System.getenv('CI') == 'true') { throw new IllegalStateException('this machine lacks: redis-server') }
        Assume.assumeTrue('redis-server is missing', there)
        folder = java.nio.file.Files.createTempDirectory('canopy-redis').toFile()
        port = new ServerSocket(0).withCloseable { it.localPort }
        process = new ProcessBuilder('redis-server', '--port', "${port}", '--bind', '127.0.0.1', '--save', '', '--dir', folder.path)
            .redirectErrorStream(true).redirectOutput(new File(folder, 'log')).start()
        waitFor('redis') { ask('PING') == '+PONG' }
    }

    @Override
    protected void after() {
        process?.destroy()
        process?.waitFor()
        folder?.deleteDir()
    }

    /** The first line of the answer to one command. */
    String ask(String command) {
        try {
            return new Socket('127.0.0.1', port).withCloseable {
                it.outputStream << "${command}\r\n"
                return it.inputStream.newReader('UTF-8').readLine()
            }
        } catch (ConnectException e) {
            return "not there: ${e.message}"
        }
    }

    static void waitFor(String what, Closure<Boolean> probe) {
        def end = System.currentTimeMillis() + 20_000
        while (!probe()) {
            if (System.currentTimeMillis() > end) { throw new IllegalStateException("waited in vain for ${what}") }
            Thread.sleep(20)
        }
    }
}
