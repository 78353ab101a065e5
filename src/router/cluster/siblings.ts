/** The other processes of this router: what one hears all hear, and what they tell is told as one. */
import type { Server } from 'node:http';
import { merge, parseState, toText, type TrafficState } from '../../traffic/index.ts';
import type { PrimaryLink, ListenAddress, SocketHandle } from '../../workers/index.ts';

/** What the canary has answered, and how often it failed. */
export interface Counts {
  readonly answers: number;
  readonly errors: number;
}

/** A socket that is open already. */
export interface SiblingHandler {
  readonly handle: SocketHandle;
  /** Set: another process accepts, and these connections go to the server. */
  readonly take: ((server: Server) => void) | null;
}

/** What this process has to say to the others. */
interface Self {
  state(): TrafficState;
  /** Applies what another one knows. */
  meet(state: TrafficState): void;
  /** Resolves when the state is on the disk, where this process writes it. */
  saved(): Promise<void>;
  counts(): Counts;
  /** What this process alone tells on the admin port. */
  report(): unknown;
  /** Reads canopy.yml again; resolves when that is done. */
  reload(): Promise<unknown>;
}

interface Reports {
  readonly others: readonly unknown[];
  /** What is kept of processes that have ended. */
  readonly past: unknown;
}

export interface Siblings {
  /** Whether this process does what only one may: write the disk, judge the canary. */
  leads(): boolean;
  /** The socket to listen on; null: open one. */
  socket(name: string, place: ListenAddress): Promise<SiblingHandler | null>;
  /** Takes part. Resolves when it knows what the others know, and they know what it knows. */
  join(self: Self): Promise<void>;
  /** Resolves when every other process has applied the state, or is dead. */
  tell(state: TrafficState): Promise<void>;
  /** What the others tell on the admin port; `own` is kept of this process when it has ended. */
  reports(own: unknown): Promise<Reports>;
  /** What the others have counted since they were first heard; `ask` asks them again. */
  counts(): Counts;
  ask(): Promise<void>;
  /** All others read canopy.yml again; resolves when they have, or after a moment. */
  reload(): Promise<void>;
}

/** The question whose answers the primary keeps of workers that have ended. */
export const REPORT = 'report';

const none: Counts = { answers: 0, errors: 0 };

/** A router of one process. */
export const alone: Siblings = {
  leads: () => true,
  socket: () => Promise.resolve(null),
  join: () => Promise.resolve(),
  tell: () => Promise.resolve(),
  reports: () => Promise.resolve({ others: [], past: null }),
  counts: () => none,
  ask: () => Promise.resolve(),
  reload: () => Promise.resolve(),
};

/** A router whose processes have a line to their primary. `several`: so that it has to deal the connections. */
export class WorkerSiblings implements Siblings {
  readonly #line: PrimaryLink;
  readonly #several: boolean;
  readonly #counted = new Map<number, { readonly first: Counts; last: Counts }>();
  #told = '';
  #telling: Promise<void> = Promise.resolve();
  #self: Self | null = null;

  constructor(line: PrimaryLink, several: boolean) {
    this.#line = line;
    this.#several = several;
  }

  leads(): boolean {
    return this.#line.leads();
  }

  async socket(name: string, place: ListenAddress): Promise<SiblingHandler> {
    // Who asks the admin port is answered by whoever is free.
    const dealt = this.#several && name === 'public';
    return {
      handle: await this.#line.socket(name, place, dealt),
      take: dealt ? (server) => this.#line.take(server) : null,
    };
  }

  async join(own: Self): Promise<void> {
    const line = this.#line;
    this.#self = own;
    line.reply('traffic', async (body) => {
      this.#heard(body);
      await own.saved();
      return toText(own.state());
    });
    line.reply('counts', () => own.counts());
    line.reply('reload', () => own.reload());
    line.reply(REPORT, () => own.report());
    line.onLead(() => void own.saved());
    line.join();
    await this.#spread(toText(own.state()));
  }

  tell(state: TrafficState): Promise<void> {
    const text = toText(state);
    if (text === this.#told || this.#self === null) return this.#telling;
    this.#told = text;
    this.#telling = this.#spread(text);
    return this.#telling;
  }

  async reports(own: unknown): Promise<Reports> {
    const answers = (await this.#line.ask(REPORT, own)).filter(({ body }) => body !== null);
    const past = answers.find(({ from }) => from === 0)?.body ?? null;
    return { others: answers.filter(({ from }) => from !== 0).map(({ body }) => body), past };
  }

  counts(): Counts {
    return [...this.#counted.values()].reduce(
      (sum, { first, last }) => ({
        answers: sum.answers + last.answers - first.answers,
        errors: sum.errors + last.errors - first.errors,
      }),
      none,
    );
  }

  async ask(): Promise<void> {
    for (const { from, body } of await this.#line.ask('counts', null)) {
      if (!isCounts(body)) continue;
      const before = this.#counted.get(from);
      if (before === undefined) this.#counted.set(from, { first: body, last: body });
      else before.last = body;
    }
  }

  async reload(): Promise<void> {
    await this.#line.ask('reload', null);
  }

  #heard(body: unknown): void {
    const parsed = typeof body === 'string' ? parseState(body) : null;
    if (this.#self === null || parsed?.ok !== true) return;
    // What all others hear from somebody else need not be told again.
    const both = toText(merge(this.#self.state(), parsed.value));
    if (both === body) this.#told = both;
    this.#self.meet(parsed.value);
  }

  async #spread(text: string): Promise<void> {
    for (const { body } of await this.#line.ask('traffic', text, true)) if (body !== text) this.#heard(body);
  }
}

function isCounts(body: unknown): body is Counts {
  if (typeof body !== 'object' || body === null) return false;
  const { answers, errors } = body as Record<string, unknown>;
  return typeof answers === 'number' && typeof errors === 'number';
}
