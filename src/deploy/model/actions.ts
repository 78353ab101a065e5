/** What a deploy is made of: actions on instances, and what became of each. */
import type { Problem } from '../../errors.ts';
import type { ServiceLog } from './service/service-log.ts';

export type ActionKind =
  /** Send, verify, unpack; nothing that runs is touched. */
  | 'stage'
  | 'prepare'
  | 'once'
  | 'drain'
  /** Stop, switch, start. */
  | 'activate'
  /** Wait until the new release answers, and goes on answering. */
  | 'gate'
  | 'ready'
  | 'after'
  /** Mark healthy, delete old releases. */
  | 'finish'
  /** Blue-green: the group that served until now leaves the traffic, and is stopped after a while. */
  | 'retire'
  | 'cool'
  /** Read the log of an instance that failed, before it is touched again. */
  | 'collect'
  | 'undrain'
  | 'redrain'
  /** Stop, switch back, start. */
  | 'restore'
  | 'regate'
  | 'reready'
  /** Blue-green: the old group serves again. */
  | 'recall'
  /** The hook for an instance that failed. */
  | 'failure';

/** What a failure of is no failure of the release. */
const backward: ReadonlySet<ActionKind> = new Set([
  'undrain',
  'redrain',
  'restore',
  'regate',
  'reready',
  'recall',
]);
const aside: ReadonlySet<ActionKind> = new Set(['finish', 'cool', 'collect', 'failure']);
export const isBackward = (kind: ActionKind): boolean => backward.has(kind);
/** The end of an instance: without it nothing is done. */
export const isEnding = (kind: ActionKind): boolean => kind === 'finish' || kind === 'cool';
export const isForward = (kind: ActionKind): boolean => !backward.has(kind) && !aside.has(kind);

export const actionKinds: readonly ActionKind[] = [
  ...(['stage', 'prepare', 'once', 'drain', 'activate', 'gate', 'ready', 'after', 'retire'] as const),
  ...backward,
  ...aside,
];

export interface Action {
  readonly kind: ActionKind;
  readonly instance: string;
  readonly release: string;
}

/** What a failed instance said before it was touched again. */
export interface Evidence extends ServiceLog {
  /** The last answers of its health gate, oldest first. */
  readonly answers: readonly string[];
}

/**
 * What shows that it is our release which answers. `answer`: the answer tells its release · `process`: a process of the release ·
 * `port`: a process of the service holds the port · `owner`: its user opened the port, after the switch · `manager`: systemd's socket,
 * or the container.
 */
export const proofs = ['answer', 'process', 'port', 'owner', 'manager'] as const;
export type Proof = (typeof proofs)[number];

/** Neither, where nobody was asked. */
export interface ProofFinding {
  readonly proof?: Proof;
  /** Why nothing shows it. */
  readonly unproven?: string;
}

/** What an action has found out. */
export interface ActionFinding extends ProofFinding {
  readonly evidence?: Evidence;
  /** An earlier release that is back, and no better than before the deploy: it was not healthy then. */
  readonly unwell?: true;
  /** It was asked for, and nobody was there who could confirm it: why. */
  readonly unconfirmed?: string;
  /** What was sent: so many files, so many bytes. */
  readonly sends?: string;
}

export interface Performed extends Action, ActionFinding {
  readonly result: 'ok' | 'failed';
  readonly reason: string | null;
  readonly problem?: Problem;
  /** When it had ended. */
  readonly at?: number;
}

/** Why no further instance may be begun. What was lost, and a deadline, send the fleet back. */
export type Halt = 'signal' | 'lease' | 'deadline' | 'lost' | null;

export type Decision =
  | {
      readonly act: readonly Action[];
      /** The first action of a new batch: the place for a pause. */
      readonly opens: boolean;
    }
  | { readonly end: End; readonly reasons: readonly string[] };
export type End = 'done' | 'partial' | 'failed' | 'reverted' | 'frozen' | 'mixed' | 'aborted';

export const why: Record<NonNullable<Halt>, string> = {
  signal: 'stopped by a signal',
  lease: 'the lock was lost',
  deadline: 'the deadline of the rollout has passed',
  lost: 'the probe lost more requests than maxLost allows',
};

/** Of these what failed, and what nobody has confirmed: none of it is done. */
export const notDone = (records: readonly Performed[]): string[] =>
  records.flatMap((record) => {
    if (record.result === 'failed') return [showAction(record)];
    const { instance, kind, unconfirmed } = record;
    return unconfirmed === undefined ? [] : [`${instance}: ${kind} is not confirmed: ${unconfirmed}`];
  });

export const showAction = (record: Performed): string =>
  `${record.instance}: ${record.kind} failed: ${record.reason ?? 'no reason given'}`;
