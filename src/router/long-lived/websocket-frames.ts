/** Where WebSocket frames end (RFC 6455, 5.2). Payloads are never looked at. Pure but for its own state. */

const CLOSE = 0x8;
/** Going away. */
const REASON = 1001;

export class Frames {
  readonly #head = Buffer.alloc(14);
  #have = 0;
  #left = 0;
  #closed = false;

  /** Whether what has passed ends with a whole frame. */
  get isWhole(): boolean {
    return this.#left === 0 && this.#have === 0;
  }

  /** Whether a close frame has passed: its sender sends no other. */
  get closed(): boolean {
    return this.#closed;
  }

  /** All of the chunk has passed. */
  pass(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) at = this.#step(chunk, at);
  }

  /** Passes the chunk up to the end of the frame that had begun; tells how much that is. */
  finish(chunk: Buffer): number {
    let at = 0;
    while (at < chunk.length && !this.isWhole) at = this.#step(chunk, at);
    return at;
  }

  #step(chunk: Buffer, at: number): number {
    if (this.#left > 0) {
      const part = Math.min(this.#left, chunk.length - at);
      this.#left -= part;
      return at + part;
    }
    this.#head[this.#have] = chunk[at] ?? 0;
    this.#have += 1;
    if (this.#have >= headLength(this.#head, this.#have)) {
      this.#left = payloadLength(this.#head);
      this.#closed ||= ((this.#head[0] ?? 0) & 0x0f) === CLOSE;
      this.#have = 0;
    }
    return at + 1;
  }
}

/** A close frame with 1001. `mask`: four bytes, as a client's frame has to have them. */
export function closeFrame(mask: Buffer | null): Buffer {
  const reason = Buffer.from([REASON >> 8, REASON & 0xff]);
  if (mask === null) return Buffer.concat([Buffer.from([0x80 | CLOSE, reason.length]), reason]);
  const masked = reason.map((byte, at) => byte ^ (mask[at] ?? 0));
  return Buffer.concat([Buffer.from([0x80 | CLOSE, 0x80 | reason.length]), mask.subarray(0, 4), masked]);
}

function headLength(head: Buffer, have: number): number {
  if (have < 2) return 2;
  const second = head[1] ?? 0;
  const size = second & 0x7f;
  return 2 + (size === 126 ? 2 : size === 127 ? 8 : 0) + (second >= 0x80 ? 4 : 0);
}

function payloadLength(head: Buffer): number {
  const size = (head[1] ?? 0) & 0x7f;
  if (size === 126) return head.readUInt16BE(2);
  return size === 127 ? Number(head.readBigUInt64BE(2)) : size;
}
