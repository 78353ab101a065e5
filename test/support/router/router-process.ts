/** A router as a process of its own, for tests that kill it: `node --import tsx router-process.ts JSON`. */
import { realClock } from '../../../src/drivers/clock.ts';
import { realRandom } from '../../../src/drivers/random.ts';
import { openRedis } from '../../../src/drivers/redis/redis.ts';
import { runRouter } from '../../../src/router/index.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { rememberOn } from './canary-on.ts';
import { instanceAt, trafficOf, type InstanceAt } from './router.ts';

export interface ProcessSetup {
  readonly stateDir: string;
  readonly store: string | null;
  readonly stable: readonly InstanceAt[];
  readonly canary: readonly InstanceAt[];
  readonly listen?: number;
  readonly admin?: number;
}

const setup = JSON.parse(process.argv[2] ?? '{}') as ProcessSetup;
const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
const say = (level: string) => (text: string, about?: string) =>
  void process.stderr.write(`${level} ${about ?? ''} ${text}\n`);
const url = setup.store;
const store =
  url === null
    ? null
    : await openRedis(
        { kind: 'url', url: new Secret(url), shown: url, requireAuth: false },
        { patient: true },
      );
const traffic = trafficOf(setup.stateDir, {
  listen: { host: '127.0.0.1', port: setup.listen ?? 0 },
});
if (setup.canary.length > 0) rememberOn(traffic.stateDir, traffic.weight, traffic.sticky);
const summary = await runRouter(
  { app: 'shop', traffic, stable: setup.stable.map(instanceAt), canary: setup.canary.map(instanceAt) },
  {
    store,
    clock: realClock,
    random: realRandom,
    log: { info: say('info'), warn: say('warn'), debug: () => undefined, progress: () => undefined },
  },
  stop.signal,
  { listening: (addresses) => process.stdout.write(`${JSON.stringify(addresses)}\n`), graceMs: 3000 },
);
await store?.close();
process.stdout.write(`${JSON.stringify(summary)}\n`);
