/** What a router serves: its public side and its admin port, from their opening to their end. */
import type { Server } from 'node:http';
import type { Address, TrafficConfig } from '../config/types.ts';
import { openHttpServer, serverCloser } from '../http-server/index.ts';
import type { Log } from '../ports/ports.ts';
import type { Closers } from '../shared/closers.ts';
import { adminPorts, ownReport } from './admin/admin-ports.ts';
import type { RouterReport } from './admin/process-report.ts';
import { adminAccess, adminApi, type AdminPorts } from './admin/routes.ts';
import { alone } from './cluster/siblings.ts';
import { listen } from './listen.ts';
import { Admission } from './proxy/admission.ts';
import type { RouterContext, RouterState } from './router-state.ts';
import { openProxy } from './server.ts';
import { readPage } from './setup/page.ts';
import { peerReader } from './setup/peers.ts';
import type { ReloadAnswer } from './setup/reload.ts';
import { stopServing } from './stop-serving.ts';
import type { AuditOutbox } from './store/audit-outbox.ts';
import { waitForPeers } from './store/wait-for-peers.ts';

/** What is in flight when the router stops has so long. */
export const GRACE_MS = 30_000;

/** The answer to an alert waits so long for the other routers. */
const OTHERS_MS = 1000;

interface ServingSetup {
  readonly outbox: AuditOutbox;
  /** Reads canopy.yml again, in this process. */
  readonly reload: () => Promise<ReloadAnswer>;
  /** Closes what serves: after `graceMs` at most; idle connections are kept for `lingerMs`. */
  readonly closers: Closers;
  readonly graceMs?: number;
  readonly lingerMs?: () => number;
}

interface Serving {
  /** What this process alone tells on the admin port. */
  report(): RouterReport;
  listen(): Promise<{ readonly proxy: Address; readonly admin: Address }>;
}

/** Nothing is accepted before `listen`. */
export async function openServing(
  context: RouterContext,
  state: RouterState,
  { outbox, reload, closers, graceMs = GRACE_MS, lingerMs = () => 0 }: ServingSetup,
): Promise<Serving> {
  const { id, setup, ports, siblings } = context;
  const { app, traffic } = setup;
  const { fleet, shared, rates, assigner } = state;
  let phase: 'opening' | 'serving' | 'stopping' = 'opening';
  const front = new Admission(fleet, traffic, await readPage(traffic.maintenance.page));
  const proxy = openProxy({ fleet, assigner, peerOf: peerReader(traffic.trustedProxies), front });
  const running = {
    ...{ app, id, fleet, shared, outbox, siblings, rates, hasStore: ports.store !== null },
    others: () => lateRouters(context, state),
    reload: async () => {
      const answer = await reload();
      if (answer.ok) await siblings.reload();
      return answer;
    },
    now: () => ports.clock.now(),
    stopping: () => phase === 'stopping' && siblings === alone,
  };
  const admin = openAdmin(adminPorts(running), traffic.admin, ports.log);
  const closeAdmin = serverCloser(admin);
  closers.add('what serves', async () => {
    const grace = phase === 'serving' ? graceMs : 0;
    phase = 'stopping';
    const tell = (): Promise<unknown> => siblings.reports(ownReport(running));
    await stopServing({ proxy, admin, closeAdmin, others: siblings !== alone, tell }, grace, lingerMs);
  });
  return {
    report: () => ownReport(running),
    async listen() {
      const socket = (name: string, address: Address) => siblings.socket(name, address);
      const at = { proxy: traffic.listen, admin: traffic.admin.listen };
      const addresses = {
        proxy: await listen(proxy.server, at.proxy, ports.log, await socket('public', at.proxy)),
        admin: await listen(admin, at.admin, ports.log, await socket('admin', at.admin)),
      };
      phase = 'serving';
      return addresses;
    },
  };
}

/** Waits until the other routers know of the alert, a moment at the most; the late ones, or null: the store is away. */
async function lateRouters(
  { setup, ports: { store, clock } }: RouterContext,
  { shared }: RouterState,
): Promise<readonly string[] | null> {
  if (store === null) return [];
  if (shared.storeUp === false) return null;
  return waitForPeers(setup.app, store, clock, (state) => state.alert !== null, OTHERS_MS);
}

const openAdmin = (ports: AdminPorts, { token, alertToken }: TrafficConfig['admin'], log: Log): Server =>
  openHttpServer({
    api: adminApi(ports, adminAccess({ full: token?.reveal() ?? '', alert: alertToken?.reveal() ?? '' })),
    ...{ log, name: 'the admin port', owner: 'the router' },
  }).server;
