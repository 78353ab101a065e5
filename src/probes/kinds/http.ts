/** HTTP over a connection that is kept from check to check: one write asks, and what breaks while nobody asks is told at once. */
import { connect, type Socket } from 'node:net';
import type { AnswerHead } from '../../shared/http/answer-head.ts';
import { AnswerReader, type AnswerHearer } from '../../shared/http/answer-reader.ts';
import { bad, lasted, type ProbeResult, type Probe } from './check.ts';
import { IdleEnds } from './idle-ends.ts';
import { tooLate, whyNot } from './socket.ts';
import { openTls, shownBy } from './tls.ts';

/** So much of a body is looked at. */
const LOOKED_AT = 64 * 1024;
/** Nobody waits for the end of a body that is longer: its connection is not kept. */
const LONGEST = 1024 * 1024;
/** A name may lead elsewhere meanwhile, and a certificate be another one. */
const KEPT_MS = 600_000;

/** What was read is used before the next comes: one is enough for all. */
const buffer = Buffer.allocUnsafe(64 * 1024);

interface HttpAsked {
  readonly url: string;
  readonly status: number;
  readonly contains: string | null;
}

interface CheckUnderWay {
  readonly began: number;
  readonly timer: NodeJS.Timeout;
  readonly resolve: (result: ProbeResult) => void;
  readonly body: Buffer[];
  size: number;
  status: number;
  /** Over a connection from before: when that had ended meanwhile, a new one is tried. */
  isReused: boolean;
}

export class HttpProbe implements Probe, AnswerHearer {
  readonly #asked: HttpAsked;
  readonly #at: { readonly host: string; readonly port: number; readonly isTls: boolean };
  readonly #request: string;
  readonly #onBroken: () => void;
  /** Most connections never end by themselves, and most of the time nobody is asked: ten thousand are kept small. */
  #ends: IdleEnds | null = null;
  #reader: AnswerReader | null = null;
  #socket: Socket | null = null;
  #openedAt = 0;
  #idleSince = 0;
  #check: CheckUnderWay | null = null;
  #trouble: unknown = null;
  #days: number | null = null;
  #wrong: string | null = null;

  /** `onBroken`: the connection has ended while nobody asked, and not as this server usually does. */
  constructor(asked: HttpAsked, onBroken: () => void) {
    const url = new URL(asked.url);
    const isTls = url.protocol === 'https:';
    this.#asked = asked;
    this.#at = {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port) || (isTls ? 443 : 80),
      isTls,
    };
    // In one piece: put together by +, its parts would be kept, too.
    const lines = [
      `GET ${url.pathname}${url.search} HTTP/1.1`,
      `host: ${url.host}`,
      'user-agent: canopy',
      'accept: */*',
    ];
    this.#request = [...lines, '', ''].join('\r\n');
    this.#onBroken = onBroken;
  }

  check(timeoutMs: number): Promise<ProbeResult> {
    return new Promise((resolve) => {
      const began = performance.now();
      if (this.#socket !== null && began - this.#openedAt > KEPT_MS) this.close();
      const timer = setTimeout(() => this.#settle(tooLate(timeoutMs), false), timeoutMs);
      const isReused = this.#socket !== null;
      this.#check = { began, timer, resolve, body: [], size: 0, status: 0, isReused };
      this.#send(this.#socket ?? this.#open());
    });
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.destroy();
  }

  #send(socket: Socket): void {
    this.#reader = new AnswerReader(this);
    this.#reader.begin('GET', false);
    socket.write(this.#request, 'latin1');
  }

  #open(): Socket {
    const { host, port, isTls } = this.#at;
    const socket = isTls
      ? openTls(host, port)
      : connect({ host, port, onread: { buffer, callback: this.#read } });
    this.#socket = socket;
    this.#openedAt = performance.now();
    this.#trouble = null;
    if (isTls) socket.on('data', (bytes: Buffer) => this.#heard(socket, bytes));
    socket.on('error', (error) => (this.#trouble = error));
    socket.on('close', () => this.#closed(socket));
    if (isTls)
      socket.once('secureConnect', () => {
        const { days, wrong } = shownBy(socket as ReturnType<typeof openTls>, host);
        this.#days = days;
        this.#wrong = wrong;
        if (wrong !== null) this.#settle(bad(wrong, { days }), false);
      });
    return socket;
  }

  readonly #read = (size: number): boolean => {
    if (this.#socket !== null) this.#heard(this.#socket, buffer.subarray(0, size));
    return true;
  };

  #heard(socket: Socket, bytes: Buffer): void {
    if (socket !== this.#socket) return;
    // What nobody has asked for would be taken for the next answer.
    if (this.#reader === null || this.#reader.push(bytes) < bytes.length) this.close();
  }

  #closed(socket: Socket): void {
    if (socket !== this.#socket) return;
    this.#socket = null;
    const check = this.#check;
    if (check === null) return this.#idleEnds.ended(performance.now() - this.#idleSince);
    const reader = this.#reader;
    if (reader?.endsByClose === true && this.#trouble === null) return reader.end();
    if (check.isReused && reader?.isFresh !== false) {
      check.isReused = false;
      return this.#send(this.#open());
    }
    this.#settle(
      bad(this.#trouble === null ? 'it closed the connection without a whole answer' : whyNot(this.#trouble)),
      false,
    );
  }

  get #idleEnds(): IdleEnds {
    return (this.#ends ??= new IdleEnds(this.#onBroken));
  }

  onInterim(): void {}
  onSwitched(): void {}

  onHead({ status }: AnswerHead): void {
    if (this.#check !== null) this.#check.status = status;
  }

  onData(chunk: Buffer): void {
    const check = this.#check;
    if (check === null) return;
    if (this.#asked.contains !== null && check.size < LOOKED_AT) check.body.push(chunk);
    check.size += chunk.length;
    if (check.size > LONGEST) this.#settle(this.#judged(check), false);
  }

  onEnd(): void {
    if (this.#check !== null) this.#settle(this.#judged(this.#check), (this.#reader?.keepMs ?? 0) > 0);
  }

  onRefused(reason: string): void {
    this.#settle(bad(`what it answers is no answer: ${reason}`), false);
  }

  #judged({ began, status, body }: CheckUnderWay): ProbeResult {
    const { status: wanted, contains } = this.#asked;
    const found = { latencyMs: lasted(began), ...(this.#at.isTls ? { days: this.#days } : {}) };
    if (status !== wanted) {
      const redirect =
        status >= 300 && status < 400 && status !== 304 ? ': a redirect, which is not followed' : '';
      return bad(`it answers ${status}, not ${wanted}${redirect}`, found);
    }
    const text = contains === null ? '' : Buffer.concat(body).subarray(0, LOOKED_AT).toString('utf8');
    if (contains !== null && !text.includes(contains))
      return bad(`it answers ${status}, and its answer does not contain ${JSON.stringify(contains)}`, found);
    return { ok: true, why: `it answers ${status}`, ...found };
  }

  #settle(result: ProbeResult, isKept: boolean): void {
    const check = this.#check;
    if (check === null) return;
    this.#check = null;
    clearTimeout(check.timer);
    this.#reader?.stop();
    this.#reader = null;
    if (!isKept || this.#wrong !== null) this.close();
    this.#idleSince = performance.now();
    this.#ends?.checked(result.ok === true);
    check.resolve(result);
  }
}
