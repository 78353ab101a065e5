package cpsrun

/** Jenkins' currentBuild: a result only ever gets worse. */
class CurrentBuild implements Serializable {
    static final List<String> ORDER = ['SUCCESS', 'UNSTABLE', 'FAILURE', 'NOT_BUILT', 'ABORTED']
    private String worst

    String getResult() { worst }

    void setResult(String next) {
        if (!(next in ORDER)) { throw new IllegalArgumentException("no such result: ${next}") }
        if (worst == null || ORDER.indexOf(next) > ORDER.indexOf(worst)) { worst = next }
    }

    String getCurrentResult() { worst ?: 'SUCCESS' }
}
