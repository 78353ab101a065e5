/** What the admin port answers to a request: everything but HTTP itself. */
import { toLine } from '../../shared/text/line.ts';
import { stickyModes, stickyOf, type Sticky } from '../../config/fields/sticky.ts';
import { isWeight, type Alert } from '../../traffic/index.ts';
import type { TokenNeed, TokenVerdict } from './guard.ts';
import { refusal, refused, type AdminAnswer } from './refusals.ts';
import { maintenanceOf, type Maintenance } from './maintenance.ts';
import { metricsText } from './metrics.ts';
import { statePage, weightPage } from './pages.ts';
import type { WholeReport } from './sum-reports.ts';
import type { ReloadAnswer } from '../setup/reload.ts';
import { lookUp } from '../../shared/look-up.ts';

export type { AdminAnswer } from './refusals.ts';

export interface AdminPorts {
  guard(need: TokenNeed, authorization: string | undefined, address: string): TokenVerdict;
  /** Milliseconds since the epoch. */
  now(): number;
  /** `late`: routers that have not applied it yet; null: the store is away, nobody could be asked. */
  raise(alert: Alert): Promise<{ readonly alert: Alert; readonly late: readonly string[] | null }>;
  /** `by`: who asks. */
  rearm(by: string): Promise<void>;
  /** Percent. */
  setWeight(weight: number, by: string): Promise<void>;
  setSticky(mode: Sticky, by: string): Promise<void>;
  maintain(asked: Maintenance, by: string): Promise<void>;
  /** Since when, by whom and why; null: it is off. */
  maintenance(): Alert | null;
  /** Reads canopy.yml again. */
  reload(by: string): Promise<ReloadAnswer>;
  /** What all processes of the router tell together. */
  report(): Promise<WholeReport>;
  stopping(): boolean;
}

interface AdminRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly address: string;
  /** Reads the body, at most so many bytes; null when it is longer. */
  body(limit: number): Promise<string | null>;
}

interface Route {
  readonly need: TokenNeed;
  run(
    ports: AdminPorts,
    asked: AdminRequest,
    given: Readonly<Record<string, unknown>>,
  ): Promise<AdminAnswer> | AdminAnswer;
}

const LONGEST_BODY = 64 * 1024;

const routes: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  '/alert': {
    POST: { need: 'alert', run: raise },
    DELETE: {
      need: 'write',
      run: async (ports, asked) => {
        await ports.rearm(byWhom(asked));
        return { status: 200, body: { alert: false } };
      },
    },
  },
  '/weight': {
    GET: { need: 'read', run: shownWeight },
    PUT: { need: 'write', run: setWeight },
  },
  '/sticky': { PUT: { need: 'write', run: setSticky } },
  '/maintenance': {
    GET: { need: 'read', run: (ports) => ({ status: 200, body: shownMaintenance(ports) }) },
    PUT: { need: 'write', run: maintain },
  },
  '/reload': { POST: { need: 'write', run: reload } },
  '/state': {
    GET: { need: 'read', run: async (ports) => ({ status: 200, body: statePage(await ports.report()) }) },
  },
  '/metrics': {
    GET: {
      need: 'open',
      run: async (ports) => ({
        status: 200,
        headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
        body: metricsText(await ports.report()),
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

export async function administer(ports: AdminPorts, asked: AdminRequest): Promise<AdminAnswer> {
  const path = lookUp(routes, asked.path.split('?')[0] ?? '');
  if (path === undefined)
    return refusal(404, 'not-found', 'there is no such page', `pages: ${Object.keys(routes).join(', ')}`);
  const method = asked.method === 'HEAD' ? 'GET' : asked.method;
  const route = lookUp(path, method);
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

async function shownWeight(ports: AdminPorts): Promise<AdminAnswer> {
  return { status: 200, body: weightPage(await ports.report()) };
}

async function raise(
  ports: AdminPorts,
  asked: AdminRequest,
  given: Readonly<Record<string, unknown>>,
): Promise<AdminAnswer> {
  const reason = given['reason'] ?? 'no reason given';
  if (typeof reason !== 'string')
    return refusal(400, 'reason', 'the reason is not a text', 'send {"reason": "errors in checkout"}');
  const told = { since: ports.now(), by: byWhom(asked), reason: line(reason) };
  const { alert, late } = await ports.raise(told);
  const since = new Date(alert.since).toISOString();
  return { status: 200, body: { alert: true, since, by: alert.by, reason: alert.reason, late } };
}

async function setSticky(
  ports: AdminPorts,
  asked: AdminRequest,
  given: Readonly<Record<string, unknown>>,
): Promise<AdminAnswer> {
  const mode = stickyOf(given['sticky']);
  if (mode === null)
    return refusal(
      400,
      'sticky',
      'this is no way to stick',
      `send {"sticky": "none"}; possible: ${stickyModes}`,
    );
  await ports.setSticky(mode, byWhom(asked));
  return shownWeight(ports);
}

async function maintain(
  ports: AdminPorts,
  asked: AdminRequest,
  given: Readonly<Record<string, unknown>>,
): Promise<AdminAnswer> {
  const wanted = maintenanceOf(given);
  const hint = 'send {"on": true, "reason": "database moves"} or {"on": false}';
  if (wanted === null) return refusal(400, 'maintenance', 'on is neither true nor false', hint);
  await ports.maintain(wanted, byWhom(asked));
  return { status: 200, body: shownMaintenance(ports) };
}

const shownMaintenance = (ports: AdminPorts): object => {
  const now = ports.maintenance();
  return { on: now !== null, ...now };
};

async function reload(ports: AdminPorts, asked: AdminRequest): Promise<AdminAnswer> {
  const answer = await ports.reload(byWhom(asked));
  if (answer.ok) return { status: 200, body: answer.done };
  return refusal(
    409,
    'reload',
    `nothing has changed: ${line(answer.reason)}`,
    'mend canopy.yml and send it again',
  );
}

async function setWeight(
  ports: AdminPorts,
  asked: AdminRequest,
  given: Readonly<Record<string, unknown>>,
): Promise<AdminAnswer> {
  const weight = given['weight'];
  if (!isWeight(weight)) {
    return refusal(
      400,
      'weight',
      'the weight is not a number from 0 to 100 with at most one decimal',
      'send {"weight": 20}',
    );
  }
  await ports.setWeight(weight, byWhom(asked));
  return shownWeight(ports);
}

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

const byWhom = ({ address }: AdminRequest): string => `admin port, ${address}`;

/** One line that may stand in a log and in the store. */
const line = (text: string): string => toLine(text, 500);
