import { expect } from 'chai';
import { drainProgress, lateRouters, readyProgress } from '../../src/traffic/decide.ts';
import { parseLease, type RouterLease } from '../../src/traffic/routers.ts';

const target = { epoch: 1, version: 5 };
const lease = (more: Partial<RouterLease> = {}): RouterLease => ({
  id: 'r1',
  ...target,
  drained: [],
  inFlight: { 'web-1': 0 },
  longLived: {},
  health: { 'web-1': 'healthy' },
  rates: { 'web-1': 12.5 },
  at: 1,
  ...more,
});
const out = { drained: ['web-1'] };

const drains: [name: string, leases: RouterLease[], expected: object][] = [
  ['no router', [], { kind: 'none' }],
  ['acknowledged and empty', [lease(out)], { kind: 'done' }],
  ['a newer version that still has it out', [lease({ ...out, version: 9 })], { kind: 'done' }],
  ['a newer epoch that still has it out', [lease({ ...out, epoch: 2, version: 1 })], { kind: 'done' }],
  [
    'an older version',
    [lease({ version: 4 })],
    { kind: 'wait', on: ['r1'], inFlight: 0, longLived: 0, deaf: 1 },
  ],
  [
    'an older epoch with a higher version',
    [lease({ ...out, epoch: 0, version: 99 })],
    { kind: 'wait', on: ['r1'], inFlight: 0, longLived: 0, deaf: 1 },
  ],
  [
    'the version, but of another history: not out',
    [lease({ drained: [] })],
    { kind: 'wait', on: ['r1'], inFlight: 0, longLived: 0, deaf: 1 },
  ],
  [
    'requests in flight',
    [lease({ ...out, inFlight: { 'web-1': 3 } })],
    { kind: 'wait', on: ['r1'], inFlight: 3, longLived: 0, deaf: 0 },
  ],
  [
    'tunnels and event streams beside them',
    [lease({ ...out, inFlight: { 'web-1': 3 }, longLived: { 'web-1': 2 } })],
    { kind: 'wait', on: ['r1'], inFlight: 1, longLived: 2, deaf: 0 },
  ],
  [
    'an absurd count of long-lived ones',
    [lease({ ...out, inFlight: { 'web-1': 1 }, longLived: { 'web-1': 9 } })],
    { kind: 'wait', on: ['r1'], inFlight: 0, longLived: 1, deaf: 0 },
  ],
  [
    'requests in flight elsewhere',
    [lease({ ...out, inFlight: { 'web-1': 0, 'web-2': 7 } })],
    { kind: 'done' },
  ],
  ['a router that does not serve it', [lease({ ...out, inFlight: {}, health: {} })], { kind: 'done' }],
  [
    'one of two is late',
    [lease(out), lease({ id: 'r2', version: 4, inFlight: { 'web-1': 2 } })],
    { kind: 'wait', on: ['r2'], inFlight: 2, longLived: 0, deaf: 1 },
  ],
];

const readies: [name: string, leases: RouterLease[], expected: object][] = [
  ['no router', [], { kind: 'none' }],
  ['acknowledged and healthy', [lease()], { kind: 'done' }],
  ['still out', [lease(out)], { kind: 'wait', on: ['r1'], inFlight: 0, longLived: 0, deaf: 1 }],
  [
    'not healthy yet',
    [lease({ health: { 'web-1': 'unhealthy' } })],
    { kind: 'wait', on: ['r1'], inFlight: 0, longLived: 0, deaf: 1 },
  ],
  [
    'not asked yet',
    [lease({ health: { 'web-1': 'unknown' } })],
    { kind: 'wait', on: ['r1'], inFlight: 0, longLived: 0, deaf: 1 },
  ],
  [
    'an older version',
    [lease({ version: 4 })],
    { kind: 'wait', on: ['r1'], inFlight: 0, longLived: 0, deaf: 1 },
  ],
  [
    'a router that does not serve it beside one that does',
    [lease(), lease({ id: 'r2', health: {} })],
    { kind: 'done' },
  ],
  ['no router serves it', [lease({ health: {} })], { kind: 'stranger', routers: ['r1'] }],
];

describe('drain handshake: decisions', () => {
  for (const [name, leases, expected] of drains) {
    it(`drain: ${name}`, () => expect(drainProgress(leases, target, 'web-1')).to.deep.equal(expected));
  }
  for (const [name, leases, expected] of readies) {
    it(`ready: ${name}`, () => expect(readyProgress(leases, target, 'web-1')).to.deep.equal(expected));
  }
  it('settle: names who has not applied it', () => {
    expect(lateRouters([lease(), lease({ id: 'r2', version: 4 })], target)).to.deep.equal(['r2']);
  });
});

describe('a router lease from outside', () => {
  it('comes back as it was', () => {
    const parsed = parseLease(JSON.stringify(lease(out)));
    expect(parsed).to.deep.equal({ ok: true, value: lease(out) });
  });
  it('tells no rates when an older router wrote it', () => {
    const { rates: _, ...older } = lease();
    expect(parseLease(JSON.stringify(older))).to.deep.equal({ ok: true, value: lease({ rates: null }) });
  });
  it('tells no long-lived ones when an older router wrote it: all count as requests', () => {
    const { longLived: _, ...older } = lease({ inFlight: { 'web-1': 2 } });
    const parsed = parseLease(JSON.stringify(older));
    expect(parsed).to.deep.equal({ ok: true, value: lease({ inFlight: { 'web-1': 2 } }) });
  });
  const bad: Record<string, string> = {
    'not JSON': 'x',
    'negative in flight': JSON.stringify({ ...lease(), inFlight: { 'web-1': -1 } }),
    'a name with a space': JSON.stringify({ ...lease(), inFlight: { 'web 1': 1 } }),
    'an unknown health': JSON.stringify({ ...lease(), health: { 'web-1': 'fine' } }),
    'a negative rate': JSON.stringify({ ...lease(), rates: { 'web-1': -0.5 } }),
    'a rate as text': JSON.stringify({ ...lease(), rates: { 'web-1': '5' } }),
    'drained as text': JSON.stringify({ ...lease(), drained: 'web-1' }),
    'no id': JSON.stringify({ ...lease(), id: '' }),
  };
  for (const [name, text] of Object.entries(bad)) {
    it(`is refused: ${name}`, () => expect(parseLease(text)).to.have.property('ok', false));
  }
});
