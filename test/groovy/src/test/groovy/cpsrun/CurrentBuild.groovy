package cpsrun

/** Jenkins' currentBuild: a result only ever gets worse. */
class CurrentBuild implements Serializable {
    static final List<String> ORDER = ['SUCCESS', 'UNSTABLE', 'FAILURE', 'NOT_BUILT', 'ABORTED']
    private String worst
    int number = 7
    /** When it began, milliseconds since the epoch. */
    long startTimeInMillis = 1_800_000_000_000L

    String getResult() { worst }

    void setResult(String next) {
        if (!(next in ORDER)) { throw new IllegalArgumentException("no such result: ${next}") }
        if (worst == null || ORDER.indexOf(next) > ORDER.indexOf(worst)) { worst = next }
    }

    String getCurrentResult() { worst ?: 'SUCCESS' }
}
