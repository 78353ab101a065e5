/** One look at everything: what rules say becomes incidents, and what incidents want is said and done. */
import {
  BEGUN,
  collect,
  FLAP_MS,
  IncidentRepository,
  isOver,
  next,
  type Delivery,
  type Incident,
  type IncidentEvent,
  type IncidentFile,
  type Opening,
  type Surroundings,
} from '../../incidents/index.ts';
import type { Clock, Log, Random, Store } from '../../ports/ports.ts';
import { RuleBoard, type Readings, type Rule } from '../../rules/index.ts';
import { inBackground, until } from '../../shared/time.ts';

/** How a delivery ended. */
export interface Delivered {
  readonly outcome: NonNullable<Delivery['outcome']>;
  readonly providerId: string | null;
  readonly why: string | null;
}

/** Who says and does what incidents want. */
export interface Hands {
  /** Says it once, however often it is asked; null: not now, it will be asked again. */
  deliver(incident: Incident, delivery: Delivery): Promise<Delivered | null>;
  /** What the incident has taken over. */
  close(incident: Incident, delivery: Delivery): Promise<void>;
  /** Does what a rule wants beside telling, under the guard; how it went. `again`: it was begun before, and nobody knows its end. */
  act(incident: Incident, act: string, again: boolean): Promise<string>;
}

interface WatcherSetup {
  readonly app: string;
  readonly rules: readonly Rule[];
  readonly openings: ReadonlyMap<string, Opening>;
  readonly readings: Readings;
  readonly hands: Hands;
  readonly around: (now: number) => Surroundings;
  /** Whether this watcher may write and tell. */
  readonly leads: () => boolean;
  /** Where incidents go while the store is away. */
  readonly file?: IncidentFile;
}

interface WatcherPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
}

export class Watcher {
  readonly board: RuleBoard;
  readonly incidents: IncidentRepository;
  readonly #setup: WatcherSetup;
  readonly #ports: WatcherPorts;
  /** What is under way: it is not begun twice. */
  readonly #busy = new Set<string>();

  constructor(setup: WatcherSetup, ports: WatcherPorts) {
    this.#setup = setup;
    this.#ports = ports;
    this.board = new RuleBoard(setup.rules);
    this.incidents = new IncidentRepository(setup.app, { ...ports, file: setup.file ?? null });
  }

  /** Throws what the store throws: the next look makes up for it. */
  async look(): Promise<void> {
    const { openings, readings, around, leads } = this.#setup;
    const now = this.#ports.clock.now();
    const found = this.board.look(readings, now);
    if (!leads()) return;
    const known = this.incidents.all.filter((one) => !isOver(one) || now - (one.resolvedAt ?? 0) < FLAP_MS);
    const turned = found.flatMap(({ rule, red, green }) => {
      const opening = openings.get(rule);
      return opening === undefined ? [] : [{ opening, red, green }];
    });
    const after = collect(known, turned, now, around(now), () => newId(this.#ports.random));
    const before = new Map(known.map((one) => [one.id, one]));
    for (const one of after) await this.#write(before.get(one.id) ?? null, one);
    for (const one of this.incidents.all) this.#begin(one, now);
  }

  async #write(before: Incident | null, after: Incident): Promise<void> {
    if (before === after) return;
    if (before === null) await this.incidents.open(after);
    // Somebody was faster: the next look goes by what stands there then.
    else await this.incidents.change(after.id, (now) => (now === before ? after : now));
  }

  /** Begins what is due, and waits for none of it. */
  #begin(incident: Incident, now: number): void {
    for (const one of incident.deliveries)
      if (one.outcome === null && one.at <= now)
        this.#once(`${incident.id} ${one.key}`, () => this.#deliver(incident, one));
    for (const { act, outcome } of incident.reactions)
      if (outcome === null || outcome === BEGUN)
        this.#once(`${incident.id} ${act}`, () => this.#act(incident, act, outcome === BEGUN));
  }

  #once(key: string, work: () => Promise<void>): void {
    if (this.#busy.has(key)) return;
    this.#busy.add(key);
    inBackground(
      key,
      work().finally(() => this.#busy.delete(key)),
      this.#ports.log,
    );
  }

  async #deliver(incident: Incident, delivery: Delivery): Promise<void> {
    const { hands } = this.#setup;
    const done = await hands.deliver(incident, delivery);
    if (done === null) return;
    await this.#apply(incident.id, { is: 'sent', key: delivery.key, ...done });
    await hands.close(incident, delivery);
  }

  /** The end of a delivery that a former leader had begun. */
  taken(id: string, key: string, done: Delivered): Promise<void> {
    return this.#apply(id, { is: 'sent', key, ...done });
  }

  async #act(incident: Incident, act: string, again: boolean): Promise<void> {
    if (!again) await this.#apply(incident.id, { is: 'acted', act, outcome: BEGUN });
    const outcome = await this.#setup.hands.act(incident, act, again);
    await this.#apply(incident.id, { is: 'acted', act, outcome });
  }

  async #apply(id: string, event: IncidentEvent): Promise<void> {
    const now = this.#ports.clock.now();
    await this.incidents.change(id, (one) => next(one, event, now, this.#setup.around(now)));
  }

  /** Resolves when nothing is under way any more, and what that has led to is begun and done, too. */
  async settled(clock: Clock): Promise<void> {
    await until(clock, 50, async () => {
      if (this.#busy.size > 0) return undefined;
      const now = clock.now();
      for (const one of this.incidents.all) this.#begin(one, now);
      return this.#busy.size === 0 ? true : undefined;
    });
  }
}

const letters = 'abcdefghijklmnopqrstuvwxyz234567';

/** `i-` and eight letters of base32. */
function newId(random: Random): string {
  const bytes = Buffer.from(random.hex(8), 'hex');
  return `i-${[...bytes].map((byte) => letters[byte % 32]).join('')}`;
}
