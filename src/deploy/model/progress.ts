/** What a deploy has done so far, kept so that a decision costs the same however long it has run. */
import {
  isBackward,
  isEnding,
  isForward,
  showAction,
  type Action,
  type ActionKind,
  type Performed,
} from './actions.ts';

/** The last two: one that went astray before is touched on the way back alone. */
const touching: ReadonlySet<ActionKind> = new Set([
  'drain',
  'activate',
  'ready',
  'retire',
  'redrain',
  'restore',
]);

const inTraffic: ReadonlySet<ActionKind> = new Set([
  'ready',
  'undrain',
  'redrain',
  'reready',
  'retire',
  'recall',
]);

/** It was not even begun: without it the others could not have carried the load. */
const isRefused = ({ kind, problem }: Performed): boolean => kind === 'drain' && problem?.code === 'capacity';

/** Another run has taken over: what it does there since is not known here. */
const isOvertaken = ({ problem }: Performed): boolean =>
  problem?.code === 'lock-stale' || problem?.code === 'lock-lost';

export class DeployProgress {
  readonly records: Performed[] = [];
  /** Instances that were taken out of the traffic or switched, in the order of their first touch. */
  readonly touched: string[] = [];
  /** Instances on which something of the release failed, in that order. */
  readonly bad: string[] = [];
  /** What failed of the release, and of the way back. */
  readonly forward: Performed[] = [];
  readonly backward: Performed[] = [];
  /** What failed when all else was done: nobody knows that these instances are as they should be. */
  readonly unfinished: Performed[] = [];
  /** What was asked for and nobody has confirmed: instances that may not be in the traffic again. */
  unconfirmed: readonly Performed[] = [];
  /** Whether the whole fleet is on its way back: an instance that did not fail has begun to. */
  goesBack = false;
  /** The hook that runs on one instance for all of them has run. */
  ranOnce = false;
  /** Whether something was refused because another run has taken over. */
  overtaken = false;
  /** Batches before these are over, forward and on the way back: where the next search begins. */
  batch = 0;
  back = 0;
  /** The same for those that went astray before, and come after all others. */
  backAstray = 0;
  /** Of `bad`: those before it need nothing more. */
  mended = 0;
  readonly #seen = new Set<string>();
  readonly #bad = new Set<string>();
  readonly #results = new Map<string, Map<ActionKind, 'ok' | 'failed'>>();
  readonly #begun = new Set<string>();

  /** `begun`: what a run that died was doing; nobody knows how far each of it came. */
  constructor(records: readonly Performed[] = [], begun: readonly Pick<Action, 'kind' | 'instance'>[] = []) {
    for (const record of records) this.note(record);
    for (const { kind, instance } of begun) {
      this.#begun.add(`${kind} ${instance}`);
      this.#enter(kind, instance);
    }
  }

  note(record: Performed): void {
    this.records.push(record);
    const own = this.#results.get(record.instance) ?? new Map<ActionKind, 'ok' | 'failed'>();
    this.#results.set(record.instance, own.set(record.kind, record.result));
    if (!isRefused(record)) this.#enter(record.kind, record.instance);
    if (record.kind === 'once' && record.result === 'ok') this.ranOnce = true;
    this.#noteTraffic(record);
    if (record.result === 'ok') return;
    this.#noteFailure(record);
  }

  #noteFailure(record: Performed): void {
    if (isOvertaken(record)) this.overtaken = true;
    if (isForward(record.kind)) {
      this.forward.push(record);
      if (!this.#bad.has(record.instance)) this.bad.push(record.instance);
      this.#bad.add(record.instance);
    } else if (isBackward(record.kind)) this.backward.push(record);
    else if (isEnding(record.kind)) this.unfinished.push(record);
  }

  /** What is known of an instance's traffic now takes the place of what nobody had confirmed before. */
  #noteTraffic(record: Performed): void {
    if (record.result === 'ok' && inTraffic.has(record.kind) && this.unconfirmed.length > 0)
      this.unconfirmed = this.unconfirmed.filter(({ instance }) => instance !== record.instance);
    if (record.unconfirmed !== undefined) this.unconfirmed = [...this.unconfirmed, record];
  }

  did(kind: ActionKind, instance: string): 'ok' | 'failed' | undefined {
    return this.#results.get(instance)?.get(kind);
  }

  /** Whether it was done, or a run that died may have done some of it. */
  began(kind: ActionKind, instance: string): boolean {
    return this.did(kind, instance) !== undefined || this.#begun.has(`${kind} ${instance}`);
  }

  #enter(kind: ActionKind, instance: string): void {
    if (isBackward(kind) && !this.#bad.has(instance)) this.goesBack = true;
    if (!touching.has(kind) || this.#seen.has(instance)) return;
    this.#seen.add(instance);
    this.touched.push(instance);
  }

  /** Whether it is back, and no better than before the deploy. */
  isUnwell(instance: string): boolean {
    return this.records.some((record) => record.unwell && record.instance === instance);
  }

  /** Why it failed first; empty when it has not. */
  reasonOf(instance: string): string {
    const first = this.forward.find((record) => record.instance === instance);
    return first === undefined ? '' : showAction(first);
  }

  isTouched(instance: string): boolean {
    return this.#seen.has(instance);
  }

  isBad(instance: string): boolean {
    return this.#bad.has(instance);
  }
}
