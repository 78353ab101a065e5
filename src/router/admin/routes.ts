/** What the admin port of a router answers: its routes, as data. */
import {
  openAccess,
  refusal,
  type Access,
  type Api,
  type ApiCall,
  type Reply,
  type Routes,
} from '../../http-server/index.ts';
import { toLine } from '../../shared/text/line.ts';
import { stickyModes, stickyOf, type Sticky } from '../../config/fields/sticky.ts';
import { isWeight, type Alert } from '../../traffic/index.ts';
import { maintenanceOf, type Maintenance } from './maintenance.ts';
import { metricsText } from './metrics.ts';
import { statePage, weightPage } from './pages.ts';
import type { WholeReport } from './sum-reports.ts';
import type { ReloadAnswer } from '../setup/reload.ts';

export interface AdminPorts {
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

export interface AdminTokens {
  readonly full: string;
  readonly alert: string;
}

/** `open` is anybody's, `read` needs the full token where there is one, `alert` either token, `write` the full one. */
type AdminRight = 'open' | 'read' | 'alert' | 'write';

const routes: Routes<AdminRight, AdminPorts> = {
  '/alert': {
    POST: { need: 'alert', run: raise },
    DELETE: {
      need: 'write',
      run: async (ports, call) => {
        await ports.rearm(byWhom(call));
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

/** The two tokens of traffic.admin. Full, may do everything; empty, nobody may change anything. Alert may raise the alert alone. */
export function adminAccess({ full, alert }: AdminTokens): Access<AdminRight> {
  return openAccess(
    [
      { role: 'full', token: full, rights: ['read', 'alert', 'write'] },
      { role: 'alert', token: alert, rights: ['alert'] },
    ],
    full === '' ? ['open', 'read'] : ['open'],
  );
}

export const adminApi = (ports: AdminPorts, access: Access<AdminRight>): Api<AdminRight, AdminPorts> => ({
  ...{ routes, ports, access },
  hints: {
    where: 'the tokens stand in traffic.admin',
    forbidden: 'an empty token refuses every change; alertToken may only POST /alert',
  },
  example: '{"reason": "errors in checkout"}',
  now: () => ports.now(),
});

async function shownWeight(ports: AdminPorts): Promise<Reply> {
  return { status: 200, body: weightPage(await ports.report()) };
}

async function raise(ports: AdminPorts, call: ApiCall): Promise<Reply> {
  const reason = call.given['reason'] ?? 'no reason given';
  if (typeof reason !== 'string')
    return refusal(400, 'reason', 'the reason is not a text', 'send {"reason": "errors in checkout"}');
  const told = { since: ports.now(), by: byWhom(call), reason: line(reason) };
  const { alert, late } = await ports.raise(told);
  const since = new Date(alert.since).toISOString();
  return { status: 200, body: { alert: true, since, by: alert.by, reason: alert.reason, late } };
}

async function setSticky(ports: AdminPorts, call: ApiCall): Promise<Reply> {
  const mode = stickyOf(call.given['sticky']);
  if (mode === null)
    return refusal(
      400,
      'sticky',
      'this is no way to stick',
      `send {"sticky": "none"}; possible: ${stickyModes}`,
    );
  await ports.setSticky(mode, byWhom(call));
  return shownWeight(ports);
}

async function maintain(ports: AdminPorts, call: ApiCall): Promise<Reply> {
  const wanted = maintenanceOf(call.given);
  const hint = 'send {"on": true, "reason": "database moves"} or {"on": false}';
  if (wanted === null) return refusal(400, 'maintenance', 'on is neither true nor false', hint);
  await ports.maintain(wanted, byWhom(call));
  return { status: 200, body: shownMaintenance(ports) };
}

const shownMaintenance = (ports: AdminPorts): object => {
  const now = ports.maintenance();
  return { on: now !== null, ...now };
};

async function reload(ports: AdminPorts, call: ApiCall): Promise<Reply> {
  const answer = await ports.reload(byWhom(call));
  if (answer.ok) return { status: 200, body: answer.done };
  return refusal(
    409,
    'reload',
    `nothing has changed: ${line(answer.reason)}`,
    'mend canopy.yml and send it again',
  );
}

async function setWeight(ports: AdminPorts, call: ApiCall): Promise<Reply> {
  const weight = call.given['weight'];
  if (!isWeight(weight)) {
    return refusal(
      400,
      'weight',
      'the weight is not a number from 0 to 100 with at most one decimal',
      'send {"weight": 20}',
    );
  }
  await ports.setWeight(weight, byWhom(call));
  return shownWeight(ports);
}

const byWhom = ({ address }: ApiCall): string => `admin port, ${address}`;

/** One line that may stand in a log and in the store. */
const line = (text: string): string => toLine(text, 500);
