import com.cloudbees.groovy.cps.NonCPS

/** Why these credentials cannot be bound; null when they can. */
String unbound(Map credentials) {
    Map found = bindings(credentials)
    String wrong = found.problem
    if (wrong) { return wrong }
    try {
        withCredentials(found.bindings) { wrong = null }
    } catch (InterruptedException e) {
        throw e
    } catch (Exception e) {
        wrong = e.message
    }
    return wrong
}

/** Each by itself, for Jenkins names no variable: those that can be bound, and what is wrong with the others. */
Map tried(Map credentials) {
    Map found = [good: [:], problems: []]
    List names = canopyPlan.names(credentials)
    for (int i = 0; i < names.size(); i++) {
        String wrong = unbound([(names[i]): credentials[names[i]]])
        if (wrong) { found.problems.add("credentials ${names[i]}: ${wrong}".toString()) } else { found.good[names[i]] = credentials[names[i]] }
    }
    return found
}

/** credentials: variable -> id, or [file: id], [ssh: id], [string: id]. Returns bindings, the names they bind, and what is wrong. */
@NonCPS
Map bindings(Object credentials) {
    Map found = [bindings: [], names: [], problem: null]
    if (credentials == null) { return found }
    if (!(credentials instanceof Map)) { return found + [problem: 'credentials has to be a map of variable to credentials id'] }
    for (entry in credentials) {
        String name = entry.key.toString()
        if (!name.matches('[A-Za-z_][A-Za-z0-9_]*') || name.startsWith('CANOPY_RUN_') || name in
            ['CANOPY_PARAMS', 'CANOPY_PARAMS_FILE', 'CANOPY_BOUND', 'CANOPY_ACTOR', 'CANOPY_STARTED_BY', 'CANOPY_HOME', 'CANOPY_CACHE', 'CANOPY_PACKAGE']) {
            return found + [problem: 'credentials cannot be bound to ' + name]
        }
        String kind = !name.endsWith('_FILE') ? 'string' : name.contains('SSH_KEY') ? 'ssh' : 'file'
        Object id = entry.value
        if (id instanceof Map) {
            if (id.size() != 1) { return found + [problem: 'credentials.' + name + ' takes one of file, ssh and string'] }
            for (only in id) {
                kind = only.key.toString()
                id = only.value
            }
        }
        if (!(id instanceof CharSequence) || id.toString().isEmpty()) { return found + [problem: 'credentials.' + name + ' needs the id of credentials'] }
        Map binding = [credentialsId: id.toString()]
        if (kind == 'string') { binding += ['$class': 'StringBinding', variable: name] }
        else if (kind == 'file') { binding += ['$class': 'FileBinding', variable: name] }
        else if (kind == 'ssh') { binding += ['$class': 'SSHUserPrivateKeyBinding', keyFileVariable: name] }
        else { return found + [problem: 'credentials.' + name + ' is of no known kind: ' + kind + ' (file, ssh or string)'] }
        found.names.add(name)
        if (name == 'CANOPY_SSH_KEY_FILE' && kind == 'ssh' && !credentials.containsKey('CANOPY_SSH_PASSPHRASE')) {
            binding.passphraseVariable = 'CANOPY_SSH_PASSPHRASE'
            found.names.add('CANOPY_SSH_PASSPHRASE')
        }
        found.bindings.add(binding)
    }
    return found
}
