/** `canopy router` as a program: a primary that keeps workers running, or one of those workers. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { MOST_WORKERS, workersOf as read, type Workers } from '../config/fields/workers.ts';
import { fail, isCanopyError } from '../errors.ts';
import type { Clock, Log, Random, Store } from '../ports/ports.ts';
import {
  askPrimary,
  givenSockets,
  openControl,
  Primary,
  primaryOf,
  sameProgram,
  Sockets,
  type PrimaryLink,
} from '../workers/index.ts';
import { WorkerSiblings, REPORT } from './cluster/siblings.ts';
import { pastWith } from './admin/sum-reports.ts';
import { peerReader } from './setup/peers.ts';
import { runRouter } from './run.ts';
import { GRACE_MS } from './serving.ts';
import { plannedOf, type RouterSetup } from './setup/setup.ts';
import { addedSummary, type RouterSummary, type ServiceSummary } from './summary.ts';

interface ServicePorts {
  /** Opened where it is needed: the primary needs none. */
  readonly store: () => Promise<Store>;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  /** Reads canopy.yml again. */
  readonly reread: () => Promise<RouterSetup>;
}

interface ServiceResult {
  readonly summary: ServiceSummary | RouterSummary;
  readonly text: string;
}

/** The names of the sockets, for systemd's FileDescriptorName= too. */
const SOCKETS = ['public', 'admin'] as const;
const RELOAD_MS = 120_000;

/** `--workers`; null when it was not given. Throws `usage`. */
export function workersOf(text: string | null): Workers | null {
  const workers = text === null ? null : read(text);
  if (text !== null && workers === null)
    throw fail('usage', {
      reason: `--workers must be a number from 1 to ${MOST_WORKERS}, or auto`,
      step: 'router',
    });
  return workers;
}

/** Runs until the signal. Throws what runRouter throws, and `router-worker`. */
export async function serveRouter(
  setup: RouterSetup,
  asked: Workers | null,
  ports: ServicePorts,
  signal: AbortSignal,
): Promise<ServiceResult> {
  const wanted = asked ?? setup.traffic.workers;
  const workers = wanted === 'auto' ? availableParallelism() : wanted;
  const line = primaryOf(process.env);
  return line === null
    ? runPrimary(setup, workers, ports, signal)
    : runWorker(setup, workers, line, ports, signal);
}

/** Has the workers of the running router replaced; resolves when it is done. Throws `router-away`, `router-reload`. */
export async function restartRouter(setup: RouterSetup): Promise<string> {
  const file = controlOf(setup);
  const answer = await askPrimary(file, 'restart', RELOAD_MS).catch(
    (error: Error) => `wrong ${error.message}`,
  );
  if (answer === null) throw fail('router-away', { app: setup.app, file });
  if (!answer.startsWith('done')) throw fail('router-reload', { reason: answer.replace(/^wrong /, '') });
  return 'every worker was replaced';
}

async function runPrimary(
  setup: RouterSetup,
  workers: number,
  { clock, log }: ServicePorts,
  signal: AbortSignal,
): Promise<ServiceResult> {
  // What is wrong with the configuration is told once, before anything is opened.
  plannedOf(setup);
  peerReader(setup.traffic.trustedProxies);
  const sockets = new Sockets(givenSockets(process.env, process.pid, SOCKETS));
  if (sockets.outlive)
    log.info('systemd keeps the listening sockets: its addresses count, not those of canopy.yml');
  const { listen, admin } = setup.traffic;
  await sockets.get('public', listen);
  await sockets.get('admin', admin.listen);

  let summary: ServiceSummary | null = null;
  const primary = new Primary(
    {
      ...{ workers, sockets, graceMs: GRACE_MS },
      program: sameProgram(process.argv.includes('--json')),
      keep: { what: REPORT, fold: pastWith },
      ended: (body) => (summary = addedSummary(summary, body)),
      serving: () => log.info(`${workers} worker${workers === 1 ? '' : 's'} of ${setup.app} serve`),
    },
    clock,
    log,
  );
  const reload = (): void =>
    void primary.reload().then((wrong) => wrong !== null && log.warn(`reload: ${wrong}`));
  const reread = (): void => primary.tell('reload');
  process.on('SIGUSR2', reload);
  process.on('SIGHUP', reread);
  const control = await openControl(controlOf(setup), async (word) => {
    if (word !== 'restart') return 'wrong word';
    const wrong = await primary.reload();
    return wrong === null ? 'done' : `wrong ${wrong}`;
  }).catch((error: Error) => {
    log.warn(`canopy router restart will not work here (${error.message}); SIGUSR2 does the same`);
    return null;
  });
  try {
    await primary.run(signal);
  } finally {
    process.off('SIGUSR2', reload);
    process.off('SIGHUP', reread);
    control?.close();
  }
  return { summary: summary ?? addedSummary(null, null), text: 'the router has stopped; no request was cut' };
}

async function runWorker(
  setup: RouterSetup,
  workers: number,
  line: PrimaryLink,
  { store, ...ports }: ServicePorts,
  signal: AbortSignal,
): Promise<ServiceResult> {
  // Only the primary replaces workers.
  process.on('SIGUSR2', () => undefined);
  let served = false;
  const listening = (): void => {
    served = true;
    line.ready(workers);
  };
  const summary = await runRouter(
    setup,
    { ...ports, store: await store() },
    AbortSignal.any([signal, line.ending]),
    {
      ...{ siblings: new WorkerSiblings(line, workers > 1), listening, reread: ports.reread },
      lingerMs: () => line.lingerMs(),
    },
  ).catch(async (error: unknown) => {
    if (!served && isCanopyError(error)) await line.failed(error.message);
    // Told to end while it was still starting: its primary has closed the sockets that it asked for.
    if (served || !line.ending.aborted) throw error;
    return null;
  });
  if (summary === null)
    return {
      summary: addedSummary(null, null),
      text: `worker ${line.number} was told to end before it served`,
    };
  await line.ended(summary);
  return { summary, text: `worker ${line.number} has ended; no request was cut` };
}

const controlOf = ({ traffic }: RouterSetup): string => join(traffic.stateDir, 'router.sock');
