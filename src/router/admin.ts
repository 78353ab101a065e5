/** What the admin port answers to a request: everything but HTTP itself. */
import { cut } from '../line.ts';
import { isWeight, type Alert } from '../traffic/index.ts';
import type { Need, Verdict } from './guard.ts';

export interface AdminPorts {
  guard(need: Need, authorization: string | undefined, address: string): Verdict;
  /** Milliseconds since the epoch. */
  now(): number;
  raise(alert: Alert): Promise<Alert>;
  rearm(): Promise<void>;
  /** Percent. */
  setWeight(weight: number): Promise<void>;
  weight(): object;
  state(): object;
  metrics(): string;
  stopping(): boolean;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly address: string;
  /** Reads the body, at most so many bytes; null when it is longer. */
  body(limit: number): Promise<string | null>;
}

export interface Answered {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A value becomes JSON, a text stays one. */
  readonly body: object | string;
}

interface Route {
  readonly need: Need;
  run(
    ports: AdminPorts,
    asked: Asked,
    given: Readonly<Record<string, unknown>>,
  ): Promise<Answered> | Answered;
}

const LONGEST_BODY = 64 * 1024;

const routes: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  '/alert': {
    POST: { need: 'alert', run: raise },
    DELETE: {
      need: 'write',
      run: async (ports) => {
        await ports.rearm();
        return { status: 200, body: { alert: false } };
      },
    },
  },
  '/weight': {
    GET: { need: 'read', run: (ports) => ({ status: 200, body: ports.weight() }) },
    PUT: { need: 'write', run: setWeight },
  },
  '/state': { GET: { need: 'read', run: (ports) => ({ status: 200, body: ports.state() }) } },
  '/metrics': {
    GET: {
      need: 'open',
      run: (ports) => ({
        status: 200,
        headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
        body: ports.metrics(),
      }),
    },
  },
  '/healthz': {
    GET: {
      need: 'open',
      run: (ports) =>
        ports.stopping() ? { status: 503, body: { ok: false } } : { status: 200, body: { ok: true } },
    },
  },
};

export async function administer(ports: AdminPorts, asked: Asked): Promise<Answered> {
  const path = routes[asked.path.split('?')[0] ?? ''];
  if (path === undefined)
    return refusal(404, 'not-found', 'there is no such page', `pages: ${Object.keys(routes).join(', ')}`);
  const method = asked.method === 'HEAD' ? 'GET' : asked.method;
  const route = Object.hasOwn(path, method) ? path[method] : undefined;
  if (route === undefined) {
    const allow = Object.keys(path).join(', ');
    return {
      ...refusal(405, 'method', `${asked.method} is not possible here`, `possible: ${allow}`),
      headers: { allow },
    };
  }
  const verdict = ports.guard(route.need, asked.authorization, asked.address);
  if (verdict !== 'yes') return refused(verdict);
  if (asked.method === 'GET' || asked.method === 'HEAD') return route.run(ports, asked, {});
  const text = await asked.body(LONGEST_BODY);
  if (text === null) return refusal(413, 'too-long', 'the body is too long', `at most ${LONGEST_BODY} bytes`);
  const given = objectOf(text);
  if (given === null)
    return refusal(
      400,
      'json',
      'the body is not a JSON object',
      'for example {"reason": "errors in checkout"}',
    );
  return route.run(ports, asked, given);
}

async function raise(
  ports: AdminPorts,
  asked: Asked,
  given: Readonly<Record<string, unknown>>,
): Promise<Answered> {
  const reason = given['reason'] ?? 'no reason given';
  if (typeof reason !== 'string')
    return refusal(400, 'reason', 'the reason is not a text', 'send {"reason": "errors in checkout"}');
  const alert = await ports.raise({
    since: ports.now(),
    by: `admin port, ${asked.address}`,
    reason: line(reason),
  });
  const since = new Date(alert.since).toISOString();
  return { status: 200, body: { alert: true, since, by: alert.by, reason: alert.reason } };
}

async function setWeight(
  ports: AdminPorts,
  _asked: Asked,
  given: Readonly<Record<string, unknown>>,
): Promise<Answered> {
  const weight = given['weight'];
  if (!isWeight(weight)) {
    return refusal(
      400,
      'weight',
      'the weight is not a number from 0 to 100 with at most one decimal',
      'send {"weight": 20}',
    );
  }
  await ports.setWeight(weight);
  return { status: 200, body: ports.weight() };
}

function refused(verdict: Exclude<Verdict, 'yes'>): Answered {
  const hint = 'send Authorization: Bearer TOKEN; the tokens stand in traffic.admin';
  switch (verdict) {
    case 'missing':
      return {
        ...refusal(401, 'token-missing', 'a token is needed', hint),
        headers: { 'www-authenticate': 'Bearer' },
      };
    case 'wrong':
      return {
        ...refusal(401, 'token-wrong', 'the token is not known', hint),
        headers: { 'www-authenticate': 'Bearer' },
      };
    case 'forbidden':
      return refusal(
        403,
        'forbidden',
        'this is not allowed',
        'an empty token refuses every change; alertToken may only POST /alert',
      );
    case 'limited':
      return {
        ...refusal(429, 'limited', 'too many wrong tokens', 'wait a second'),
        headers: { 'retry-after': '1' },
      };
  }
}

const refusal = (status: number, code: string, message: string, hint: string): Answered => ({
  status,
  body: { error: { code, message, hint } },
});

/** An empty body is an empty object: an alert needs no words. */
function objectOf(text: string): Readonly<Record<string, unknown>> | null {
  if (text.trim() === '') return {};
  try {
    const it: unknown = JSON.parse(text);
    return typeof it === 'object' && it !== null && !Array.isArray(it)
      ? (it as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/** One line that may stand in a log and in the store. */
const line = (text: string): string => cut(text.replace(/[\u0000-\u001f\u007f]+/g, ' '), 500);
