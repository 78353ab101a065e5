import { expect } from 'chai';
import { givenSockets } from '../../../src/workers/connections/activation.ts';
import { heardByPrimary } from '../../../src/workers/connections/messages.ts';

describe('workers: sockets that systemd has opened', () => {
  const names = ['public', 'admin'];
  const cases: [string, Record<string, string>, Record<string, number>][] = [
    ['none', {}, {}],
    ['for another process', { LISTEN_PID: '8', LISTEN_FDS: '2' }, {}],
    ['in their order', { LISTEN_PID: '7', LISTEN_FDS: '2' }, { public: 3, admin: 4 }],
    [
      'by name',
      { LISTEN_PID: '7', LISTEN_FDS: '2', LISTEN_FDNAMES: 'admin:public' },
      { public: 4, admin: 3 },
    ],
    [
      'one by name',
      { LISTEN_PID: '7', LISTEN_FDS: '2', LISTEN_FDNAMES: 'x.socket:public' },
      { public: 4, admin: 3 },
    ],
    ['one only', { LISTEN_PID: '7', LISTEN_FDS: '1', LISTEN_FDNAMES: 'admin' }, { admin: 3 }],
    [
      'the name of the unit',
      { LISTEN_PID: '7', LISTEN_FDS: '2', LISTEN_FDNAMES: 'shop.socket:shop.socket' },
      { public: 3, admin: 4 },
    ],
    [
      'one name twice',
      { LISTEN_PID: '7', LISTEN_FDS: '2', LISTEN_FDNAMES: 'public:public' },
      { public: 3, admin: 4 },
    ],
    ['nonsense', { LISTEN_PID: '7', LISTEN_FDS: '-1' }, {}],
    ['too many', { LISTEN_PID: '7', LISTEN_FDS: '9999' }, {}],
  ];
  for (const [title, env, expected] of cases)
    it(title, () => expect(Object.fromEntries(givenSockets(env, 7, names))).to.deep.equal(expected));
});

describe('workers: what a primary understands', () => {
  const good = [
    { kind: 'socket', name: 'public', place: { host: '::1', port: 0 }, dealt: true },
    { kind: 'took', taken: 3, holds: 2 },
    { kind: 'joined' },
    { kind: 'ready', workers: 2 },
    { kind: 'ask', id: 1, what: 'x', body: null, insist: true },
    { kind: 'answer', id: 1, body: { any: 'thing' } },
    { kind: 'failed', reason: 'x' },
    { kind: 'ended', body: null },
  ];
  for (const one of good)
    it(`${one.kind}`, () => {
      expect(heardByPrimary(one)).to.equal(one);
    });
  const bad: unknown[] = [
    null,
    'ready',
    {},
    { kind: 'toString' },
    { kind: 'of a later version' },
    { kind: 'ready', workers: '2' },
    { kind: 'ready', workers: -1 },
    { kind: 'socket', name: 'public' },
    { kind: 'socket', name: 'public', place: { host: '::1', port: 1 } },
    { kind: 'socket', name: 'public', place: { host: 1, port: 1 }, dealt: false },
    { kind: 'took', taken: 3 },
    { kind: 'ask', id: 1, what: 'x' },
    { kind: 'failed' },
  ];
  for (const one of bad)
    it(`not ${JSON.stringify(one)}`, () => {
      expect(heardByPrimary(one)).to.equal(null);
    });
});
