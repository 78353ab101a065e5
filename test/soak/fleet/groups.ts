import type { Plan } from '../../../src/deploy/model/plan.ts';
import type { Box } from './world.ts';

/** The two groups of a blue-green switch: one of them always serves as a whole. */
export class Groups {
  readonly #live: ReadonlySet<Box>;
  readonly #idle: ReadonlySet<Box>;
  /** Instances of each that are alive and do not serve. */
  readonly #liveOut = new Set<Box>();
  readonly #idleOut = new Set<Box>();
  readonly #liveIn = new Set<Box>();

  constructor({ strategy, retire, tracks }: Plan, boxes: ReadonlyMap<string, Box>) {
    const of = (names: readonly string[]): Set<Box> =>
      new Set(names.flatMap((name) => boxes.get(name) ?? []));
    const isSwitch = strategy === 'blue-green';
    this.#live = of(isSwitch ? retire : []);
    this.#idle = of(isSwitch ? tracks.map(({ instance }) => instance) : []);
    for (const box of [...this.#live, ...this.#idle]) this.note(box);
  }

  note(box: Box): void {
    const out = this.#live.has(box) ? this.#liveOut : this.#idle.has(box) ? this.#idleOut : null;
    if (out === null) return;
    if (this.#live.has(box) && box.serves) this.#liveIn.add(box);
    else this.#liveIn.delete(box);
    if (box.serves || !box.alive) out.delete(box);
    else out.add(box);
    if (this.#live.size > 0 && this.#liveOut.size > 0 && this.#idleOut.size > 0)
      throw new Error(`${box.start.name}: neither group serves as a whole`);
  }

  forget(box: Box): void {
    this.#liveOut.delete(box);
    this.#idleOut.delete(box);
  }

  /** The old group has left the traffic; when there is none: the new one serves as a whole. */
  hasSwitched(): boolean {
    return this.#liveIn.size === 0 && (this.#live.size > 0 || this.#idleOut.size === 0);
  }

  /** Before the first of the old group leaves. */
  checkProven(): void {
    if (this.#liveOut.size > 0) return;
    for (const { start, proven, serves, alive } of this.#idle)
      if (alive && !(proven && serves)) throw new Error(`${start.name}: switched to without a gate`);
  }
}
