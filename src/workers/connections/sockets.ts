/**
 * The listening sockets of a primary. They go on listening while workers come and go. A worker that is alone accepts from
 * the socket itself; for several the primary accepts and deals. Node has no public way to open a socket without accepting,
 * nor to pass a bare connection on; what is used here is what node:cluster stands on.
 */
import { lookup } from 'node:dns/promises';
import * as net from 'node:net';
import { getSystemErrorMap } from 'node:util';
import { fail } from '../../errors.ts';
import type { ListenAddress } from './messages.ts';
import { listenFailure } from '../../shared/system/listen-error.ts';

/** A socket as libuv holds it; it can be sent to a child process. */
export interface SocketHandle {
  getsockname(out: object): number;
  listen(backlog: number): number;
  onconnection: ((status: number, connection?: SocketHandle) => void) | null;
  close(): void;
}

/** Connections that wait to be accepted. */
const BACKLOG = 2048;

type OpenHandle = (
  address: string | null,
  port: number,
  family: number,
  fd?: number,
) => SocketHandle | number;

export class Sockets {
  readonly #given: ReadonlyMap<string, number>;
  readonly #open = new Map<string, SocketHandle>();
  readonly #accepting = new Set<SocketHandle>();

  /** `given`: descriptors that somebody else has opened; they count for their name, whatever the address. */
  constructor(given: ReadonlyMap<string, number>) {
    this.#given = given;
  }

  /** Whether somebody else keeps the socket, so that it listens also when we are gone. */
  get outlive(): boolean {
    return this.#given.size > 0;
  }

  /** Opens it, or returns what is open already. Throws `router-listen`. */
  async get(name: string, place: ListenAddress): Promise<SocketHandle> {
    const key = this.#keyOf(name, place);
    const before = this.#open.get(key);
    if (before !== undefined) return before;
    const made = await this.#make(name, place);
    const meanwhile = this.#open.get(key);
    if (meanwhile !== undefined) {
      made.close();
      return meanwhile;
    }
    this.#open.set(key, made);
    return made;
  }

  /** Accepts here from now on. Throws `router-listen`. */
  accept(handle: SocketHandle, heard: (connection: SocketHandle) => void): void {
    if (this.#accepting.has(handle)) return;
    handle.onconnection = (status, connection) => {
      // An error concerns one connection (no more descriptors, say): the others go on.
      if (status === 0 && connection !== undefined) heard(connection);
    };
    const wrong = handle.listen(BACKLOG);
    if (wrong !== 0) throw fail('router-listen', { address: addressOf(handle), ...reasonOf(wrong) });
    this.#accepting.add(handle);
  }

  /** Closes all but these. */
  keep(wanted: readonly { readonly name: string; readonly place: ListenAddress }[]): void {
    const keys = new Set(wanted.map(({ name, place }) => this.#keyOf(name, place)));
    for (const [key, handle] of this.#open) {
      if (keys.has(key)) continue;
      handle.close();
      this.#accepting.delete(handle);
      this.#open.delete(key);
    }
  }

  #keyOf(name: string, { host, port }: ListenAddress): string {
    return this.#given.has(name) ? name : `${name} ${host} ${port}`;
  }

  async #make(name: string, { host, port }: ListenAddress): Promise<SocketHandle> {
    const open = (net as unknown as { _createServerHandle: OpenHandle })._createServerHandle;
    const descriptor = this.#given.get(name);
    const plain = host.replace(/^\[|\]$/g, '');
    const failed = (why: ReturnType<typeof reasonOf>): Error =>
      fail('router-listen', { address: `${host}:${port}`, ...why });
    let made: SocketHandle | number;
    if (descriptor !== undefined) made = open(null, 0, 0, descriptor);
    else {
      const { address, family } = await lookup(plain).catch((error: NodeJS.ErrnoException) => {
        throw failed(listenFailure(error.code ?? '', error.message));
      });
      made = open(address, port, family);
    }
    if (typeof made === 'number') throw failed(reasonOf(made));
    // An address in use is only told when the socket is asked for its name.
    const taken = made.getsockname({});
    if (taken === 0) return made;
    made.close();
    throw failed(reasonOf(taken));
  }
}

function reasonOf(code: number): ReturnType<typeof listenFailure> {
  const [name, text] = getSystemErrorMap().get(code) ?? [`error ${code}`, ''];
  return listenFailure(name, text === '' ? name : `${text} (${name})`);
}

function addressOf(handle: SocketHandle): string {
  const bound = { address: '', port: 0 };
  handle.getsockname(bound);
  return `${bound.address}:${bound.port}`;
}
