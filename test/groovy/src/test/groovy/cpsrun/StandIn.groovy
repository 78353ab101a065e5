package cpsrun

import groovy.json.JsonOutput
import groovy.json.JsonSlurper

/**
 * Answers for a step without starting one, where what the library makes of the answer is the subject: as resources/stub.mjs does
 * behind canopyRelease.script(). StandInTest shows that both do the same.
 */
class StandIn {
    /** `canary start` -> what is answered: [code, data, reasons, errors, claims, raw, files]. */
    Map<String, Map> answers = [:]
    /** What was given, as in the stub. */
    List<Map> calls = []

    /** What the script writes on its own output; `env` is the whole environment of the step. */
    String answer(File folder, Map<String, String> env) {
        def params = parsed(env)
        def step = env.CANOPY_RUN_STEP
        def artifact = params.artifact ? at(folder, params.artifact as String) : null
        def result = "${folder.path}@tmp/canopy-${env.CANOPY_RUN_ID}/result.json" as String
        calls << [step: step, params: params, file: result, artifact: artifact?.exists() ? artifact.getText('UTF-8') : null, env: env, cwd: folder.path]
        def own = new LinkedHashMap(answers[[step, params.action].findAll().join(' ')] ?: [:])
        int code = own.remove('code') ?: 0
        def raw = own.containsKey('raw') ? [own.remove('raw')] : null
        def document = [step: step, ok: code == 0, exit: own.containsKey('claims') ? own.remove('claims') : code, outcome: 'done', reasons: [], data: [:], warnings: [], errors: []]
        (own.remove('files') ?: []).each { String name ->
            at(folder, name).parentFile.mkdirs()
            at(folder, name).text = name
        }
        if (env.CANOPY_RUN_FOLDER) { new File(env.CANOPY_RUN_FOLDER).deleteDir() }
        return "${raw ? raw[0] ?: '' : JsonOutput.toJson(document + own)}\n${code}\n"
    }

    private static Map parsed(Map<String, String> env) {
        def text = env.CANOPY_PARAMS_FILE ? new File(env.CANOPY_PARAMS_FILE).getText('UTF-8') : env.CANOPY_PARAMS
        return (Map) new JsonSlurper().parseText(text ?: '{}')
    }

    private static File at(File folder, String path) { new File(path).absolute ? new File(path) : new File(folder, path) }
}
