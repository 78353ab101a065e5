package cpsrun

/** Jenkins' credentials and the bindings of withCredentials. */
class Credentials {
    /** id -> [kind: string | file | ssh, value, passphrase]. */
    Map<String, Map> store = [:]
    private static final Map<String, String> KINDS = [StringBinding: 'string', FileBinding: 'file', SSHUserPrivateKeyBinding: 'ssh']

    /** [env: variables, files: what to remove]. */
    Map bind(List bindings) {
        Map env = [:]
        List files = []
        bindings.each { Map binding ->
            def kind = KINDS[binding['$class']]
            if (kind == null) { throw new IllegalArgumentException("no such binding: ${binding}") }
            def found = store[binding.credentialsId]
            if (found == null) { throw new AbortException("Could not find credentials entry with ID '${binding.credentialsId}'") }
            if (found.kind != kind) { throw new AbortException("Credentials '${binding.credentialsId}' is of type ${found.kind} where ${kind} was expected") }
            if (kind == 'string') {
                env[binding.variable] = found.value
            } else {
                def file = File.createTempFile('secret', '')
                file.text = found.value
                files << file.path
                env[kind == 'file' ? binding.variable : binding.keyFileVariable] = file.path
                if (binding.passphraseVariable) { env[binding.passphraseVariable] = found.passphrase ?: '' }
            }
        }
        return [env: env, files: files]
    }
}
