/** How long a primary waits for its workers, in milliseconds. */
export const limits = {
  /** A worker that does not serve by then is killed. */
  startMs: 60_000,
  /** Whoever has not answered a question by then is left out. */
  answerMs: 2000,
  /** Whoever has not answered by then, and was insisted upon, is killed. */
  insistMs: 5000,
  /** What is left so long after the grace is killed. */
  lateMs: 5000,
  /** At the end, where systemd keeps the sockets and another router takes over: idle connections are kept so long. */
  lingerMs: 1000,
};
