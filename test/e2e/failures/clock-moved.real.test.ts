import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { shiftedClock } from '../../support/shifted-clock.ts';
import { startWorld, type World } from '../../support/worlds/world.ts';

/** What is done, by a controller whose clock is off by so many hours, and what serves afterwards. */
const moves: readonly (readonly [hours: number, words: string, version: string])[] = [
  [0, 'ship A', 'A'],
  [-5, 'ship B', 'B'],
  [-5, 'rollback', 'A'],
  [-9, 'ship C', 'C'],
  [7, 'ship D', 'D'],
  [0, 'rollback', 'C'],
  [-30, 'bad E', 'C'],
  [-30, 'ship F', 'F'],
  [0, 'ship G', 'G'],
  [-2, 'rollback', 'F'],
];

describe('deploys from controllers whose clocks are hours apart', function () {
  this.timeout(120_000);
  let world: World;
  const ids = new Map<string, string>();
  before(needs('redis-server', 'sshd', 'git'));
  before(async () => {
    world = await startWorld(2, { extra: '    keep: 3' });
  });
  after(() => world?.stop());

  for (const [hours, words, version] of moves)
    it(`${words}, at ${hours} h: ${version} serves`, async () => {
      const [kind, name = ''] = words.split(' ');
      const at = shiftedClock(hours);
      if (kind !== 'rollback') {
        world.commit(name, kind === 'bad');
        ids.set(name, String((await world.canopy(['package'], at)).json.data.id));
      }
      const step = kind === 'rollback' ? 'rollback' : 'deploy';
      const { code, json, stderr } = await world.canopy([step, '--environment', 'production'], at);
      expect([code, json.data.release], stderr).to.deep.equal([
        kind === 'bad' ? 3 : 0,
        ids.get(kind === 'bad' ? name : version),
      ]);
      expect(await Promise.all([0, 1].map((one) => world.answers(one)))).to.deep.equal([
        ids.get(version),
        ids.get(version),
      ]);
    });
});
