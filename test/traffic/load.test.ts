import { expect } from 'chai';
import { loadOf } from '../../src/traffic/load.ts';
import type { RouterLease } from '../../src/traffic/routers.ts';
import { apply } from '../../src/traffic/index.ts';
import { switchedOn } from '../support/router/canary-on.ts';

const lease = (id: string, more: Partial<RouterLease>): RouterLease => ({
  id,
  epoch: 1,
  version: 1,
  drained: [],
  inFlight: {},
  longLived: {},
  health: { 'web-1': 'healthy' },
  rates: { 'web-1': 10 },
  at: 1,
  ...more,
});
const state = switchedOn(25, 1);
const web1 = { name: 'web-1', healthy: true, drained: false, requestsPerSecond: 10 };

describe('the load as the routers tell it', () => {
  const cases: [name: string, leases: RouterLease[], expected: object[]][] = [
    ['one router', [lease('a', {})], [web1]],
    ['the rates of two add up', [lease('a', {}), lease('b', {})], [{ ...web1, requestsPerSecond: 20 }]],
    [
      'one that an older router does not tell is not known',
      [lease('a', {}), lease('b', { rates: null })],
      [{ ...web1, requestsPerSecond: null }],
    ],
    [
      'an older router that does not serve it says nothing of it',
      [lease('a', {}), lease('b', { rates: null, health: {} })],
      [web1],
    ],
    [
      'healthy is what all find healthy',
      [lease('a', {}), lease('b', { health: { 'web-1': 'unknown' } })],
      [{ ...web1, healthy: false, requestsPerSecond: 20 }],
    ],
    ['out for one router is out', [lease('a', { drained: ['web-1'] })], [{ ...web1, drained: true }]],
    [
      'in the order of the names',
      [lease('a', { health: { 'web-2': 'healthy', 'web-1': 'healthy' } })],
      [web1, { ...web1, name: 'web-2', requestsPerSecond: 0 }],
    ],
  ];
  for (const [name, leases, instances] of cases)
    it(name, () => expect(loadOf(leases, state)).to.deep.equal({ instances, canaryShare: 25 }));

  it('takes who is out and the share from the state', () => {
    const note = { since: 1, by: 'x' };
    const drained = apply(state, { kind: 'drain', instance: 'web-1', note }, { kind: 'enable', on: false });
    expect(loadOf([lease('a', {})], drained)).to.deep.equal({
      instances: [{ ...web1, drained: true }],
      canaryShare: 0,
    });
    expect(loadOf([lease('a', {})], null)).to.deep.equal({ instances: [web1], canaryShare: 0 });
  });
});
