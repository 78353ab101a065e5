/** The client of one exchange: whether it moves its bytes, and what it is told when it does not. */
import type { Socket } from 'node:net';
import type { Limits } from '../../config/types.ts';
import type { Inbound, Outbound } from '../http/inbound.ts';
import { transferLimitsOf, type BytesMark, type TransferLimits } from './transfer-limits.ts';

/** Who has to move bytes now. */
type Owing =
  /** The client, of its body. */
  | 'sending'
  /** The client, of the answer. */
  | 'reading'
  /** The client goes on sending a body that nobody waits for. */
  | 'lingering'
  /** The instance, of the answer's body. */
  | 'answering';

export class SlowClient {
  readonly #limits: Limits;
  readonly #req: Inbound;
  readonly #res: Outbound;
  readonly #mark: BytesMark = { at: 0, bytes: 0 };
  #owing: Owing | null = null;

  constructor(req: Inbound, res: Outbound, limits: Limits) {
    this.#req = req;
    this.#res = res;
    this.#limits = limits;
  }

  /**
   * Who has been too slow for too long; null: nobody. `isSending`: more of the body is wanted. `received`: bytes that the
   * instance has answered so far; null: it may take its time.
   */
  late(now: number, isSending: boolean, received: number | null): Owing | null {
    const owing = this.#owes(isSending) ?? (received === null ? null : 'answering');
    const bytes = this.#moved(owing, received ?? 0);
    if (owing !== this.#owing || owing === null) {
      this.#owing = owing;
      this.#set(now, bytes);
      return null;
    }
    const verdict = transferLimitsOf(this.#mark, now, bytes, this.#pace(owing));
    if (verdict === 'fine') this.#set(now, bytes);
    return verdict === 'cut' ? owing : null;
  }

  #owes(isSending: boolean): Owing | null {
    const [req, res] = [this.#req, this.#res];
    if (res.closed) return req.complete ? null : 'lingering';
    // Without a socket it waits behind the answer to an earlier request.
    if (res.socket !== null && res.writableLength > 0) return 'reading';
    return isSending ? 'sending' : null;
  }

  #moved(owing: Owing | null, received: number): number {
    if (owing === 'answering') return received;
    return owing === 'reading' ? takenFrom(this.#req.socket) : this.#req.socket.bytesRead;
  }

  #pace(owing: Owing): TransferLimits {
    const { idleMs, slowestBytes, quietMs } = this.#limits;
    if (owing === 'answering') return { idleMs: quietMs, slowestBytes: 0 };
    // A body that nobody waits for is read for so long, however fast it comes.
    return { idleMs, slowestBytes: owing === 'lingering' ? Number.POSITIVE_INFINITY : slowestBytes };
  }

  #set(at: number, bytes: number): void {
    this.#mark.at = at;
    this.#mark.bytes = bytes;
  }
}

interface Handle {
  readonly bytesWritten: number;
  readonly writeQueueSize: number;
}

/**
 * Bytes that the kernel has taken. What `bytesWritten` tells are those that were given to it: a reader that is slow but
 * steady would look as if it stood still for as long as one large write takes. Node's own socket timeout asks here too.
 */
function takenFrom(socket: Socket): number {
  const handle = (socket as Socket & { readonly _handle?: Handle | null })._handle;
  return handle ? handle.bytesWritten - handle.writeQueueSize : socket.bytesWritten;
}
