/** A connection to an instance that goes on reading when it cannot write any more: the answer may be there already. */
import { Socket, type OnReadOpts } from 'node:net';

export interface UpstreamAddress {
  readonly host: string;
  readonly port: number;
}

type WriteCallback = (error?: Error | null) => void;

/**
 * An instance may answer before it has read the request, and close: the next write fails, and a socket of Node's is then
 * destroyed, with the answer that lies unread in the kernel. Here a write that fails is told by `onUnwritable` alone; reading
 * goes on to its end.
 */
export class UpstreamSocket extends Socket {
  /** Why nothing can be written any more. */
  writeError: NodeJS.ErrnoException | null = null;
  onUnwritable: (() => void) | null = null;
  #held: WriteCallback | null = null;
  #isPatient = true;

  /** `onread`: hears all that comes, in place of a stream; null: it is a stream. */
  constructor(onread: OnReadOpts | null) {
    super({ allowHalfOpen: true, ...(onread === null ? {} : { onread }) });
  }

  /** From here on it is a socket like any other. */
  handOver(): void {
    this.#isPatient = false;
    this.allowHalfOpen = false;
    this.onUnwritable = null;
    this.#held?.(this.writeError);
    this.#held = null;
  }

  /** Text goes byte by byte as latin1. False: wait for `drain`, or nothing can be written any more. */
  send(bytes: string | Buffer): boolean {
    if (this.writeError !== null) return false;
    return typeof bytes === 'string' ? this.write(bytes, 'latin1') : this.write(bytes);
  }

  /** As a part of a body in chunks. */
  sendChunk(bytes: Buffer): boolean {
    this.cork();
    this.send(`${bytes.length.toString(16)}\r\n`);
    this.send(bytes);
    const goesOn = this.send('\r\n');
    this.uncork();
    return goesOn;
  }

  /**
   * Tells, once, whether the end that was read is none. Node tells an end also when a reset came right behind the last bytes,
   * which may then be few of many. Writing nothing tells the two apart, unless a write has told already: behind a proper end a
   * reset makes writes fail with EPIPE, without one with ECONNRESET.
   */
  checkEnd(told: (isReset: boolean) => void): void {
    let isTold = false;
    const tell = (): void => {
      if (!isTold) told(this.writeError?.code === 'ECONNRESET');
      isTold = true;
    };
    // A write that is on its way fails within this turn.
    setImmediate(() => {
      this.onUnwritable = tell;
      if (this.destroyed || this.writeError !== null || this.writableLength > 0) tell();
      else this.write('', tell);
    });
  }

  override _write(chunk: unknown, encoding: BufferEncoding, written: WriteCallback): void {
    super._write(chunk, encoding, this.#patiently(written));
  }

  override _writev(
    chunks: readonly { chunk: unknown; encoding: BufferEncoding }[],
    written: WriteCallback,
  ): void {
    (super._writev as (all: typeof chunks, done: WriteCallback) => void).call(
      this,
      chunks,
      this.#patiently(written),
    );
  }

  #patiently(written: WriteCallback): WriteCallback {
    return (error) => {
      if (error === undefined || error === null || !this.#isPatient) {
        written(error);
        return;
      }
      this.writeError ??= error;
      this.#held = written;
      this.onUnwritable?.();
    };
  }
}
