import { expect } from 'chai';
import { certificateWorth, type ShownCertificate } from '../../src/probes/kinds/certificate.ts';
import { IdleEnds } from '../../src/probes/kinds/idle-ends.ts';
import { replicationOf } from '../../src/probes/kinds/replication.ts';
import { Lateness } from '../../src/probes/lateness.ts';
import { samplesOf, type ProbeSample, type TargetState } from '../../src/probes/index.ts';
import { checked, neverChecked, nextIn } from '../../src/probes/state.ts';

/** `+` a good check, `-` a bad one, `?` one that could learn nothing; what is known after each: u, d or ?. */
const rows: [string, string, { down: number; up: number }][] = [
  ['+', 'u', { down: 3, up: 2 }],
  ['---', '??d', { down: 3, up: 2 }],
  ['+--+---', 'uuuuuud', { down: 3, up: 2 }],
  ['---++', '??ddu', { down: 3, up: 2 }],
  ['---+-+-++', '??ddddddu', { down: 3, up: 2 }],
  ['-+', 'dd', { down: 1, up: 2 }],
  ['-+', 'du', { down: 1, up: 1 }],
  ['+?+', 'u?u', { down: 3, up: 2 }],
  ['---?+?+', '??d?d?d', { down: 3, up: 2 }],
  ['+--?-', 'uuu?u', { down: 3, up: 2 }],
  ['--?---', '???' + '??d', { down: 3, up: 2 }],
];

describe('the state of a target', () => {
  for (const [checks, wanted, limits] of rows)
    it(`after ${checks}, down ${limits.down}, up ${limits.up}`, () => {
      let state: TargetState = neverChecked;
      const found = [...checks].map((one, at) => {
        state = checked(state, one === '?' ? null : one === '+', at, limits);
        return state.state === 'unknown' ? '?' : state.state.charAt(0);
      });
      expect(found.join('')).to.equal(wanted);
    });

  it('tells since when it is hard', () => {
    const limits = { down: 2, up: 2 };
    let state = checked(neverChecked, true, 5, limits);
    for (const at of [10, 20, 30]) state = checked(state, false, at, limits);
    expect(state).to.deep.equal({ state: 'down', known: 'down', against: 0, since: 20 });
    expect(checked(state, null, 40, limits)).to.include({ state: 'unknown', since: 20 });
  });

  it('is confirmed soon when it is about to turn red, and at its pace when it is about to turn green', () => {
    const limits = { down: 2, up: 2 };
    const up = checked(neverChecked, true, 0, limits);
    const soft = checked(up, false, 1, limits);
    const down = checked(soft, false, 2, limits);
    expect([up, soft, down, checked(down, true, 3, limits)].map((one) => nextIn(one, 100))).to.deep.equal([
      ...[null, 100, null, null],
    ]);
    expect(nextIn(soft, 0)).to.equal(null);
  });
});

describe('what a certificate is worth', () => {
  const now = Date.parse('2026-12-01T00:00:00Z');
  const shown: ShownCertificate = {
    validTo: 'Dec 21 12:00:00 2026 GMT',
    names: 'DNS:a.example.org',
    fault: null,
  };
  const cases: [string, Partial<ShownCertificate>, number | null, string | null][] = [
    ['all is well', {}, 20.5, null],
    ['none', { validTo: '' }, null, 'it shows no certificate'],
    [
      'expired',
      { validTo: 'Nov 30 00:00:00 2026 GMT', fault: 'CERT_HAS_EXPIRED' },
      -1,
      'its certificate has expired: 2026-11-30T00:00:00.000Z',
    ],
    [
      'expired, of nobody known',
      { validTo: 'Nov 30 00:00:00 2026 GMT', fault: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
      -1,
      'its certificate has expired: 2026-11-30T00:00:00.000Z',
    ],
    [
      'another name',
      { fault: 'ERR_TLS_CERT_ALTNAME_INVALID' },
      20.5,
      'its certificate is for DNS:a.example.org, not for b',
    ],
    [
      'signed by itself',
      { fault: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
      20.5,
      'its certificate is signed by itself',
    ],
    [
      'no chain',
      { fault: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
      20.5,
      'its certificate comes without the chain to an authority that is known here',
    ],
    [
      'something else',
      { fault: 'PATH_LENGTH_EXCEEDED' },
      20.5,
      'its certificate is not trusted: PATH_LENGTH_EXCEEDED',
    ],
  ];
  for (const [name, more, days, wrong] of cases)
    it(name, () => expect(certificateWorth({ ...shown, ...more }, 'b', now)).to.deep.equal({ days, wrong }));
});

describe('how far a replica is behind', () => {
  const cases: [string, string, number | null, string][] = [
    ['a master alone', 'role:master\r\nconnected_slaves:0', null, 'with no replicas'],
    [
      'the slowest counts',
      'role:master\r\nslave0:ip=a,port=1,state=online,offset=1,lag=0\r\nslave1:ip=b,port=1,state=online,offset=1,lag=7',
      7000,
      'with 2 replicas',
    ],
    [
      'a replica that hears',
      'role:slave\r\nmaster_link_status:up\r\nmaster_last_io_seconds_ago:9',
      0,
      'a replica',
    ],
    [
      'a replica that hears nothing',
      'role:slave\r\nmaster_link_status:up\r\nmaster_last_io_seconds_ago:12',
      12_000,
      'a replica',
    ],
    [
      'a replica without its master',
      'role:slave\r\nmaster_link_status:down\r\nmaster_last_io_seconds_ago:-1\r\nmaster_link_down_since_seconds:42',
      42_000,
      'a replica that has lost its master',
    ],
    [
      'one that never had it',
      'role:slave\r\nmaster_link_status:down\r\nmaster_link_down_since_seconds:-1',
      null,
      'a replica that has lost its master',
    ],
    ['what is no answer', 'hello', null, 'with no replicas'],
  ];
  for (const [name, info, lagMs, text] of cases)
    it(name, () => expect(replicationOf(info)).to.deep.equal({ lagMs, text }));
});

describe('a kept connection that ends while nobody asks', () => {
  /** Idle for so long, then ended; and whether the check after that was good. */
  const told = (ends: readonly (readonly [ms: number, isWell: boolean])[]): boolean[] => {
    let broken = false;
    const all = new IdleEnds(() => (broken = true));
    return ends.map(([ms, isWell]) => {
      broken = false;
      all.ended(ms);
      all.checked(isWell);
      return broken;
    });
  };
  it('is looked at until it is known that this server ends them after such a time', () =>
    expect(
      told([
        [5000, true],
        [5010, true],
        [5005, true],
        [5100, true],
      ]),
    ).to.deep.equal([true, true, false, false]));
  it('is looked at when it comes sooner than that', () =>
    expect(
      told([
        [5000, true],
        [5000, true],
        [3000, false],
        [5000, true],
      ]),
    ).to.deep.equal([true, true, true, false]));
  it('teaches nothing by an outage, or by two times that differ', () => {
    expect(
      told([
        [5000, false],
        [5000, false],
        [5000, true],
      ]),
    ).to.deep.equal([true, true, true]);
    expect(
      told([
        [5000, true],
        [900, true],
        [5000, true],
      ]),
    ).to.deep.equal([true, true, true]);
  });
});

describe('measurements of a check', () => {
  const up = checked(neverChecked, true, 0, { down: 3, up: 2 });
  it('are the hard state and what was measured', () => {
    const result = { ok: true, latencyMs: 12.5, why: 'it answers 200', days: 20 };
    const wanted: ProbeSample[] = [
      { metric: 'down', target: 'site', value: 0, at: 7, why: 'it answers 200' },
      { metric: 'latency', target: 'site', value: 12.5, at: 7 },
      { metric: 'days', target: 'site', value: 20, at: 7 },
    ];
    expect(samplesOf('site', result, up, 7)).to.deep.equal(wanted);
  });
  it('are unknown where it could learn nothing', () => {
    const lost = checked(up, null, 8, { down: 3, up: 2 });
    const result = { ok: null, latencyMs: null, why: 'the store is away', ageMs: null };
    expect(samplesOf('b', result, lost, 8).map(({ metric, value }) => [metric, value])).to.deep.equal([
      ['down', null],
      ['age', null],
    ]);
  });
});

describe('lateness', () => {
  it('is told by its shares', () => {
    const late = new Lateness();
    expect(late.quantile(99)).to.equal(null);
    for (let at = 0; at < 100; at += 1) late.add(at < 99 ? 3 : 400);
    expect([late.quantile(50), late.quantile(99), late.quantile(100), late.count]).to.deep.equal([
      5, 5, 500, 100,
    ]);
    late.add(1e9);
    expect(late.quantile(100)).to.equal(60_000);
  });
});
