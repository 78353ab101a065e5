/** Gates of a canary beside its analysis, once everything is worked in. */
import type { Secret } from '../shared/secret.ts';

export type GateConfig = PrometheusGate | WebhookGate | CommandGate;

export interface PrometheusGate extends GateRules {
  readonly prometheus: GateServer & { readonly query: string };
  /** The value may be no more and no less than that; null: there is no such limit. */
  readonly max: number | null;
  readonly min: number | null;
  /** What it means that the query finds nothing. */
  readonly empty: 'pass' | 'unknown' | 'fail';
}

export interface WebhookGate extends GateRules {
  readonly webhook: GateServer;
}

export interface CommandGate extends GateRules {
  /** Run by `sh -e` on the machine of the step, in the folder of canopy.yml. */
  readonly command: readonly string[];
}

export interface GateServer {
  readonly url: string;
  /** Sent as `Authorization: Bearer`. */
  readonly token: Secret | null;
  /** `user:password`, sent as `Authorization: Basic`. */
  readonly login: Secret | null;
}

export interface GateRules {
  readonly name: string;
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** So many noes in a row fail the canary. */
  readonly failures: number;
  /** So many times in a row without an answer fail it too. */
  readonly errors: number;
}
