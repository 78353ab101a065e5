/** What the router allows its peers, once everything is worked in. */

/** What one client may ask of a router. */
export interface Limits {
  /** The longest head of a request, its target included; 431 beyond. */
  readonly headerBytes: number;
  /** The most headers of a request; 431 beyond. */
  readonly headers: number;
  /** The longest target; 414 beyond. */
  readonly urlBytes: number;
  /** The longest body of a request; 413 beyond. 0: any. */
  readonly bodyBytes: number;
  /** A head has to be complete within this. */
  readonly headerTimeMs: number;
  /** A client that has to send or to read must move `slowestBytes` a second, measured over this. 0: never cut. */
  readonly idleMs: number;
  readonly slowestBytes: number;
  /** The head of an answer has to come within this; 504 beyond. 0: any. */
  readonly answerMs: number;
  /** An instance may pause so long in the middle of an answer; event streams as long as they like. 0: any. */
  readonly quietMs: number;
  /** A connection without a request is kept so long. */
  readonly keepAliveMs: number;
  /** Connections at a time; the next ones get 503. 0: any. */
  readonly connections: number;
  /** Requests over one connection. 0: any. */
  readonly requests: number;
}

/** When an instance that passes its checks is spared all the same. */
export interface CircuitConfig {
  /** Failures in a row that open it. 0: never. */
  readonly failures: number;
  /** How long the first time; doubled each time, up to `longestMs`. */
  readonly openMs: number;
  readonly longestMs: number;
  /** Whether a 5xx answer counts as a failure. */
  readonly on5xx: boolean;
  /** Percent of an arm's instances that may be out by it at a time. */
  readonly atMost: number;
}

/** The keys of `traffic` that keep the router safe from bad peers. */
export interface Hardening {
  readonly limits: Limits;
  readonly circuit: CircuitConfig;
  /** An instance that is back gets a share that grows over this. 0: all of it at once. */
  readonly slowStartMs: number;
  /** Tunnels and event streams of a drained instance are closed after this. */
  readonly longLived: { readonly drainMs: number };
  /** HTML that is shown during maintenance: a file, absolute. */
  readonly maintenance: { readonly page: string | null };
}
