import com.cloudbees.groovy.cps.NonCPS

/** Who is behind a step, for withEnv: whoever is named, and whoever started the build. An empty value takes a variable away: nobody inherits one. */
@NonCPS
List variables(String named) {
    List people = ['CANOPY_STARTED_BY=' + escaped(startedBy())]
    if (named) { people.add('CANOPY_ACTOR=' + escaped(named)) }
    return people
}

/** The id of whoever pressed the button (also of Replay), here or in a build that led to this one; empty: a push, a timer. */
@NonCPS
private String startedBy() {
    try {
        for (build in [currentBuild] + currentBuild.upstreamBuilds) {
            for (cause in build.getBuildCauses()) {
                if (cause._class instanceof CharSequence && cause._class.endsWith('Cause$UserIdCause') && cause.userId instanceof CharSequence) { return cause.userId.toString() }
            }
        }
    } catch (Exception e) {
        // A Jenkins that does not tell: then the build is the actor.
        return ''
    }
    return ''
}

/** withEnv expands $NAME, and a variable ends at a NUL. */
@NonCPS
private String escaped(String text) { return text.replace('$', '$$').replace('\u0000', ' ') }
