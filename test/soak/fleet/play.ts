/** A whole deploy in virtual time: the real decisions, and a fleet that is only played. */
import type { Action, ActionKind, Decision, Halt, Performed } from '../../../src/deploy/model/actions.ts';
import { decide } from '../../../src/deploy/decide/decide.ts';
import type { Plan } from '../../../src/deploy/model/plan.ts';
import { DeployProgress } from '../../../src/deploy/model/progress.ts';
import { problem } from '../../../src/errors.ts';
import { Events } from './events.ts';
import { World, type Start } from './world.ts';

export interface Fate {
  readonly ms: number;
  readonly ok: boolean;
  /** So long it waits before it is begun, because the others could not carry the load. */
  readonly waitMs?: number;
  /** And then it is not begun at all. */
  readonly refused?: boolean;
}

export interface Show {
  readonly plan: Plan;
  /** Every instance of the environment, as it is before. */
  readonly starts: readonly Start[];
  /** How many may be away at once. */
  readonly limit: number;
  readonly pauseMs: number;
  /** Uploads at the same time. */
  readonly uploads: number;
  /** What becomes of an action on a host that lives. */
  readonly fate: (action: Action) => Fate;
  /** Whether something that failed took effect all the same. */
  readonly coin: () => boolean;
  readonly deaths: readonly { readonly at: number; readonly instance: string }[];
  /** What stops it, from when on; the first of the list that holds counts. */
  readonly stops: readonly { readonly at: number; readonly halt: NonNullable<Halt> }[];
}

/** How a deploy ended, by its own words and in truth. */
export interface Ended {
  readonly end: Extract<Decision, { end: unknown }>;
  readonly progress: DeployProgress;
  readonly world: World;
}
export interface Played extends Ended {
  readonly progress: Counted;
  readonly ms: number;
  readonly decisions: number;
}

/** Counts what is asked of it, which is what a decision costs. */
export class Counted extends DeployProgress {
  asked = 0;
  override did(kind: ActionKind, instance: string): 'ok' | 'failed' | undefined {
    this.asked += 1;
    return super.did(kind, instance);
  }
  override isTouched(instance: string): boolean {
    this.asked += 1;
    return super.isTouched(instance);
  }
  override isBad(instance: string): boolean {
    this.asked += 1;
    return super.isBad(instance);
  }
}

/** What a balancer does, whether the host lives or not. */
const elsewhere: ReadonlySet<ActionKind> = new Set(['drain', 'redrain', 'retire']);

/** Throws as soon as something happens that never may. */
export function play(show: Show): Played {
  const { plan, stops } = show;
  const world = new World(plan, show.starts, show.limit, show.coin);
  const events = new Events();
  const progress = new Counted();
  for (const { at, instance } of show.deaths) events.at(at, () => world.die(instance));
  const halt = (): Halt => stops.find(({ at }) => at <= events.now)?.halt ?? null;
  let pausedAt = -1;

  for (let decisions = 1; decisions <= 40 * plan.tracks.length + 100; decisions += 1) {
    const halted = halt();
    const decision = decide(plan, progress, halted);
    if ('end' in decision) return { end: decision, progress, world, ms: events.now, decisions };
    if (decision.opens && show.pauseMs > 0 && pausedAt !== progress.records.length) {
      pausedAt = progress.records.length;
      const until = Math.min(...stops.map(({ at }) => (at > events.now ? at : Number.POSITIVE_INFINITY)));
      events.pass(Math.min(show.pauseMs, until - events.now));
      continue;
    }
    wave(decision.act, halted);
  }
  throw new Error('it does not end');

  /** All of them at once, each for as long as it takes. */
  function wave(act: readonly Action[], halted: Halt): void {
    if (act.length === 0) throw new Error('nothing is to be done, and it has not ended');
    const goesBack = halted === 'lost' || (halted === 'deadline' && plan.onFailure !== 'continue');
    const returns = goesBack && plan.onFailure !== 'freeze';
    let begun = 0;
    let ended = 0;
    const over = (): void => {
      ended += 1;
      beginNext();
    };
    const beginNext = (): void => {
      const action = act[begun++];
      if (action === undefined) return;
      const fate = show.fate(action);
      const { waitMs = 0, refused = false } = fate;
      // Who is told to stop while it waits has begun nothing.
      const told = halted === null ? Math.min(...stops.map(({ at }) => at)) : Number.POSITIVE_INFINITY;
      if (events.now + waitMs >= told && waitMs > 0) events.at(told, over);
      else if (refused) events.at(events.now + waitMs, () => refuse(action, over));
      else if (waitMs > 0) events.at(events.now + waitMs, () => perform(action, fate, over));
      else perform(action, fate, over);
    };
    const perform = (action: Action, { ms, ok }: Fate, then: () => void): void => {
      const { kind, instance, release } = action;
      world.begin(action, halted !== null, returns);
      events.at(events.now + ms, () => {
        const lives = world.boxes.get(instance)?.alive === true || elsewhere.has(kind);
        const reason = !lives ? 'no answer' : ok ? null : 'broken';
        const result = reason === null ? 'ok' : 'failed';
        const record: Performed = { kind, instance, release, result, reason, at: events.now };
        world.end(record);
        progress.note(record);
        then();
      });
    };
    const refuse = (action: Action, then: () => void): void => {
      const refusal = problem('capacity', {
        host: action.instance,
        reason: 'the others cannot',
        waited: '1m',
      });
      world.refuse(action.instance);
      progress.note({
        ...action,
        result: 'failed',
        reason: refusal.message,
        problem: refusal,
        at: events.now,
      });
      then();
    };
    const limit = act[0]?.kind === 'stage' ? show.uploads : act.length;
    for (let at = 0; at < Math.min(limit, act.length); at += 1) beginNext();
    while (ended < act.length) events.next();
  }
}
