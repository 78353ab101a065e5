/** What one gate said when it was asked once. */
export interface GateAnswer {
  /** `unknown`: it cannot say yet. `error`: there was no answer, or none that can be understood. */
  readonly said: 'yes' | 'no' | 'unknown' | 'error';
  /** For people: of any length and content until `clean` has been at it. */
  readonly reason: string;
  readonly value?: number;
}

/** Which canary is asked about. */
export interface GateContext {
  readonly app: string;
  readonly release: string;
  /** The environment of the canary. */
  readonly environment: string;
  /** Percent of the requests. */
  readonly weight: number;
  /** Of canary.steps, the first is 1. */
  readonly step: number;
  /** When the canary was started: milliseconds since the epoch. */
  readonly startedAt: number;
}
