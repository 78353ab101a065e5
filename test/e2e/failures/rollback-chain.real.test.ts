import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needsDocker } from '../../support/hosts/dockerd.ts';
import { startDockerWorld, type DockerWorld } from '../../support/hosts/docker-world.ts';
import { needs } from '../../support/needs.ts';
import { startWorld, type Outcome, type World } from '../../support/worlds/world.ts';
import { startTrafficWorld, type TrafficWorld } from '../traffic/traffic-world.ts';

/** What one action has to come to: its words, and the version that serves afterwards. */
type Move = readonly [words: string, version: string];

/** `ship 2` packages and deploys version 2, `bad 3` one that fails; all else is given to `canopy` as it is. */
async function move(
  [words, version]: Move,
  of: {
    readonly ship: (version: string, bad: boolean) => Promise<string>;
    readonly canopy: (...words: string[]) => Promise<Outcome>;
    readonly ids: Map<string, string>;
    readonly serving: () => Promise<readonly (string | null)[]>;
  },
): Promise<void> {
  const [kind = '', name = '', ...more] = words.split(' ');
  const on = ['--environment', 'production'];
  if (kind === 'ship' || kind === 'bad') {
    of.ids.set(name, await of.ship(name, kind === 'bad'));
    const { code, stderr } = await of.canopy('deploy', ...on, ...more);
    expect(code, `${words}: ${stderr}`).to.equal(kind === 'bad' ? 3 : 0);
  } else {
    const { code, json, stderr } = await of.canopy(kind, ...on, ...[name, ...more].filter(Boolean));
    expect(code, `${words}: ${stderr}`).to.equal(0);
    if (kind === 'rollback') expect(json.data.release, words).to.equal(of.ids.get(version));
  }
  const found = new Set((await of.serving()).filter((id) => id !== null));
  expect([...found], words).to.deep.equal([of.ids.get(version)]);
}

describe('a chain of deploys and rollbacks, on plain servers', function () {
  this.timeout(120_000);
  let world: World;
  const ids = new Map<string, string>();
  before(needs('redis-server', 'sshd', 'git'));
  before(async () => {
    world = await startWorld(2, { extra: '    keep: 4' });
  });
  after(() => world?.stop());

  const moves: Move[] = [
    ['ship A', 'A'],
    ['ship B', 'B'],
    ['rollback', 'A'],
    ['bad C', 'A'],
    ['ship D', 'D'],
    ['rollback', 'A'],
    ['ship E', 'E'],
    ['ship F', 'F'],
    ['rollback', 'E'],
  ];
  for (const one of moves)
    it(`${one[0]}: ${one[1]} serves`, () =>
      move(one, {
        ids,
        canopy: (...words) => world.canopy(words),
        serving: () => Promise.all([0, 1].map((at) => world.answers(at))),
        ship: async (version, bad) => {
          world.commit(version, bad);
          return String((await world.canopy(['package'])).json.data.id);
        },
      }));

  it('keeps a record on each server, bounded and ours alone', () => {
    const lines = readFileSync(join(world.path('web-2'), '.canopy/served'), 'utf8')
      .trimEnd()
      .split('\n');
    const id = (version: string): string => ids.get(version) ?? '';
    expect(lines.map((line) => line.split(' ').slice(2).join(' '))).to.deep.equal([
      `on all ${id('A')} -`,
      `on all ${id('B')} ${id('A')}`,
      `back all ${id('A')} ${id('B')}`,
      `on all ${id('D')} ${id('A')}`,
      `back all ${id('A')} ${id('D')}`,
      `on all ${id('E')} ${id('A')}`,
      `on all ${id('F')} ${id('E')}`,
      `back all ${id('E')} ${id('F')}`,
    ]);
    const held = readdirSync(join(world.path('web-2'), 'releases'));
    expect(held).to.include.members([id('A'), id('E')], 'what goes back next is kept');
  });

  it('goes back to what served on all, when one of them got something alone', async () => {
    const to = ids.get('E');
    world.commit('G');
    await world.canopy(['package']);
    const only = ['deploy', '--environment', 'production', '--only', 'web-2'];
    expect((await world.canopy(only)).code).to.equal(0);
    world.commit('H');
    await world.canopy(['package']);
    expect((await world.canopy(only)).code).to.equal(0);
    const { code, json, stderr } = await world.canopy(['rollback', '--environment', 'production']);
    expect([code, json.data.release], stderr).to.deep.equal([0, to]);
    expect(await Promise.all([0, 1].map((at) => world.answers(at)))).to.deep.equal([to, to]);
  });

  it('goes by the healthy marks on a server whose record somebody has spoilt', async () => {
    for (const name of ['web-1', 'web-2'])
      writeFileSync(join(world.path(name), '.canopy/served'), 'x\n1 1 on all $(reboot) -\n');
    const { code, json, stderr } = await world.canopy(['rollback', '--environment', 'production']);
    expect([code, json.data.release], stderr).to.deep.equal([0, ids.get('A')]);
  });
});

describe('a chain of deploys and rollbacks, blue-green', function () {
  this.timeout(180_000);
  let traffic: TrafficWorld;
  const ids = new Map<string, string>();
  before(needs('redis-server', 'sshd', 'git'));
  before(async () => {
    traffic = await startTrafficWorld({
      stable: 2,
      each: (at) => `, tags: [${at < 1 ? 'blue' : 'green'}]`,
      rollout: 'strategy: blue-green, groups: [blue, green], keepWarm: 5m',
    });
    await traffic.startRouter();
  });
  after(() => traffic?.stop());

  const moves: Move[] = [
    ['ship A', 'A'],
    ['ship B', 'B'],
    ['ship C', 'C'],
    ['rollback', 'B'],
    ['rollback', 'A'],
    ['ship D', 'D'],
    ['rollback', 'A'],
  ];
  for (const one of moves)
    it(`${one[0]}: ${one[1]} serves`, () =>
      move(one, {
        ids,
        canopy: (...words) => traffic.canopy(...words),
        serving: async () => {
          const answer = await fetch(`http://127.0.0.1:${traffic.proxy}/health`);
          return [answer.headers.get('x-release')];
        },
        ship: async (version, bad) => (await traffic.ship(version, bad)).id,
      }));
});

describe('a chain of deploys and rollbacks, with containers', function () {
  this.timeout(180_000);
  let at: DockerWorld;
  const ids = new Map<string, string>();
  before(needsDocker);
  before(async () => {
    at = await startDockerWorld();
    at.configure({ environment: '    keep: 2' });
  });
  after(() => at?.stop());

  const moves: Move[] = [
    ['ship A', 'A'],
    ['ship B', 'B'],
    ['rollback', 'A'],
    ['ship C', 'C'],
    ['rollback', 'A'],
  ];
  for (const one of moves)
    it(`${one[0]}: ${one[1]} serves`, () =>
      move(one, {
        ids,
        canopy: (...words) => at.canopy(...words),
        serving: async () => [await at.answers()],
        ship: (version, bad) => at.release(version, bad ? 'sick' : 'good'),
      }));
});
