import { expect } from 'chai';
import { instancesOf, type InstanceSnapshot } from '../../src/observe/index.ts';
import { apply, initial, type Change, type RouterLease } from '../../src/traffic/index.ts';
import { appConfig, leaseOf } from './observe-ground.ts';

const alert = { since: 1, by: 'ann', reason: 'slow' };
const on: Change[] = [
  { kind: 'enable', on: true, salt: 'aa' },
  { kind: 'weight', weight: 20 },
];
const drain = (instance: string): Change => ({ kind: 'drain', instance, note: { since: 1, by: 'deploy' } });
const sick = (...names: string[]): RouterLease =>
  leaseOf({
    health: { ...leaseOf().health, ...Object.fromEntries(names.map((name) => [name, 'unhealthy'])) },
  });

/** `name state weight`, of all instances that the balancer serves. */
const told = (changes: readonly Change[], routers: readonly RouterLease[]): string[] => {
  const state = changes.length === 0 ? null : apply(initial(0, 1), ...changes);
  const seen = { traffic: { state, routers } };
  return ['production', 'canary']
    .flatMap((name): InstanceSnapshot[] => instancesOf(appConfig(), name, seen))
    .map(({ name, state: word, weight }) => `${name} ${word} ${weight}`);
};

describe('an instance, by all that is known', () => {
  const cases: [what: string, changes: Change[], routers: RouterLease[], expected: string[]][] = [
    ['no canary', [], [leaseOf()], ['web-1 up 50', 'web-2 up 50', 'can-1 up 0']],
    ['a canary', on, [leaseOf()], ['web-1 up 40', 'web-2 up 40', 'can-1 up 20']],
    [
      'one that is drained',
      [...on, drain('web-2')],
      [leaseOf()],
      ['web-1 up 80', 'web-2 drained 0', 'can-1 up 20'],
    ],
    ['one that is down', on, [sick('web-1')], ['web-1 down 0', 'web-2 up 80', 'can-1 up 20']],
    [
      'one that is drained and down',
      [...on, drain('web-1')],
      [sick('web-1')],
      ['web-1 drained 0', 'web-2 up 80', 'can-1 up 20'],
    ],
    ['a dead canary', on, [sick('can-1')], ['web-1 up 50', 'web-2 up 50', 'can-1 down 0']],
    ['a dead stable', on, [sick('web-1', 'web-2')], ['web-1 down 0', 'web-2 down 0', 'can-1 up 100']],
    [
      'a dead stable, and an alert',
      [...on, { kind: 'alert', actor: 'store', alert }],
      [sick('web-1', 'web-2')],
      ['web-1 down 0', 'web-2 down 0', 'can-1 up 0'],
    ],
    [
      'an alert',
      [...on, { kind: 'alert', actor: 'store', alert }],
      [leaseOf()],
      ['web-1 up 50', 'web-2 up 50', 'can-1 up 0'],
    ],
    [
      'maintenance',
      [...on, { kind: 'maintain', alert }],
      [leaseOf()],
      ['web-1 up 0', 'web-2 up 0', 'can-1 up 0'],
    ],
    ['no router', on, [], ['web-1 unknown 40', 'web-2 unknown 40', 'can-1 unknown 20']],
    [
      'routers that do not agree: the worst is told',
      on,
      [
        leaseOf({ id: 'r1', health: { 'web-1': 'unknown', 'web-2': 'healthy', 'can-1': 'healthy' } }),
        leaseOf({ id: 'r2', health: { 'web-1': 'unhealthy', 'web-2': 'unknown', 'can-1': 'healthy' } }),
      ],
      ['web-1 down 0', 'web-2 unknown 80', 'can-1 up 20'],
    ],
  ];
  for (const [what, changes, routers, expected] of cases)
    it(`tells ${what}`, () => expect(told(changes, routers)).to.deep.equal(expected));

  it('is told nothing of one of the same name that the balancer serves', () => {
    const state = apply(initial(0, 1), drain('web-1'));
    const [one] = instancesOf(appConfig(), 'staging', { traffic: { state, routers: [leaseOf()] } });
    expect(one).to.include({ health: null, drained: false, weight: null, state: 'unknown' });
  });

  it('runs what its server says, and what the last deploy has left where that is not asked', () => {
    const traffic = { state: null, routers: [] };
    const deploys = { production: { runs: { 'web-1': 'r2' } } } as never;
    const server = { release: 'r1', foreign: false, layout: null, running: true, healthyReleases: [] };
    const servers = { production: { 'web-1': { ...server, unreachable: null } } };
    const releases = (more: object): (string | null)[] =>
      instancesOf(appConfig(), 'production', { traffic, ...more }).map(({ release }) => release);
    expect(releases({})).to.deep.equal([null, null]);
    expect(releases({ deploys })).to.deep.equal(['r2', null]);
    expect(releases({ deploys, servers })).to.deep.equal(['r1', null]);
  });
});
