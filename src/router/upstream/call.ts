/** A request as the pool of an instance takes it, and what it is told of it. */
import type { AnswerHead } from '../../shared/http/answer-head.ts';
import type { Failure } from './failure.ts';
import type { Framing } from '../../shared/http/framing.ts';
import type { UpstreamSocket } from './upstream-socket.ts';

/** The connection of a request, as whoever asked knows it. */
export interface CallConnection {
  /** The head of the request, or a part of its body as it is. False: the next part has to wait for `onWritable`. */
  write(bytes: string | Buffer): boolean;
  /** The same for a part of a body that has no length. */
  writeChunk(bytes: Buffer): boolean;
  /** The request is whole. */
  finish(): void;
  /** More of the answer is wanted. */
  resume(): void;
  /** The request is not wanted any more. */
  cancel(): void;
}

/** It is told of one end: `onEnd`, `onSwitched` or `onFailure`. After it was cancelled it is told nothing. */
export interface UpstreamCall {
  readonly method: string;
  /** It asks for another protocol: it gets a connection of its own. */
  readonly switches: boolean;
  /** No connection that was used before: one of those has just failed it. */
  readonly wantsNew: boolean;
  /** Where it is; the pool's to set. */
  connection: CallConnection | null;
  /** The connection is its own: it is to be sent now. */
  onConnected(connection: CallConnection): void;
  onInterim(head: AnswerHead): void;
  onHead(head: AnswerHead, framing: Framing): void;
  /** A part of the answer's body; false: no more until the connection is resumed. */
  onData(chunk: Buffer): boolean;
  onEnd(trailers: readonly string[]): void;
  /** `first`: what came behind the head. */
  onSwitched(head: AnswerHead, socket: UpstreamSocket, first: Buffer): void;
  onFailure(failure: Failure): void;
  /** The connection takes more of the body again. */
  onWritable(): void;
  /** Nobody reads the rest of the body; an answer may come all the same. */
  onUnwritable(): void;
}
