package cpsrun

/** Jenkins' currentBuild: a result only ever gets worse. */
class CurrentBuild implements Serializable {
    static final List<String> ORDER = ['SUCCESS', 'UNSTABLE', 'FAILURE', 'NOT_BUILT', 'ABORTED']
    private String worst
    int number = 7
    /** When it began, milliseconds since the epoch. */
    long startTimeInMillis = 1_800_000_000_000L

    /** What has started it, as Jenkins puts it into JSON. */
    List<Map> causes = [[_class: 'hudson.triggers.SCMTrigger$SCMTriggerCause', shortDescription: 'Started by an SCM change']]
    /** The builds that led to this one, the nearest first. */
    List<CurrentBuild> upstreamBuilds = []

    List<Map> getBuildCauses() {
        if (causes == null) { throw new MissingMethodException('getBuildCauses', CurrentBuild) }
        return causes
    }

    /** Somebody pressed the button; nobody who is known with null, which JSON-lib writes as an object of its own. */
    static Map byUser(String id) { [_class: 'hudson.model.Cause$UserIdCause', shortDescription: "Started by user ${id}" as String, userId: id == null ? new JsonNull() : id, userName: id] }

    static Map by(String kind, String text) { [_class: kind, shortDescription: text] }

    /** As net.sf.json.JSONNull: a text of it is the word null. */
    static class JsonNull implements Serializable {
        @Override String toString() { 'null' }
    }

    String getResult() { worst }

    void setResult(String next) {
        if (!(next in ORDER)) { throw new IllegalArgumentException("no such result: ${next}") }
        if (worst == null || ORDER.indexOf(next) > ORDER.indexOf(worst)) { worst = next }
    }

    String getCurrentResult() { worst ?: 'SUCCESS' }
}
