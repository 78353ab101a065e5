/** A tunnel that stands: bytes both ways until either side is gone, or until it is asked to end. */
import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { FleetMember } from '../fleet/fleet.ts';
import { closeFrame, Frames } from './websocket-frames.ts';
import type { LongLived } from './timeouts.ts';

/** One direction. */
interface Direction {
  readonly from: Duplex;
  readonly to: Duplex;
  readonly frames: Frames;
  /** What tells the receiver that it is over. */
  readonly goodbye: () => Buffer;
  /** It was said: nothing more passes. */
  over: boolean;
}

export class Pipe implements LongLived {
  readonly member: FleetMember;
  readonly #lanes: readonly Direction[];
  readonly #left: () => void;
  #closing = false;
  #closed = 0;

  /** `left` is called once, when both sides are closed. */
  constructor(member: FleetMember, client: Duplex, server: Duplex, left: () => void) {
    this.member = member;
    this.#left = left;
    const lane = (from: Duplex, to: Duplex, goodbye: () => Buffer): Direction => ({
      from,
      to,
      goodbye,
      frames: new Frames(),
      over: false,
    });
    this.#lanes = [
      lane(server, client, () => closeFrame(null)),
      lane(client, server, () => closeFrame(randomBytes(4))),
    ];
  }

  /** `first`: what the instance, and `head`: what the client had already sent behind the handshake. */
  open(first: Buffer, head: Buffer): void {
    const [down, up] = this.#lanes as [Direction, Direction];
    for (const lane of this.#lanes) this.#join(lane);
    if (first.length > 0) this.#pass(down, first);
    if (head.length > 0) this.#pass(up, head);
    // A side may have ended before anybody listened: during the handshake.
    for (const { from, to } of this.#lanes) if (from.readableEnded) to.end();
  }

  close(): void {
    this.#closing = true;
    for (const lane of this.#lanes) if (lane.frames.isWhole) this.#end(lane);
  }

  cut(): void {
    for (const { from } of this.#lanes) from.destroy();
  }

  #join(lane: Direction): void {
    const { from, to } = lane;
    from.on('data', (chunk: Buffer) => this.#pass(lane, chunk));
    to.on('drain', () => from.resume());
    // An end is passed on; a close without an end closes the other side too.
    from.once('end', () => to.end());
    from.on('error', () => to.destroy());
    from.once('close', () => {
      this.#closed += 1;
      // What was already read is still delivered; a side that was cut is cut on the other side too.
      if (from.readableEnded) to.end(() => to.destroy());
      else to.destroy();
      if (this.#closed === 2) this.#left();
    });
  }

  #pass(lane: Direction, chunk: Buffer): void {
    if (lane.over) return;
    if (!this.#closing) {
      lane.frames.pass(chunk);
      if (!lane.to.write(chunk)) lane.from.pause();
      return;
    }
    lane.to.write(chunk.subarray(0, lane.frames.finish(chunk)));
    if (lane.frames.isWhole) this.#end(lane);
  }

  #end(lane: Direction): void {
    if (lane.over) return;
    lane.over = true;
    if (!lane.frames.closed && lane.to.writable) lane.to.write(lane.goodbye());
    // What comes after is read and dropped, so that the end of the other side is seen.
    lane.from.resume();
    // Who has been told goodbye may still have the rest of a frame to send: the connections end together.
    if (this.#lanes.every(({ over }) => over)) for (const { to } of this.#lanes) to.end();
  }
}
