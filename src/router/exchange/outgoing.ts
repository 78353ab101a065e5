/** A request as it goes to an instance. */
import type { IncomingMessage } from 'node:http';

export interface Outgoing {
  readonly path: string;
  readonly headers: string[];
  /** Where its body comes from; null: it has none. */
  readonly body: IncomingMessage | null;
  /** A header has chosen the side. */
  readonly forced: boolean;
  /** A Set-Cookie header of ours for the client; null: it needs none. */
  readonly cookie: string | null;
}
