/**
 * The router's copy of the shared state. It follows the store by push, reads again every few seconds as a safety net, and
 * goes on with what it has when the store is away; what was decided here meanwhile is pushed when it is back.
 */
import type { Clock, Log, Store } from '../../ports/ports.ts';
import {
  alarmed,
  apply,
  changeFrom,
  merge,
  push,
  rearmed,
  toText,
  type Alert,
  type Change,
  type TrafficState,
} from '../../traffic/index.ts';
import { trafficChannel } from '../../store-keys.ts';
import { inBackground, WakeablePause, withTimeout } from '../../shared/time.ts';
import { troubleOf, type Trouble } from './trouble.ts';
import { messageOf } from '../../shared/text/thrown.ts';

const REREAD_MS = 3000;
/** While the store is away it is tried so often. */
const RETRY_MS = 500;
const LIMIT_MS = 2000;

interface SharedSetup {
  readonly app: string;
  /** This router: the actor of its alerts. */
  readonly id: string;
  readonly store: Store | null;
  readonly clock: Clock;
  readonly log: Log;
  /** Hears every state before anything else is done with it. */
  readonly heard: (state: TrafficState) => void;
  /** Resolves when the state is safe on this machine's disk. */
  readonly save: (state: TrafficState) => Promise<void>;
}

export class Shared {
  #state: TrafficState;
  #up: boolean | null = null;
  #trouble: Trouble | null = null;
  readonly #setup: SharedSetup;
  #unsubscribe: (() => Promise<void>) | null = null;
  #pause = new WakeablePause();
  #again = false;

  constructor(setup: SharedSetup, first: TrafficState) {
    this.#setup = setup;
    this.#state = first;
  }

  get state(): TrafficState {
    return this.#state;
  }

  /** Whether the store answered last time; null when there is none or it was not asked yet. */
  get storeUp(): boolean | null {
    return this.#up;
  }

  /** Subscribes and reads once, as far as the store lets us. */
  async start(): Promise<void> {
    await this.#subscribe();
    await this.#sync();
  }

  /** Follows the store until the signal. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (!this.#again)
        await this.#pause.sleep(this.#setup.clock, this.#up === false ? RETRY_MS : REREAD_MS, signal);
      if (signal.aborted) break;
      this.#again = false;
      await this.#subscribe();
      await this.#sync();
    }
    await this.#leave();
  }

  /** Raises the alert: it holds here when this returns, and goes to the store from here. Never fails. */
  raise(alert: Alert): Promise<void> {
    return this.#here(alarmed(this.#state, this.#setup.id, alert));
  }

  /** Re-arms: ends the alert and a passive revert. Says whether all know it. */
  async rearm(): Promise<boolean> {
    await this.#here(rearmed(this.#state));
    return this.order({ kind: 'resume' });
  }

  /** A change by the store, so that no other is lost; without it here alone, to be merged later. Says whether all know it. */
  async order(one: Change): Promise<boolean> {
    const { app, store, clock, log } = this.#setup;
    if (store !== null) {
      try {
        this.#adopt(await withTimeout(changeFrom(this.#state, app, one, { store, clock, log }), LIMIT_MS));
        await this.#setup.save(this.#state);
        return true;
      } catch (error) {
        log.warn(`the change holds on this router alone for now: ${troubleOf(error).text}`);
      }
    }
    await this.#here(apply(this.#state, one));
    return false;
  }

  /** What another process of this router knows. */
  meet(other: TrafficState): void {
    this.#adopt(other);
  }

  /** Look at the store soon. */
  poke(): void {
    this.#again = true;
    this.#pause.wake();
  }

  async #here(next: TrafficState): Promise<void> {
    this.#adopt(next);
    this.poke();
    await this.#setup.save(this.#state);
  }

  #adopt(next: TrafficState): void {
    const both = merge(this.#state, next);
    if (toText(both) === toText(this.#state)) return;
    this.#state = both;
    this.#setup.heard(both);
    inBackground('saving the state', this.#setup.save(both), this.#setup.log);
  }

  async #sync(): Promise<void> {
    const { app, store, clock, log } = this.#setup;
    if (store === null) return;
    try {
      this.#adopt(await withTimeout(push(app, this.#state, { store, clock, log }), LIMIT_MS));
      this.#is(null);
    } catch (error) {
      this.#is(troubleOf(error));
    }
  }

  async #subscribe(): Promise<void> {
    const { app, store } = this.#setup;
    if (store === null || this.#unsubscribe !== null) return;
    try {
      const subscribing = store.subscribe(trafficChannel(app), () => this.poke());
      this.#unsubscribe = await withTimeout(subscribing, LIMIT_MS);
    } catch (error) {
      this.#is(troubleOf(error));
    }
  }

  async #leave(): Promise<void> {
    try {
      if (this.#unsubscribe !== null) await withTimeout(this.#unsubscribe(), 1000);
    } catch (error) {
      this.#setup.log.debug(`could not unsubscribe: ${messageOf(error)}`);
    }
  }

  /** Each trouble is told once, and its end. */
  #is(trouble: Trouble | null): void {
    const { log } = this.#setup;
    const before = this.#trouble;
    this.#up = trouble?.up ?? true;
    this.#trouble = trouble;
    const on = `version ${this.#state.version}`;
    if (trouble === null) {
      if (before !== null) log.info(`the ${before.up ? 'store is followed' : 'store answers'} again; ${on}`);
      // The words of one that is away change from one try to the next.
    } else if (before?.up !== trouble.up || (trouble.up && before.text !== trouble.text))
      log.warn(`${trouble.text}; the router goes on with ${on}`);
  }
}
