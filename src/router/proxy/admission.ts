/** What clients meet before any instance is asked: limits, maintenance, and who is one too many. */
import type { Server, ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import type { Hardening } from '../../config/types.ts';
import type { Refusal } from '../http/own-answer.ts';
import { ConnectionLimit } from '../limits/connection-limit.ts';
import { exceededLimitOf } from '../limits/size-limits.ts';
import type { Inbound } from '../http/inbound.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { RequestTarget } from '../http/target.ts';
import { Timeouts } from '../long-lived/timeouts.ts';

/** Node's parser also takes HTTP/0.9 and the number 2.0. */
const UNKNOWN: Refusal = { status: 505, reason: 'only HTTP/1.0 and HTTP/1.1 are spoken here', close: true };
const UNEXPECTED: Refusal = { status: 417, reason: 'nothing but 100-continue may be expected', close: true };
const NAMELESS: Refusal = { status: 400, reason: 'no Host header', close: true };
const CROWDED: Refusal = { status: 503, reason: 'too many connections', close: true };

export class Admission {
  readonly watch: Timeouts;
  readonly #fleet: Fleet;
  readonly #rules: Hardening;
  readonly #crowd: ConnectionLimit;
  readonly #maintenance: Refusal;
  readonly #away = new WeakSet<Socket>();

  /** `page`: the HTML of the maintenance page; null: a line of text. */
  constructor(fleet: Fleet, rules: Hardening, page: string | null) {
    this.#fleet = fleet;
    this.#rules = rules;
    this.watch = new Timeouts(fleet, rules.limits, rules.longLived.drainMs);
    this.#crowd = new ConnectionLimit(rules.limits.connections);
    const html = page === null ? {} : { html: page };
    this.#maintenance = { status: 503, reason: 'down for maintenance', retryAfter: 30, ...html };
  }

  /** How the server has to be made. */
  get options(): ServerOptions {
    const { headerBytes, headerTimeMs, keepAliveMs } = this.#rules.limits;
    return {
      maxHeaderSize: headerBytes,
      headersTimeout: headerTimeMs,
      // A body may take as long as it likes: how slowly it may come is the watch's.
      requestTimeout: 0,
      // We look ourselves: Node would answer, and still pass on what came behind.
      requireHostHeader: false,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: Math.max(50, Math.min(5000, headerTimeMs / 4)),
      // So that a client which vanished without a word does not hold an event stream for ever.
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
    };
  }

  attach(server: Server): void {
    // Node drops headers beyond its own count without a word; ours are counted, and their size is limited anyway.
    server.maxHeadersCount = 0;
    server.maxRequestsPerSocket = this.#rules.limits.requests;
    this.#crowd.attach(server);
  }

  /** Whether it is one too many. */
  isOut(socket: Socket): boolean {
    return this.#crowd.isOut(socket);
  }

  /** Whether the connection was given up: nothing else that came over it is looked at. */
  isAway(req: Inbound): boolean {
    return this.#away.has(req.socket);
  }

  /** Why a request gets no further; null: it does. After what could be read in two ways the connection is given up. */
  refusalOf(req: Inbound, target: RequestTarget): Refusal | null {
    const refusal = this.#malformed(req, target) ?? this.#excessive(req);
    if (refusal?.close === true) this.#away.add(req.socket);
    return refusal ?? (this.#fleet.maintenance ? this.#maintenance : null);
  }

  #malformed(req: Inbound, target: RequestTarget): Refusal | null {
    if (this.#crowd.isOut(req.socket)) return CROWDED;
    if (req.httpVersionMajor !== 1) return UNKNOWN;
    if (target.kind === 'refuse') return { ...target, close: true };
    if (req.httpVersionMinor === 1 && req.headers.host === undefined) return NAMELESS;
    return /^(100-continue)?$/i.test(req.headers.expect ?? '') ? null : UNEXPECTED;
  }

  #excessive(req: Inbound): Refusal | null {
    const told = req.headers['content-length'];
    const length = told === undefined ? null : Number(told);
    return exceededLimitOf(req.url ?? '', req.rawHeaders, length, this.#rules.limits);
  }
}
