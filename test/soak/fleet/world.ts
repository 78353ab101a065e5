/**
 * A simulated fleet as it really is, whatever the planner believes. Each action is told before and after; what may never
 * happen throws at that moment.
 */
import {
  isBackward,
  isForward,
  type Action,
  type ActionKind,
  type Performed,
} from '../../../src/deploy/model/actions.ts';
import type { Plan } from '../../../src/deploy/model/plan.ts';
import { Groups } from './groups.ts';
import { Stairs } from './stairs.ts';

/** What an instance was like before the deploy. */
export interface Start {
  readonly name: string;
  readonly current: string | null;
  readonly running: boolean;
  readonly serves: boolean;
}

export interface Box {
  readonly start: Start;
  /** Its batch; none: the plan leaves it alone, or it is of the group that served before. */
  readonly batch: number | null;
  /** What the plan wants it to go back to. */
  readonly previous: string | null;
  current: string | null;
  running: boolean;
  serves: boolean;
  /** Before it was last told to leave the traffic. */
  served: boolean;
  /** What runs has passed its gate since it was started. */
  proven: boolean;
  alive: boolean;
  touched: boolean;
  /** Something of the release failed on it, and then something on its way back: nobody can do more for it. */
  failed: boolean;
  givenUp: boolean;
  collected: boolean;
  /** It came back all the way. */
  back: boolean;
  /** It is out of the traffic, or down, because of us. */
  away: boolean;
}

const leaves: ReadonlySet<ActionKind> = new Set(['drain', 'redrain', 'retire']);
const enters: ReadonlySet<ActionKind> = new Set(['ready', 'undrain', 'reready', 'recall']);
/** What an instance that failed may be asked while it is left as it is. */
const looks: ReadonlySet<ActionKind> = new Set(['collect', 'failure']);

export class World {
  readonly boxes: ReadonlyMap<string, Box>;
  /** The most that were away at once. */
  most = 0;
  #away = 0;
  #onces = 0;
  readonly #plan: Plan;
  readonly #limit: number;
  readonly #coin: () => boolean;
  readonly #stairs: Stairs;
  readonly #groups: Groups;

  /** `limit`: how many may be away at once; `coin`: whether something that failed took effect all the same. */
  constructor(plan: Plan, starts: readonly Start[], limit: number, coin: () => boolean) {
    const batchOf = new Map(plan.batches.flatMap((batch, at) => batch.map((name) => [name, at] as const)));
    const previousOf = new Map(plan.tracks.map(({ instance, previous }) => [instance, previous]));
    this.boxes = new Map(
      starts.map((start) => [
        start.name,
        {
          start,
          batch: batchOf.get(start.name) ?? null,
          previous: previousOf.get(start.name) ?? null,
          current: start.current,
          running: start.running,
          serves: start.serves,
          served: start.serves,
          proven: false,
          alive: true,
          touched: false,
          failed: false,
          givenUp: false,
          collected: false,
          back: false,
          away: false,
        },
      ]),
    );
    this.#plan = plan;
    this.#limit = limit;
    this.#coin = coin;
    this.#stairs = new Stairs(plan.batches.length);
    this.#groups = new Groups(plan, this.boxes);
  }

  /** `stopped`: something said before that no further batch may be begun; `returns`: and that what was begun goes back. */
  begin({ kind, instance }: Action, stopped: boolean, returns: boolean): void {
    const box = this.#box(instance);
    const plan = this.#plan;
    if (isForward(kind)) this.#checkForward(box, kind, stopped, returns);
    if (box.failed && box.touched && box.batch !== null && !looks.has(kind)) {
      if (!box.collected) throw wrong(box, `${kind} before its log was read`);
      if (plan.onFailure === 'freeze') throw wrong(box, `${kind} though it is to be frozen`);
    }
    if (isBackward(kind) && box.batch !== null) this.#stairs.checkTop(box.batch, instance);
    if (leaves.has(kind)) {
      if (kind === 'retire') this.#groups.checkProven();
      this.#leave(box);
      box.served = box.serves;
      this.#serve(box, false);
    }
    if (kind === 'activate' || kind === 'restore') {
      if (plan.balanced && box.serves) throw wrong(box, `${kind} while it takes traffic`);
      if (kind === 'activate' && plan.hooks.once && this.#onces !== 1)
        throw wrong(box, `switched, and once was run ${this.#onces} times`);
      this.#leave(box);
      box.running = false;
      box.proven = false;
    }
    if ((kind === 'ready' || kind === 'reready') && !box.proven) throw wrong(box, `${kind} without a gate`);
    if (kind === 'undrain' && box.current !== box.start.current) throw wrong(box, 'undrain after a switch');
    if (kind === 'cool' && box.serves) throw wrong(box, 'stopped while it takes traffic');
  }

  end({ kind, instance, release, result }: Performed): void {
    const box = this.#box(instance);
    const ok = result === 'ok';
    const took = ok || this.#coin();
    if (kind === 'once' && ok && ++this.#onces > 1) throw wrong(box, 'once was run again');
    if (kind === 'collect') box.collected = true;
    if (leaves.has(kind) && !took) this.#serve(box, box.served);
    if (enters.has(kind) && took) this.#serve(box, true);
    if (kind === 'activate' && took) Object.assign(box, { current: release, running: ok || this.#coin() });
    if (kind === 'restore' && took) {
      if (release !== box.previous && box.previous !== null) throw wrong(box, `goes back to ${release}`);
      box.current = box.previous;
      box.running = box.previous !== null && (ok || this.#coin());
    }
    if ((kind === 'gate' || kind === 'regate') && ok) box.proven = true;
    if (!ok && isForward(kind)) box.failed = true;
    if (!ok && isBackward(kind)) {
      box.givenUp = true;
      this.#settle(box);
    }
    if (ok && this.#isLastBack(kind, box)) {
      box.back = true;
      this.#settle(box);
    }
    if (ok && enters.has(kind)) this.#arrive(box);
    if (ok && kind === 'gate' && !this.#plan.balanced) this.#arrive(box);
  }

  /** It was not let out of the traffic: nothing was done to it. */
  refuse(instance: string): void {
    this.#box(instance).failed = true;
  }

  die(instance: string): void {
    const box = this.#box(instance);
    box.alive = false;
    box.running = false;
    this.#groups.forget(box);
    this.#arrive(box);
    // Nobody can bring it back.
    if (box.batch !== null) this.#stairs.down(box.batch, instance);
  }

  #checkForward(box: Box, kind: ActionKind, stopped: boolean, returns: boolean): void {
    const plan = this.#plan;
    if (kind === 'stage' || kind === 'prepare' || kind === 'once') return;
    if (plan.strategy === 'blue-green') {
      if (stopped && !this.#groups.hasSwitched()) throw wrong(box, `${kind} after it was stopped`);
      if (kind !== 'retire' && box.batch === null) throw wrong(box, `${kind} in the group that serves`);
      return;
    }
    if (returns) throw wrong(box, `${kind} while all is to go back`);
    if (stopped && !this.#stairs.isBegun(box.batch ?? 0)) throw wrong(box, 'its batch was begun too late');
  }

  /** The last step of the way back of an instance. */
  #isLastBack(kind: ActionKind, box: Box): boolean {
    const { strategy, balanced } = this.#plan;
    if (kind === 'undrain' || kind === 'reready') return true;
    if (kind === 'restore') return box.previous === null;
    return kind === 'regate' && (!balanced || strategy === 'blue-green');
  }

  #leave(box: Box): void {
    if (!box.touched && box.batch !== null) this.#stairs.up(box.batch, box.start.name, box.alive);
    box.touched = true;
    // The idle group serves nobody; what is dead is not down because of us.
    if (box.away || !box.alive || this.#plan.strategy === 'blue-green') return;
    box.away = true;
    this.#away += 1;
    this.most = Math.max(this.most, this.#away);
    if (this.#away > this.#limit) throw wrong(box, `${this.#away} are away, ${this.#limit} may be`);
  }

  #arrive(box: Box): void {
    if (box.away) this.#away -= 1;
    box.away = false;
  }

  /** Nothing more comes for it on the way back. */
  #settle(box: Box): void {
    if (box.batch !== null) this.#stairs.down(box.batch, box.start.name);
    this.#arrive(box);
  }

  #serve(box: Box, serves: boolean): void {
    box.serves = serves;
    this.#groups.note(box);
  }

  #box(instance: string): Box {
    const box = this.boxes.get(instance);
    if (!box) throw new Error(`${instance} is none of the fleet`);
    return box;
  }
}

const wrong = (box: Box, what: string): Error => new Error(`${box.start.name}: ${what}`);
