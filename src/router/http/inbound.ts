/** A client's request and the answer to it, as far as the way to an instance knows them. Node's own objects are such. */
import type { Socket } from 'node:net';

export interface Inbound {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly httpVersionMajor: number;
  readonly httpVersionMinor: number;
  /** Names in lower case. */
  readonly headers: {
    readonly host?: string | undefined;
    readonly expect?: string | undefined;
    readonly te?: string | readonly string[] | undefined;
    readonly 'content-length'?: string | undefined;
    readonly 'transfer-encoding'?: string | undefined;
  };
  /** Names and values as they came, in turn. */
  readonly rawHeaders: readonly string[];
  /** All of it was read. */
  readonly complete: boolean;
  readonly destroyed: boolean;
  readonly socket: Socket;
}

export interface Outbound {
  readonly req: Inbound;
  readonly headersSent: boolean;
  /** Nothing more can be sent. */
  readonly destroyed: boolean;
  /** Its last byte has left, or its connection is gone. */
  readonly closed: boolean;
  /** Null: it waits behind the answer to an earlier request. */
  readonly socket: Socket | null;
  /** Bytes that the kernel has not taken yet. */
  readonly writableLength: number;
  /** Whether the connection is to serve another request. */
  shouldKeepAlive: boolean;
  once(event: 'close' | 'drain', hear: () => void): unknown;
  /** `reason` may be empty. Names and values have to be such as can stand in a head. */
  writeHead(status: number, reason: string, headers: string[]): unknown;
  /** Sends the head at once, not with the first part of the body. */
  flushHeaders(): void;
  /** Takes a part of the body; false: wait for `drain` before the next. */
  write(chunk: Buffer): boolean;
  addTrailers(trailers: readonly [string, string][]): void;
  end(body?: Buffer | string): unknown;
  destroy(): unknown;
}
