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
        start()
    }

    private void start() {
        process = new ProcessBuilder('redis-server', '--port', "${port}", '--bind', '127.0.0.1', '--save', '', '--dir', folder.path)
            .redirectErrorStream(true).redirectOutput(new File(folder, 'log')).start()
        waitFor('redis') { ask('PING') == '+PONG' }
    }

    void stop() {
        process?.destroy()
        process?.waitFor()
    }

    /** Writes down all that it holds. */
    void save(File into) {
        assert ask('SAVE') == '+OK'
        into.bytes = new File(folder, 'dump.rdb').bytes
    }

    /** Begins again with what was written down. */
    void restore(File from) {
        stop()
        new File(folder, 'dump.rdb').bytes = from.bytes
        start()
    }

    @Override
    protected void after() {
        stop()
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

    /** The text that a key holds. */
    String value(String command) {
        new Socket('127.0.0.1', port).withCloseable {
            it.outputStream << "${command}\r\n"
            def reader = it.inputStream.newReader('UTF-8')
            reader.readLine()
            return reader.readLine()
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
