/** A step is one declaration: its types, command line, help, Groovy wrapper and documentation come from it. */
import type { Kit } from './kit.ts';
import type { Params } from './params.ts';

export type * from './params.ts';

/** Sections of canopy.yml: a missing variable is an error only for a step that uses its section. */
export type Section =
  'store' | 'artifact' | 'checks' | 'ssh' | 'environments' | 'traffic' | 'canary' | 'flags';

export type StepOutcome =
  | 'done'
  | 'unchanged'
  | 'pass'
  | 'mixed'
  | 'failed'
  | 'fail'
  | 'inconclusive'
  | 'reverted'
  | 'partial'
  | 'frozen'
  | 'aborted';

export interface StepResult {
  readonly outcome: StepOutcome;
  readonly reasons?: readonly string[];
  readonly data?: Readonly<Record<string, unknown>>;
  /** What a person reads at the end. */
  readonly text?: string;
  /** What was to be done, as rows and as a table of that width: what a dry run shows. */
  readonly plan?: (width: number) => StepPlan;
}

export interface StepPlan {
  readonly rows: readonly object[];
  readonly text: string;
}

export interface Step<P extends Params = Params> {
  readonly name: string;
  /** One line, lower-case, without a full stop. */
  readonly summary: string;
  /** A paragraph or two for the help. */
  readonly description?: string;
  readonly params: P;
  /** Variables that may hold a secret for this step; a name that ends in _FILE holds a path to it. */
  readonly secrets: readonly string[];
  readonly uses: readonly Section[];
  /** Pages of docs/ that tell more: `deploying`. */
  readonly docs?: readonly string[];
  readonly examples: readonly { readonly command: string; readonly says: string }[];
  /** Runs until it is told to stop; has no Jenkins variable. */
  readonly service?: true;
  run(kit: Kit<P>): Promise<StepResult>;
}

/** Declares a step; only the types are its work. */
export const defineStep = <const P extends Params>(step: Step<P>): Step<P> => step;

/** The exit codes of every step, for people. */
export const exitCodes: readonly (readonly [string, string])[] = [
  ['0', 'done, also when there was nothing to do'],
  ['1', 'failed: a server, a program, the store'],
  ['2', 'usage or configuration'],
  ['3', 'the verdict is no: a gate, an analysis, or a deploy that went back'],
  ['4', 'the lock is held by another run'],
  ['5', 'stopped by a signal, in a safe state that the result names'],
];

/** Exit code of the contract for an outcome. */
export const exitOf: Readonly<Record<StepOutcome, 0 | 1 | 3 | 5>> = {
  done: 0,
  unchanged: 0,
  pass: 0,
  mixed: 1,
  failed: 1,
  fail: 3,
  inconclusive: 3,
  reverted: 3,
  partial: 3,
  frozen: 3,
  aborted: 5,
};
