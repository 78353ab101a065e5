/** The one guard: refused with a reason, or performed once, told before and after. */
import { openAudit, type Actor } from '../audit/index.ts';
import { isCanopyError } from '../errors.ts';
import type { Clock, Log, Store } from '../ports/ports.ts';
import { messageOf } from '../shared/text/thrown.ts';
import {
  capFacts,
  decide,
  type ActFacts,
  type CapSet,
  type DoneAct,
  type GuardedAct,
  type GuardRefusal,
} from './decide.ts';
import { changeGuard, MOST_DONE } from './state.ts';

/** Acts older than that count for nothing. */
const REMEMBERED_MS = 24 * 3_600_000;
interface GuardPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

type Acted =
  { readonly did: true; readonly changed: boolean } | { readonly did: false; readonly why: GuardRefusal };

export class Guard {
  readonly #app: string;
  readonly #actor: Actor;
  readonly #ports: GuardPorts;

  constructor(app: string, actor: Actor, ports: GuardPorts) {
    this.#app = app;
    this.#actor = actor;
    this.#ports = ports;
  }

  /** `perform` tells whether it has changed anything; what it throws is told and thrown on. */
  async act(
    next: GuardedAct,
    facts: ActFacts,
    caps: CapSet,
    perform: () => Promise<boolean>,
  ): Promise<Acted> {
    const { clock, log } = this.#ports;
    const why = await this.#reserve(next, facts, caps);
    const told = { action: next.act, target: next.subject };
    const audit = openAudit({ app: this.#app, actor: this.#actor }, this.#ports);
    if (why !== null) {
      log.warn(`not done, ${why}: ${next.act} of ${next.subject}`);
      return { did: false, why };
    }
    const at = clock.now();
    const id = await audit.intent(told);
    try {
      const changed = await perform();
      await audit.outcome(id, { ...told, outcome: changed ? 'done' : 'unchanged' });
      if (!changed) await this.#idle(next, at);
      return { did: true, changed };
    } catch (error) {
      await audit.outcome(id, { ...told, outcome: 'failed', reasons: [messageOf(error)] });
      throw error;
    }
  }

  /** The act is counted before it is done: two that are done at once count as two. */
  async #reserve(next: GuardedAct, facts: ActFacts, caps: CapSet): Promise<GuardRefusal | null> {
    const { clock } = this.#ports;
    let why: GuardRefusal | null = null;
    try {
      await changeGuard(this.#app, this.#ports.store, (state) => {
        const now = clock.now();
        const known = { ...capFacts(state.done, next, caps, now), ...facts, paused: state.paused !== null };
        why = decide(next, known);
        if (why !== null) return state;
        const { act, subject, host } = next;
        return { ...state, done: [...recent(state.done, now), { at: now, act, subject, host, idle: false }] };
      });
      return why;
    } catch (error) {
      if (!isCanopyError(error)) throw error;
      return decide(next, { ...facts, 'store-away': true });
    }
  }

  async #idle(next: GuardedAct, since: number): Promise<void> {
    await changeGuard(this.#app, this.#ports.store, (state) => ({
      ...state,
      done: state.done.map((one) =>
        one.act === next.act && one.subject === next.subject && one.at <= since && since - one.at < 60_000
          ? { ...one, idle: true }
          : one,
      ),
    }));
  }
}

const recent = (done: readonly DoneAct[], now: number): DoneAct[] =>
  done.filter(({ at }) => now - at < REMEMBERED_MS).slice(1 - MOST_DONE);
