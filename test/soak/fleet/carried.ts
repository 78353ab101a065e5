/** The same fleet under the real loop: src/deploy/execute.ts with fakes for all that is outside, and its journal in a store. */
import { readConfig } from '../../../src/config/index.ts';
import type { Instance } from '../../../src/config/types.ts';
import type { Halt } from '../../../src/deploy/model/actions.ts';
import { execute } from '../../../src/deploy/execute.ts';
import { parseFacts } from '../../../src/deploy/model/facts.ts';
import { readJournal, type Journal } from '../../../src/deploy/journal/journal.ts';
import { DeployProgress } from '../../../src/deploy/model/progress.ts';
import type { DeployContext } from '../../../src/deploy/context/deploy-context.ts';
import type { Store } from '../../../src/ports/ports.ts';
import { deployKey } from '../../../src/store-keys.ts';
import { fakeClock, type FakeClock } from '../../fakes/clock.ts';
import { fakeStore } from '../../fakes/store.ts';
import { quietLog } from '../../support/quiet-log.ts';
import type { Ended, Show } from './play.ts';
import { balancerOf, hostOf, type Ground } from './servers.ts';
import { World } from './world.ts';

const key = deployKey('shop', 'production');

/** Throws as soon as something happens that never may; also when it was not in the journal before. */
export async function carried(show: Show): Promise<Ended> {
  const { plan } = show;
  const clock = fakeClock();
  const from = clock.now();
  const world = new World(plan, show.starts, show.limit, show.coin);
  const store = fakeStore(clock);
  const progress = new DeployProgress();
  // Between two moments of everything else, so that nothing happens at the same time.
  const stops = show.stops
    .filter(({ halt }) => halt !== 'lost')
    .map(({ at, halt }) => ({ at: at + 0.5, halt }));
  let halted: Halt = null;
  const written = (): string => store.dump()[key] ?? '{ "doing": [] }';
  const ground: Ground = {
    show,
    world,
    clock,
    doing: (instance) => {
      const { doing } = JSON.parse(written()) as Journal;
      const entry = doing.find((one) => one.instance === instance);
      if (!entry) throw new TypeError(`${instance}: something is done that is not in the journal`);
      const isBack = entry.kind === 'restore' || entry.kind === 'regate';
      const previous = plan.tracks.find((track) => track.instance === instance)?.previous;
      return { kind: entry.kind, instance, release: (isBack ? previous : null) ?? plan.release };
    },
    begin: (action) => {
      const goesBack = halted === 'deadline' && plan.onFailure !== 'continue' && plan.onFailure !== 'freeze';
      world.begin(action, halted !== null, goesBack);
    },
  };
  for (const { at, instance } of show.deaths) void clock.sleep(at).then(() => world.die(instance));
  const decided = (): void => void (halted = stops.find(({ at }) => from + at <= clock.now())?.halt ?? null);

  const context = contextOf(show, stops, noted(store, decided), ground);
  const facts = parseFacts('canopy\tfacts\nend\tfacts');
  if (facts === null) throw new Error('the facts of a server have another form by now');
  const names = show.starts.map(({ name }) => name);
  const fleet = {
    hosts: new Map(names.map((name) => [name, hostOf(ground, name)])),
    facts: Object.fromEntries(names.map((name) => [name, facts])),
  };
  const found = { plan, fleet, answered: {}, healthy: new Map() };
  const run = { ...context, ...found, progress, deploy: 'd1', startedAt: from, sha256: null };
  const report = await clock.drive(execute(run));

  const journal = readJournal(written(), key);
  if (journal.state !== report.end) throw new Error(`${report.end}, but the journal says ${journal.state}`);
  if (journal.doing.length > 0) throw new Error('it has ended, and something is being done');
  if (journal.records.length !== progress.records.length) throw new Error('the journal is not whole');
  for (const name of progress.bad) world.refuse(name);
  return { end: { end: report.end, reasons: report.reasons }, progress, world };
}

/** Notes the moment of each decision: what it leads to is written down at once. */
const noted = (store: Store, decided: () => void): Store => ({
  ...store,
  set: (...words) => (decided(), store.set(...words)),
  swap: (...words) => (decided(), store.swap(...words)),
});

function contextOf(show: Show, stops: Show['stops'], store: Store, ground: Ground): DeployContext {
  const { clock } = ground;
  const { plan, starts, limit, pauseMs } = show;
  const { config } = readConfig(configOf(show), '/app/canopy.yml', { HOME: '/home/me' });
  const read = config.environments['production'];
  if (!read) throw new Error('canopy.yml has no environment');
  const after = (halt: Halt): AbortSignal => {
    const stop = new AbortController();
    const found = stops.find((one) => one.halt === halt);
    if (found) void clock.sleep(found.at).then(() => stop.abort(new Error('stopped')));
    return stop.signal;
  };
  const deadlineMs = stops.find(({ halt }) => halt === 'deadline')?.at ?? 1e12;
  const rollout = {
    ...read.rollout,
    strategy: plan.strategy,
    maxUnavailable: { count: plan.strategy === 'rolling' ? limit : starts.length },
    pauseMs,
    deadlineMs,
    healthyForMs: 0,
  };
  return {
    ...portsOf(store, clock),
    action: 'rollback',
    config,
    environment: { ...read, rollout },
    instances: read.instances as readonly Instance[],
    shipped: { app: 'shop', release: plan.release, commit: '', version: '', actor: 'me', archive: null },
    sound: Promise.resolve(),
    balancer: plan.balanced ? balancerOf(ground) : null,
    probe: null,
    lease: { token: 1, raise: async () => 1, lost: after('lease'), release: async () => undefined },
    signal: after('signal'),
  };
}

/** JSON is YAML too. */
const configOf = ({ plan, starts }: Show): string =>
  JSON.stringify({
    app: 'shop',
    environments: {
      production: {
        path: '/srv/shop',
        service: { start: './run', stop: './stop', status: './status', log: 'log/app.log' },
        health: { path: '/health', release: 'x-release', rise: 1, every: '2s' },
        hooks: Object.fromEntries(
          Object.entries(plan.hooks).flatMap(([name, isThere]) => (isThere ? [[name, './hook']] : [])),
        ),
        instances: starts.map(({ name }) => ({ name, host: name, url: `http://${name}:3000` })),
      },
    },
  });

function portsOf(store: Store, clock: FakeClock) {
  const none = async (): Promise<never> => {
    throw new TypeError('a rollback with hooks on the instances needs no such thing');
  };
  return {
    ssh: none,
    local: none,
    http: none,
    archive: none,
    exec: none,
    masked: (text: string) => text,
    store,
    clock,
    timer: clock,
    random: { hex: (bytes: number) => '0'.repeat(2 * bytes) },
    log: quietLog(),
  };
}
