/** `npm run bench -- router`: what a request costs in the router, how quickly a canary is left, and what changes lose. */
import { spawnSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { failuresOf, type Failures } from './router/router-changes.ts';
import { goPeers, versionOf } from './router/router-go.ts';
import { coresFor, cpuOf, found, median, wrk, CONNECTIONS, type Loaded } from './router/router-load.ts';
import { alertTimes, revertTimes, type Times } from './router/router-times.ts';
import { peerVersions, routerWorld, type RouterWorld } from './router/router-world.ts';
import type { Measured } from './run.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const seconds = Number(process.env['BENCH_SECONDS'] ?? 3);
const repeats = Number(process.env['BENCH_REPEATS'] ?? 200);

const direct = 'direct, no router';
const base = 'HAProxy';
const own = 'canopy router';
const two = 'canopy router, 2 workers';
const httpProxy = 'http-proxy';
const fastify = '@fastify/http-proxy';

interface Target {
  readonly port: number;
  /** Null: there is no router. */
  readonly pid: number | null;
  readonly cookies?: readonly string[];
}

interface Spent extends Loaded {
  /** Microseconds of the router's CPU for one request. */
  readonly cpu: number;
}

export async function bench(): Promise<Measured> {
  const left: string[] = [];
  const spent = await throughput(left);
  const failures = await failuresOf();
  const alert = { one: await alertTimes(1, repeats), two: await alertTimes(2, repeats) };
  const revert = await revertTimes(repeats);
  const cpu = (name: string): number => ratio(spent, name, base, 'cpu');
  const missing = left.length === 0 ? '' : ` Left out: ${left.join('; ')}.`;
  return {
    title:
      'CPU of a request beside HAProxy, nginx, kamal-proxy, Caddy and two libraries; how quickly a canary is left',
    method: `Median of ${rounds} interleaved rounds of ${seconds} s, after 10 s each to get warm; the ratios are medians of the ratios of each round. wrk with ${CONNECTIONS} keep-alive connections; answers of 1 KB from three HAProxy processes; a quarter goes to the canary. Each router has core ${coresFor(1)} for itself, with 2 workers ${coresFor(2)}, which it then shares with the load; load and instances have the others. CPU is user and system time of all processes of the router, with the checks of its instances. p50 and p99 are those of a router that is busy all the time. Load of the machine at the end: ${loadavg()[0]?.toFixed(1)}.${missing} Times are measured from outside, over ${repeats} repeats, with 10 connections and Redis as the store: from before the POST to the last request that the canary has seen; from the first answer that is an error (after 100 good ones) likewise; "failed" counts alerts after which the canary saw another request later. ${failureText(failures)}`,
    versions: versions(),
    head: [
      'router',
      'CPU / request, µs',
      'CPU / HAProxy',
      'requests/s / HAProxy',
      'p50 ms',
      'p99 ms',
      'failed',
    ],
    rows: [
      ...[...spent.keys()].map((name) => rowOf(spent, name)),
      timesRow('POST /alert to the last canary request', alert.one),
      timesRow('the same, 2 workers', alert.two),
      timesRow('first error of the canary to the passive revert', revert),
    ],
    goals: [
      { goal: 'CPU of a request <= 3 x HAProxy', measured: cpu(own).toFixed(2), holds: cpu(own) <= 3 },
      ...[...goPeers.map(({ name }) => name), httpProxy, fastify]
        .filter((name) => spent.has(name))
        .map((name) => ahead(spent, name)),
      ...failures
        .map((one) => ({
          goal: `${one.router}: 0 failures in ${one.scene}`,
          measured: `${one.failures} of ${one.requests}`,
          holds: one.failures === 0,
        }))
        .filter(({ goal }) => goal.startsWith('canopy')),
    ],
  };
}

async function throughput(left: string[]): Promise<Map<string, Spent[]>> {
  const world = await routerWorld();
  try {
    const targets = await targetsOf(world, left);
    const spent = new Map<string, Spent[]>();
    // Node has compiled all that a request takes after some 100,000 of them: until then one costs a fifth more.
    for (const { port, cookies } of targets.values()) await wrk(world.folder, port, 10, cookies);
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, { port, pid, cookies }] of targets) {
        const before = pid === null ? 0 : cpuOf(pid);
        const loaded = await wrk(world.folder, port, seconds, cookies);
        const cpu = pid === null ? 0 : (cpuOf(pid) - before) / loaded.requests;
        spent.set(name, [...(spent.get(name) ?? []), { ...loaded, cpu }]);
      }
    }
    return spent;
  } finally {
    await world.stop();
  }
}

async function targetsOf(world: RouterWorld, left: string[]): Promise<Map<string, Target>> {
  const targets = new Map<string, Target>();
  targets.set(direct, { port: world.instances[0].port, pid: null });
  targets.set(base, await world.haproxy('1s'));
  const nginx = await world.nginx();
  if (nginx === null) left.push('nginx is not installed');
  else targets.set('nginx, split_clients', nginx);
  for (const [name, workers] of [
    [own, 1],
    [two, 2],
  ] as const) {
    const { port, child } = await world.canopy(workers, '1s');
    targets.set(name, { port, pid: child.pid ?? 0 });
  }
  const add = async (name: string, start: () => Promise<Target>): Promise<void> => {
    try {
      targets.set(name, await start());
    } catch (error) {
      left.push(`${name}: ${(error as Error).message.slice(0, 200)}`);
    }
  };
  for (const peer of goPeers) {
    const program = peer.program();
    if (program === null) left.push(`${peer.name} is not installed (${peer.get})`);
    else await add(peer.name, async () => ({ ...(await world.go(peer, program)), cookies: peer.cookies }));
  }
  for (const name of [httpProxy, fastify]) await add(name, () => world.peer(name));
  return targets;
}

function rowOf(spent: ReadonlyMap<string, readonly Spent[]>, name: string): string[] {
  const all = spent.get(name) ?? [];
  const of = (key: keyof Spent): number => median(all.map((one) => one[key]));
  const failed = all.reduce((sum, one) => sum + one.failures, 0);
  const cpu =
    name === direct ? ['–', '–'] : [of('cpu').toFixed(0), ratio(spent, name, base, 'cpu').toFixed(2)];
  const perSecond = ratio(spent, name, base, 'perSecond').toFixed(2);
  return [name, ...cpu, perSecond, of('p50').toFixed(1), of('p99').toFixed(1), String(failed)];
}

const timesRow = (name: string, { p50, p99, max, late }: Times): string[] => [
  `${name} (longest ${max.toFixed(1)} ms)`,
  ...['–', '–', '–'],
  ...[p50.toFixed(1), p99.toFixed(1)],
  String(late),
];

function ahead(spent: ReadonlyMap<string, readonly Spent[]>, peer: string): Measured['goals'][number] {
  const times = ratio(spent, peer, own, 'cpu');
  return {
    goal: `ahead of ${peer}: it takes more CPU a request`,
    measured: `${times.toFixed(2)} x ours`,
    holds: times > 1,
  };
}

/** The median over the rounds of what one takes to what another takes in the same round. */
function ratio(
  spent: ReadonlyMap<string, readonly Spent[]>,
  name: string,
  to: string,
  key: 'cpu' | 'perSecond',
): number {
  const others = spent.get(to) ?? [];
  return median((spent.get(name) ?? []).map((one, round) => one[key] / (others[round]?.[key] ?? Number.NaN)));
}

const failureText = (all: readonly Failures[]): string =>
  `Failed requests while things change, under the same load: ${all
    .map(({ router, scene, failures, requests }) => `${router}, ${scene}: ${failures} of ${requests}`)
    .join('; ')}.`;

function versions(): Record<string, string> {
  const first = (program: string, word: string): string => {
    const { stdout, stderr } = spawnSync('sh', ['-c', `PATH="$PATH:/usr/sbin:/sbin"; ${program} ${word}`], {
      encoding: 'utf8',
    });
    return /\d+\.\d+[\w.]*/.exec(`${stdout}${stderr}`)?.[0] ?? 'unknown';
  };
  return {
    HAProxy: first('haproxy', '-v'),
    ...(found('nginx') ? { nginx: first('nginx', '-v') } : {}),
    wrk: first('wrk', '-v'),
    ...Object.fromEntries(
      goPeers.flatMap((peer) => {
        const program = peer.program();
        return program === null ? [] : [[peer.name, versionOf(program)]];
      }),
    ),
    ...peerVersions,
  };
}
