/** A request as it goes to an instance. */
import type { IncomingMessage } from 'node:http';
import type { FleetMember } from '../fleet/fleet.ts';
import type { AnswerHead } from '../../shared/http/answer-head.ts';
import type { UpstreamSocket } from '../upstream/upstream-socket.ts';

export interface Outgoing {
  readonly path: string;
  readonly headers: string[];
  /** Where its body comes from; null: it has none. */
  readonly body: IncomingMessage | null;
  /** The body has no length: it goes in chunks. */
  readonly isChunked: boolean;
  /** A header has chosen the side. */
  readonly forced: boolean;
  /** A Set-Cookie header of ours for the client; null: it needs none. */
  readonly cookie: string | null;
  /** Null: it asks for no other protocol. */
  readonly upgrade: Upgrade | null;
}

export interface Upgrade {
  readonly protocol: string;
  /** The instance has agreed: from here on the connections are its receiver's, who says when it is over. */
  opened(switched: Switched): void;
}

interface Switched {
  readonly head: AnswerHead;
  readonly member: FleetMember;
  readonly socket: UpstreamSocket;
  /** What the instance had already sent behind its head. */
  readonly first: Buffer;
  /** To be called once. */
  readonly over: () => void;
}
