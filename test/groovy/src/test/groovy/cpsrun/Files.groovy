package cpsrun

/** The steps that read and write files of the agent. */
class Files {
    static File at(Task task, String path) { new File(path).absolute ? new File(path) : new File(task.folder, path) }

    static Object perform(Task task, String name, StepCall call) {
        switch (name) {
            case 'pwd': return call.named('tmp').tmp == true ? task.folder + '@tmp' : task.folder
            case 'fileExists': return at(task, call.named('file').file as String).exists()
            case 'readFile':
                Map read = call.named('file')
                return at(task, read.file as String).getText((read.encoding ?: 'US-ASCII') as String)
            case 'writeFile':
                Map written = call.first() as Map
                def file = at(task, written.file as String)
                file.parentFile.mkdirs()
                if (written.encoding == 'Base64') { file.bytes = (written.text as String).decodeBase64() }
                else { file.setText(written.text as String, (written.encoding ?: 'US-ASCII') as String) }
                return null
            case 'deleteDir':
                new File(task.folder).deleteDir()
                return null
            default: throw new AssertionError("no step of the harness: ${name}")
        }
    }
}
