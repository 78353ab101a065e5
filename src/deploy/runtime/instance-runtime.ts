import type { Effect } from '../../commands/core/command.ts';
import type { Lines } from '../../config/types.ts';
import type { InstanceFacts } from '../model/facts.ts';
import type { ServiceLog } from '../model/service/service-log.ts';
import type { ProofFacts } from './proof-facts.ts';

/** What an instance runs in, as a deploy asks it: whatever is behind it, what comes back are facts as values. */
export interface InstanceRuntime {
  /** Throws `facts-unreadable`, and what the way there says. */
  facts(asked: FactsOptions): Promise<InstanceFacts>;
  /** Whether it runs, by its manager. */
  runs(effect: Effect): Promise<HealthAnswer>;
  /** What a user's question to the release that runs is answered. */
  ask(release: string, lines: Lines, effect: Effect): Promise<HealthAnswer>;
  /** Its state, as its manager tells it; null when there is no manager, or it does not tell. */
  state(): Promise<ProofFacts['state'] | null>;
  /** What shows whose process answers; null in a dry run, `silent`: why the server does not tell. */
  proof(asked: ProofOptions, effect: Effect): Promise<ProofFacts | { readonly silent: string } | null>;
  /** The record that a release was brought with, as a text; null: there is none. */
  record(release: string): Promise<string | null>;
  /** What it has logged; null when nobody knows where that is. */
  log(lines: number): Promise<ServiceLog | null>;
}

/** What to ask beside the releases: the unit of systemd, and the journal of the last deploy. */
export interface FactsOptions {
  readonly withUnit: boolean;
  readonly withJournal: boolean;
}

interface ProofOptions {
  readonly release: string;
  /** To be resolved there; empty: there is none. */
  readonly name: string;
  readonly port: number | null;
}

export interface HealthAnswer {
  readonly ok: boolean;
  readonly reason: string;
  /** What was answered, in a word: a status, `404 release` when it told the release; `none`; `open`, `closed`; `exit 0`. */
  readonly said: string;
  /** Which process it is, where that is known. */
  readonly process?: string;
}
