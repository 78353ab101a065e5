/** A plain request on its way: complete from the beginning, for it has no body. */
import type { Socket } from 'node:net';
import type { Inbound } from '../http/inbound.ts';
import type { PlainHead } from './read.ts';

export class PlainRequest implements Inbound {
  readonly method: string;
  readonly url: string;
  readonly httpVersionMajor = 1;
  readonly httpVersionMinor = 1;
  readonly headers: { readonly host: string };
  readonly rawHeaders: readonly string[];
  readonly complete = true;
  readonly socket: Socket;

  constructor({ method, url, host, rawHeaders }: PlainHead, socket: Socket) {
    this.method = method;
    this.url = url;
    this.headers = { host };
    this.rawHeaders = rawHeaders;
    this.socket = socket;
  }

  get destroyed(): boolean {
    return this.socket.destroyed;
  }
}
