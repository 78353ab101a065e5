/** How long a canary that is to be left still gets requests, seen from outside. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { startLoad, type Load } from '../../test/support/http/load.ts';
import { startRedis } from '../../test/support/services/redis.ts';
import { startService, type RouterService } from '../../test/support/router/router-service.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { median, percentile } from './router-load.ts';

/** Milliseconds over all repeats. */
export interface Times {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Repeats in which the canary saw a request once it had seen none for long. */
  readonly late: number;
}

interface Canary {
  readonly name: string;
  readonly url: string;
  seen: number;
  /** When the last request came, by performance.now(). */
  last: number;
  status: number;
  /** When it first answered with that status. */
  since: number;
  stop(): void;
}

interface World {
  readonly router: RouterService;
  readonly stable: Canary;
  readonly canary: Canary;
  readonly load: Load;
}

/** So many answers of stable, one after the other, with none of the canary: then it is left. */
const SURE = 60;

/** From before `POST /alert` to the last request that the canary sees. */
export function alertTimes(workers: number, repeats: number): Promise<Times> {
  return within(workers, '', async ({ router, stable, canary }) => {
    const times: number[] = [];
    let late = 0;
    for (let turn = 0; turn < repeats; turn += 1) {
      const begun = performance.now();
      const { status } = await router.ask('POST', '/alert', { reason: 'the bench asks for it' });
      if (status !== 200) throw new Error(`POST /alert: ${status}`);
      await more(stable, SURE);
      times.push(Math.max(0, canary.last - begun));
      const seen = canary.seen;
      await more(stable, SURE);
      if (canary.seen !== seen) late += 1;
      await router.ask('DELETE', '/alert');
      await more(canary, 20);
    }
    return timesOf(times, late);
  });
}

/** From the first answer of the canary that is an error to the last request that it sees. */
export function revertTimes(repeats: number): Promise<Times> {
  const rules =
    '  revert: { errorRate: 5%, window: 10s, minRequests: 20, resume: auto, after: 100ms, maxAfter: 100ms }\n';
  return within(1, rules, async ({ router, stable, canary }) => {
    const times: number[] = [];
    for (let turn = 0; turn < repeats; turn += 1) {
      await more(canary, 100);
      // Else each burst would begin at the same time after a look of the guardian.
      await sleep(Math.random() * 250);
      Object.assign(canary, { status: 500, since: 0 });
      await waitFor('the revert', async () => (await router.ask('GET', '/state')).body.reverted !== null);
      await more(stable, SURE);
      times.push(canary.last - canary.since);
      canary.status = 200;
    }
    return timesOf(times, 0);
  });
}

async function within(workers: number, rules: string, run: (world: World) => Promise<Times>): Promise<Times> {
  const redis = await startRedis();
  const stable = await startCounted('web-1');
  const canary = await startCounted('canary-1');
  const router = await startService({
    ...{ stable: [stable], canary: [canary], store: redis.url, workers, traffic: rules },
  });
  const load = startLoad({ port: router.port, connections: 10 });
  try {
    await more(canary, 50);
    return await run({ router, stable, canary, load });
  } finally {
    await load.stop();
    await router.stop();
    router.remove();
    for (const one of [stable, canary]) one.stop();
    await redis.stop();
  }
}

const more = (one: Canary, count: number): Promise<unknown> => {
  const at = one.seen;
  return waitFor(`${count} requests to ${one.name}`, () => one.seen >= at + count);
};

function timesOf(times: readonly number[], late: number): Times {
  return { p50: median(times), p99: percentile(times, 99), max: Math.max(...times), late };
}

async function startCounted(name: string): Promise<Canary> {
  const server = createServer((req, res) => {
    const status = req.url === '/health' ? 200 : one.status;
    if (req.url !== '/health') {
      one.seen += 1;
      one.last = performance.now();
      if (status === 500 && one.since === 0) one.since = one.last;
    }
    res.writeHead(status, { 'content-length': 3 }).end('ok\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = (): void => {
    server.close();
    server.closeAllConnections();
  };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const one: Canary = { name, url, seen: 0, last: 0, status: 200, since: 0, stop };
  return one;
}
