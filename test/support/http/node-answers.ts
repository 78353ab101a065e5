/** What Node's own client finds in the bytes of an answer: a real request of node:http, its connection in memory. */
import { request, type IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';

export interface NodeAnswer {
  /** Of answers before it, but 100. */
  readonly interim: readonly number[];
  /** Null: it found none. */
  readonly status: number | null;
  readonly reason: string;
  readonly headers: readonly string[];
  readonly body: string;
  readonly trailers: readonly string[];
  /** Its end was found. */
  readonly isWhole: boolean;
  /** Why it read no further; null: it would. */
  readonly error: string | null;
}

/** Takes a request, and gives these bytes back and then the end. */
class Wire extends Duplex {
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    super();
    this.#bytes = bytes;
  }

  override _read(): void {}

  override _write(_chunk: unknown, _encoding: unknown, done: () => void): void {
    done();
    setImmediate(() => {
      if (this.#bytes.length > 0) this.push(this.#bytes);
      this.push(null);
    });
  }
}

export function nodeAnswer(bytes: Buffer, method: string): Promise<NodeAnswer> {
  return new Promise((resolve) => {
    const wire = new Wire(bytes);
    const interim: number[] = [];
    let answer: IncomingMessage | null = null;
    let body = '';
    let error: string | null = null;
    const asked = request({ createConnection: () => wire, method, maxHeaderSize: 1 << 20 });
    const over = (): void => {
      wire.destroy();
      resolve({
        ...{ interim, body, error, status: answer?.statusCode ?? null, reason: answer?.statusMessage ?? '' },
        ...{ headers: answer?.rawHeaders ?? [], trailers: answer?.rawTrailers ?? [] },
        isWhole: answer?.complete ?? false,
      });
    };
    const failed = (reason: NodeJS.ErrnoException): void => void (error ??= reason.code ?? reason.message);
    asked.on('information', ({ statusCode }) => statusCode !== 100 && interim.push(statusCode));
    asked.once('response', (found) => {
      answer = found;
      found.on('data', (chunk: Buffer) => (body += chunk.toString('latin1'))).on('error', failed);
      found.once('close', over);
    });
    asked.once('upgrade', (found: IncomingMessage) => {
      answer = found;
      over();
    });
    asked.on('error', failed).once('close', () => answer === null && over());
    asked.end();
  });
}
