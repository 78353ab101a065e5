import { expect } from 'chai';
import { buildHardening } from '../../../src/config/sections/traffic/limits.ts';
import { Fleet, type FleetMember, type Origin } from '../../../src/router/fleet/fleet.ts';
import { changesOf, restartOf } from '../../../src/router/setup/reload.ts';
import { parseOutboxFile, outboxRecord } from '../../../src/router/disk/outbox-file.ts';
import type { RouterSetup } from '../../../src/router/index.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { trafficOf } from '../../support/router/router.ts';
import { splitter } from '../../support/router/splitter.ts';
import fc from 'fast-check';
import { lawsOf, words } from '../../support/services/record-laws.ts';

const member = (name: string, arm: string, port: number) => ({
  name,
  arm,
  upstream: { host: '10.0.0.1', port },
});
const plan = (name: string, arm: 'stable' | 'canary', url: string) => ({ name, arm, url: new URL(url) });
const now = [member('web-1', 'stable', 80), member('web-2', 'stable', 81), member('can-1', 'canary', 82)];
const same = [
  plan('web-1', 'stable', 'http://10.0.0.1'),
  plan('web-2', 'stable', 'http://10.0.0.1:81'),
  plan('can-1', 'canary', 'http://10.0.0.1:82/'),
];

describe('members of a canopy.yml that is read again', () => {
  const cases: [what: string, planned: typeof same, more: string[], less: string[]][] = [
    ['the same', same, [], []],
    ['in another order', [...same].reverse(), [], []],
    ['one more', [...same, plan('web-3', 'stable', 'http://10.0.0.3')], ['web-3'], []],
    ['one less', same.slice(1), [], ['web-1']],
    [
      'at another port',
      [plan('web-1', 'stable', 'http://10.0.0.1:8080'), ...same.slice(1)],
      ['web-1'],
      ['web-1'],
    ],
    ['at another host', [plan('web-1', 'stable', 'http://10.0.0.2'), ...same.slice(1)], ['web-1'], ['web-1']],
    [
      'on the other side',
      [plan('web-1', 'canary', 'http://10.0.0.1'), ...same.slice(1)],
      ['web-1'],
      ['web-1'],
    ],
    ['all others', [plan('new', 'stable', 'http://[::1]:80')], ['new'], ['web-1', 'web-2', 'can-1']],
  ];
  for (const [what, planned, more, less] of cases) {
    it(what, () => {
      const found = changesOf(now, planned);
      expect(found.more.map(({ name }) => name)).to.deep.equal(more);
      expect(found.less.map(({ name }) => name)).to.deep.equal(less);
    });
  }
});

describe('a fleet whose members change', () => {
  const origin = (name: string) => ({ ...member(name, 'stable', 80), arm: 'stable' }) as Origin;

  it('a new instance is not used before it is healthy, and not at all where the state has it drained', () => {
    const it = splitter('none', 0);
    it.change({ kind: 'drain', instance: 'web-9', note: { since: 1, by: 'deploy' } });
    const [drained, fresh] = it.fleet.add([origin('web-9'), origin('web-8')]) as [FleetMember, FleetMember];
    const arms = (count: number) =>
      new Set(Array.from({ length: count }, () => it.fleet.pickUpstream()?.name));
    expect(arms(9)).to.not.include('web-8');
    for (const one of [drained, fresh]) it.fleet.checked(one, true);
    expect(arms(9)).to.include('web-8').and.not.include('web-9');
  });

  it('one that is dropped gets nothing more, not even again, and is told as gone when it is idle', () => {
    const told: string[] = [];
    const fleet = new Fleet(
      [origin('a'), origin('b')],
      { rise: 1, fall: 1 },
      (news, { name }) => told.push(`${news} ${name}`),
      buildHardening({}, '/'),
    );
    for (const one of fleet.members) fleet.checked(one, true);
    const busy = fleet.pickUpstream() as FleetMember;
    const other = fleet.members.find((one) => one !== busy) as FleetMember;
    told.splice(0);
    fleet.drop([busy]);
    expect([told, fleet.leaving.size, fleet.members]).to.deep.equal([[], 1, [other]]);
    const unanswered = { kind: 'unanswered', code: '', reason: '' } as const;
    const next = (): FleetMember | null =>
      fleet.failedBy(busy, unanswered, { failed: [busy], mayBeRepeated: true, forced: false });
    expect([next()?.name, fleet.pickUpstream()?.name]).to.deep.equal([other.name, other.name]);
    fleet.drop([other]);
    expect([fleet.pickUpstream(), next()]).to.deep.equal([null, null]);
    fleet.leave(busy);
    expect(told.at(-1)).to.equal(`gone ${busy.name}`);
    for (const left of [1, 2]) {
      expect(
        told.filter((one) => one === `gone ${other.name}`),
        String(left),
      ).to.deep.equal([]);
      fleet.leave(other);
    }
    expect([told.at(-1), fleet.leaving.size]).to.deep.equal([`gone ${other.name}`, 0]);
  });
});

describe('keys that only a start reads', () => {
  const setup = (more: Parameters<typeof trafficOf>[1] = {}) =>
    ({ traffic: trafficOf('/s', more) }) as RouterSetup;
  const admin = (token: string) => ({
    listen: { host: '127.0.0.1', port: 1 },
    token: new Secret(token),
    alertToken: null,
  });
  const cases: [what: string, before: RouterSetup, after: RouterSetup, keys: string[]][] = [
    ['nothing', setup(), setup(), []],
    ['what a first state begins with', setup(), setup({ weight: 1, sticky: 'cookie' }), []],
    ['another address', setup(), setup({ listen: { host: '127.0.0.1', port: 9 } }), ['listen']],
    ['another token', setup({ admin: admin('one') }), setup({ admin: admin('two') }), ['admin']],
    ['the same token', setup({ admin: admin('one') }), setup({ admin: admin('one') }), []],
  ];
  for (const [what, before, after, keys] of cases)
    it(what, () => expect(restartOf(before, after)).to.deep.equal(keys));
});

describe('entries that waited on the disk', () => {
  const good = { ref: 'r-1', fields: { kind: 'intent' } };
  const cases: [text: string, count: number, whole: boolean][] = [
    [JSON.stringify([good, good]), 2, true],
    ['[]', 0, true],
    ['', 0, false],
    ['[{"ref":"r-1","fields":{"ki', 0, false],
    ['{}', 0, false],
    [JSON.stringify([good, { ref: 1, fields: {} }, { ref: 'x', fields: { a: 1 } }, null]), 1, false],
    [`[${' '.repeat(101_000_000)}]`, 0, false],
  ];
  for (const [text, count, whole] of cases)
    it(`${text.slice(0, 40) || 'nothing'}: ${count}`, () => {
      const { entries, wrong } = parseOutboxFile(text);
      expect([entries.length, wrong === null]).to.deep.equal([count, whole]);
    });
  lawsOf(
    outboxRecord,
    fc.array(fc.record({ ref: words, fields: fc.dictionary(words, words, { noNullPrototype: true }) })),
    50,
  );
});
