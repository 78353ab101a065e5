import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect } from 'chai';
import { needs } from '../support/needs.ts';
import { endProcess } from '../support/end-process.ts';
import { startRedis, type RunningRedis } from '../support/services/redis.ts';
import { tempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';
import { httpManners, httpProvider, type HttpManner } from './http-provider.ts';
import { isStopped, Scene, some, type SceneWorld, type Sender } from './scene.ts';

const carriedOut = (manner: HttpManner): number => (manner === 'refuses' ? 0 : 1);
const dead = async (sender: Sender): Promise<void> => {
  expect(await sender.ended, sender.said()).to.equal(null);
};

describe('a message is told once (real processes, Redis and HTTP)', function () {
  this.timeout(300_000);
  before(needs('redis-server'));
  const folder = tempFolder();
  const scenes: Scene[] = [];
  let redis: RunningRedis;
  let world: SceneWorld;
  before(async () => {
    redis = await startRedis({ keep: true });
    const program = join(folder(), 'sender.cjs');
    await build({
      ...{ entryPoints: [join(import.meta.dirname, 'sender.ts')], outfile: program, bundle: true },
      ...{ platform: 'node', format: 'cjs', target: 'node20.19', logLevel: 'error' },
      define: { __CANOPY_VERSION__: '"0.0.0-sender"' },
    });
    world = { program, folder: folder(), provider: await httpProvider() };
  });
  after(async () => {
    await Promise.all(scenes.map((one) => one.end()));
    await world?.provider.close();
    await redis?.stop();
  });
  const scene = (manner: HttpManner, at = redis): Scene => {
    const made = new Scene(world, at, manner);
    scenes.push(made);
    return made;
  };

  for (const manner of httpManners)
    it(`the provider ${manner}: ${carriedOut(manner)}`, async () => {
      const one = scene(manner);
      const first = one.send();
      if (manner.startsWith('kills')) {
        await dead(first);
        await one.through(one.send());
      } else await one.through(first);
      await one.check(carriedOut(manner));
    });

  for (const manner of ['answers', 'accepts and resets', 'resets before accepting'] as const)
    it(`kill -9 at every change of the store and around the request; the provider ${manner}: 1`, async () => {
      const whole = scene(manner);
      const first = whole.send();
      await whole.through(first);
      const points = readFileSync(first.file, 'utf8').trim().split('\n');
      expect(points.length).to.be.greaterThan(11);
      await some(points, async (die) => {
        const one = scene(manner);
        await dead(one.send({ die }));
        await one.through(one.send());
        await one.check(1, `died ${die}`);
      });
    });

  for (const die of [
    'after store: intent',
    'before store: intent',
    'after store: number',
    'before the request',
    'before the request is written',
    'after the request',
  ])
    it(`stopped ${die} for two leases, then it goes on: 1`, async () => {
      const one = scene('answers');
      const first = one.send({ die, freeze: true });
      await waitFor('it to be stopped', () => isStopped(first.process.pid ?? 0));
      const second = one.send();
      await one.through(second);
      expect(world.provider.carried.get(one.visible)).to.equal(1);
      first.process.kill('SIGCONT');
      await one.through(first);
      await one.check(1, `stopped ${die}`);
    });

  it('two and five processes tell the same at once, without a lease: 1', async () => {
    await some([2, 5], async (many) => {
      const one = scene('accepts and resets');
      const all = Array.from({ length: many }, () => one.send({ lease: false }));
      for (const sender of all) await one.through(sender);
      expect(world.provider.carried.get(one.visible)).to.equal(1);
    });
  });

  for (const keep of [true, false])
    for (const die of ['', 'after the request', 'before store: outcome'])
      for (const manner of ['answers', 'accepts and resets'] as const)
        it(`the store is killed and comes back ${keep ? 'whole' : 'empty'}${die && `, the process dies ${die}`}; ${manner}: 1`, async () => {
          const own = await startRedis({ keep });
          try {
            const one = scene(manner, own);
            const stateDir = join(folder(), `${one.app}-state`);
            const first = one.send({ stateDir, die: 'before store: intent', freeze: true });
            await waitFor('it to be stopped', () => isStopped(first.process.pid ?? 0));
            await own.kill();
            endProcess(first.process.pid ?? 0);
            // One that leads already, and loses its store.
            await own.restart();
            const second = one.send({ stateDir, die: 'before the request', freeze: true });
            await waitFor('it to be stopped', () => isStopped(second.process.pid ?? 0));
            await own.kill();
            second.process.kill('SIGCONT');
            await waitFor('it to be told', () => world.provider.carried.get(one.visible));
            if (die !== '') endProcess(second.process.pid ?? 0);
            await own.restart();
            await one.through(die === '' ? second : one.send({ stateDir }));
            await one.check(1, die);
          } finally {
            await own.stop();
          }
        });

  const seed = Date.now() % 2 ** 31;
  it(`any death, any provider, any stop: once each (seed ${seed})`, async () => {
    let state = seed;
    const pick = <T>(of: readonly T[]): T => {
      state = (state * 1103515245 + 12345) % 2 ** 31;
      return of[Math.floor((state / 2 ** 31) * of.length)] as T;
    };
    const points = ['number', 'intent', 'outcome', 'waiting', 'taken over', 'history', 'freed'].flatMap(
      (name) => [`before store: ${name}`, `after store: ${name}`],
    );
    const all = Array.from({ length: 16 }, () => ({
      manner: pick(httpManners),
      deaths: Array.from({ length: pick([1, 2, 3]) }, () => ({
        die: pick([...points, 'before the request', 'before the request is written', 'after the request']),
        freeze: pick([true, false]),
      })),
    }));
    await some(all, async ({ manner, deaths }) => {
      const one = scene(manner);
      const frozen: Sender[] = [];
      for (const { die, freeze } of deaths) {
        const sender = one.send({ die, freeze });
        const how = await waitFor('it to end or to be stopped', () =>
          sender.process.exitCode !== null || sender.process.signalCode !== null
            ? 'over'
            : isStopped(sender.process.pid ?? 0) && 'stopped',
        );
        if (how === 'stopped') frozen.push(sender);
      }
      const last = one.send();
      // One that the provider kills is followed by another.
      if (manner.startsWith('kills') && (await last.ended) === null) await one.through(one.send());
      else await one.through(last);
      for (const sender of frozen) {
        sender.process.kill('SIGCONT');
        await one.through(sender);
      }
      await one.check(carriedOut(manner), `seed ${seed} ${manner} ${JSON.stringify(deaths)}`);
    });
  });
});
