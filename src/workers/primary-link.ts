/** A worker's line to its primary. */
import type { Server } from 'node:http';
import { fail } from '../errors.ts';
import type { ListenAddress } from './connections/messages.ts';
import { WORKER, type WorkerAnswer, type ToPrimary, type ToWorker } from './connections/messages.ts';
import type { SocketHandle } from './connections/sockets.ts';
import { ConnectionReceiver } from './connections/connection-receiver.ts';

type QuestionHandler = (body: unknown) => Promise<unknown> | unknown;

export interface PrimaryLink {
  /** This worker's number: no other of this primary ever has it. */
  readonly number: number;
  /** Aborted when the worker is to end, or its primary has gone. */
  readonly ending: AbortSignal;
  /** Milliseconds for which idle connections are kept after that: others serve the new ones. */
  lingerMs(): number;
  /** Whether this is the worker that does what only one may do. */
  leads(): boolean;
  /** Runs when it becomes that one. */
  onLead(hear: () => void): void;
  /** The listening socket of that name; with `dealt` it tells the address, and `take` gets the connections. Throws `router-socket`. */
  socket(name: string, place: ListenAddress, dealt?: boolean): Promise<SocketHandle>;
  /** Gives the server the connections that are dealt. */
  take(server: Server): void;
  /** Answers the questions of others. All have to be set before `join`. */
  reply(what: string, reply: QuestionHandler): void;
  /** From now on questions are heard. */
  join(): void;
  /** Asks all others. With `insist` every one of them has answered when it resolves, or is dead. */
  ask(what: string, body: unknown, insist?: boolean): Promise<readonly WorkerAnswer[]>;
  ready(workers: number): void;
  /** Tells why it will never be ready; resolves when that has been sent. */
  failed(reason: string): Promise<void>;
  /** Tells how it ended; resolves when that has been sent. */
  ended(body: unknown): Promise<void>;
}

/** The line, when this process is a worker. */
export function primaryOf(env: Readonly<Record<string, string | undefined>>): PrimaryLink | null {
  const number = Number(env[WORKER] ?? 0);
  if (!Number.isSafeInteger(number) || number < 1 || process.send === undefined) return null;
  return new WorkerLink(number);
}

class WorkerLink implements PrimaryLink {
  readonly number: number;
  readonly #ending = new AbortController();
  readonly #sockets = new Map<string, (answer: SocketHandle | Error) => void>();
  readonly #asked = new Map<number, (answers: readonly WorkerAnswer[]) => void>();
  readonly #replies = new Map<string, QuestionHandler>();
  #lingerMs = 0;
  #leads = false;
  #next = 1;
  #receiver: ConnectionReceiver | null = null;
  #onLead = (): void => undefined;

  constructor(number: number) {
    this.number = number;
    process.on('message', (message, handle) => void this.#hear(message as ToWorker, handle));
    process.on('disconnect', () => {
      this.#ending.abort();
      for (const resolve of this.#asked.values()) resolve([]);
      this.#asked.clear();
    });
  }

  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  lingerMs(): number {
    return this.#lingerMs;
  }

  leads(): boolean {
    return this.#leads;
  }

  onLead(hear: () => void): void {
    this.#onLead = hear;
  }

  socket(name: string, place: ListenAddress, dealt = false): Promise<SocketHandle> {
    return new Promise((resolve, reject) => {
      this.#sockets.set(name, (answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
      void say({ kind: 'socket', name, place, dealt });
    });
  }

  take(server: Server): void {
    const tell = (taken: number, holds: number): void => void say({ kind: 'took', taken, holds });
    this.#receiver = new ConnectionReceiver(server, tell);
  }

  reply(what: string, reply: QuestionHandler): void {
    this.#replies.set(what, reply);
  }

  join(): void {
    void say({ kind: 'joined' });
  }

  ask(what: string, body: unknown, insist = false): Promise<readonly WorkerAnswer[]> {
    const id = this.#next;
    this.#next += 1;
    return new Promise((resolve) => {
      if (!process.connected) return resolve([]);
      this.#asked.set(id, resolve);
      void say({ kind: 'ask', id, what, body, insist });
    });
  }

  ready(workers: number): void {
    void say({ kind: 'ready', workers });
  }

  failed(reason: string): Promise<void> {
    return say({ kind: 'failed', reason });
  }

  ended(body: unknown): Promise<void> {
    return say({ kind: 'ended', body });
  }

  async #hear(message: ToWorker, handle: unknown): Promise<void> {
    switch (message.kind) {
      case 'socket': {
        const { name, error } = message;
        const answer = error === null ? (handle as SocketHandle) : fail('router-socket', { reason: error });
        this.#sockets.get(name)?.(answer);
        this.#sockets.delete(name);
        return;
      }
      case 'connection':
        if (handle !== undefined) this.#receiver?.take(handle as SocketHandle);
        return;
      case 'asked': {
        const reply = this.#replies.get(message.what);
        const body = reply === undefined ? null : await reply(message.body);
        return say({ kind: 'answer', id: message.id, body });
      }
      case 'answers':
        this.#asked.get(message.id)?.(message.answers);
        this.#asked.delete(message.id);
        return;
      case 'lead':
        this.#leads = true;
        this.#onLead();
        return;
      case 'stop':
        this.#lingerMs = message.lingerMs;
        this.#ending.abort();
    }
  }
}

/** Resolves also when the primary has gone: nobody is there to hear it. */
const say = (message: ToPrimary): Promise<void> =>
  new Promise((resolve) => {
    if (!process.connected) resolve();
    else process.send?.(message, undefined, {}, () => resolve());
  });
