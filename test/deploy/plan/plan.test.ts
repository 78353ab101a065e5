import { expect } from 'chai';
import type { InstanceFacts } from '../../../src/deploy/model/facts.ts';
import { parseFacts } from '../../../src/deploy/model/facts.ts';
import { makePlan, objections } from '../../../src/deploy/plan/plan.ts';
import type { PlanInput } from '../../../src/deploy/model/plan.ts';
import { earlierRelease } from '../../../src/deploy/model/ways-back.ts';

const facts = (over: Partial<InstanceFacts> = {}): InstanceFacts => ({
  current: 'r1',
  releases: [{ id: 'r1', healthyAt: 1 }],
  token: 3,
  freeKb: 1_000_000,
  running: true,
  lacks: [],
  readonly: null,
  noexec: null,
  fixed: null,
  services: {},
  elsewhere: null,
  app: null,
  unshared: [],
  otherLinks: [],
  once: [],
  unit: null,
  engine: null,
  noted: null,
  lists: {},
  served: [],
  foreign: [],
  others: [],
  odd: [],
  link: '',
  ...over,
});
const input = (all: Record<string, InstanceFacts>, over: Partial<PlanInput> = {}): PlanInput => ({
  environment: 'production',
  release: 'r9',
  size: { packed: 1000, unpacked: 4000 },
  instances: Object.keys(all).map((name) => ({ name, keep: 3, path: '/srv/shop' })),
  facts: all,
  strategy: 'rolling',
  batch: [{ count: 2 }],
  maxUnavailable: { count: 2 },
  maxFailures: 0,
  whole: true,
  groups: null,
  hooks: { prepare: false, once: false, after: false, failure: false },
  balanced: true,
  onFailure: 'revert',
  ...over,
});
const against = (given: PlanInput) => objections(given, makePlan(given));
const releases = (...ids: string[]) =>
  ids.map((id, at) => ({ id, healthyAt: id.startsWith('bad') ? null : at + 1 }));

describe('plan', () => {
  it('leaves instances alone that run the release already, and batches the others', () => {
    const running = facts({ current: 'r9', releases: releases('r1', 'r9') });
    const plan = makePlan(
      input({
        a: facts(),
        b: running,
        c: facts({ current: null, releases: [], running: false }),
        d: facts(),
      }),
    );
    expect(plan.unchanged).to.deep.equal(['b']);
    expect(plan.batches).to.deep.equal([['a', 'c'], ['d']]);
    expect(plan.tracks.map(({ previous }) => previous)).to.deep.equal(['r1', null, 'r1']);
  });

  it('deploys again what is in place but stopped, or never passed its gate; it is not sent twice', () => {
    const stopped = facts({ current: 'r9', releases: releases('r9'), running: false });
    const unproven = facts({ current: 'r9', releases: [{ id: 'r9', healthyAt: null }] });
    expect(makePlan(input({ a: stopped, b: unproven })).tracks.map(({ send }) => send)).to.deep.equal([
      false,
      false,
    ]);
  });

  it('tells of a folder that may not be written what makes it so, and of all that lies in our own', () => {
    const hints = ['/srv/shop/.canopy', '/srv/shop/releases', '/srv'].map(
      (readonly) => against(input({ a: facts({ readonly }) }))[0]?.hint,
    );
    expect(hints).to.deep.equal([
      'on the server: sudo mkdir -p /srv/shop/.canopy && sudo chown -R THE_SSH_USER /srv/shop/.canopy',
      'on the server: sudo mkdir -p /srv/shop/releases && sudo chown THE_SSH_USER /srv/shop/releases',
      'on the server: sudo mkdir -p /srv/shop && sudo chown THE_SSH_USER /srv/shop',
    ]);
  });

  it('sends anew what was brought with other links to shared/ and never passed its gate; not in a rollback', () => {
    const failed = { releases: [...releases('r1'), { id: 'r9', healthyAt: null }], otherLinks: ['r9'] };
    const given = {
      failed: facts(failed),
      'stopped with it': facts({ ...failed, current: 'r9', running: false }),
      'runs it': facts({ ...failed, current: 'r9' }),
      'passed once': facts({ ...failed, releases: releases('r1', 'r9') }),
      'the same links': facts({ ...failed, otherLinks: ['r1'] }),
    };
    const sent = (over: Partial<PlanInput> = {}): string[] =>
      makePlan(input(given, over))
        .tracks.filter(({ send }) => send)
        .map(({ instance }) => instance);
    expect(sent()).to.deep.equal(['failed', 'stopped with it']);
    expect(sent({ size: null })).to.deep.equal([]);
  });

  it('keeps what is gone back to first, the present one and the new one; drops what was gone back from, and failed ones', () => {
    const many = facts({ current: 'r2', releases: releases('r1', 'r2', 'bad3', 'r4', 'r5', 'r6') });
    expect(makePlan(input({ a: many })).tracks[0]?.prune).to.deep.equal(['bad3', 'r4', 'r5', 'r6']);
    const one = input({ a: many }, { instances: [{ name: 'a', keep: 1, path: '/srv/shop' }] });
    expect(makePlan(one).tracks[0]?.prune).to.deep.equal(['r1', 'bad3', 'r4', 'r5', 'r6']);
  });

  it('names everything that stands against it, for all instances at once', () => {
    const found = against(
      input({
        a: facts({ lacks: ['flock', 'tar'] }),
        b: facts({ readonly: '/srv' }),
        c: facts({ unshared: ['.env'] }),
        d: facts({ freeKb: 5 }),
      }),
    );
    expect(found.map(({ code }) => code)).to.deep.equal([
      'host-lacks',
      'host-readonly',
      'shared-missing',
      'host-space',
    ]);
    expect(found[1]?.message).to.equal('b: the SSH user may not write into /srv');
    const [fixed] = against(input({ b: facts({ readonly: '/srv', fixed: '/srv' }) }));
    expect([fixed?.message, fixed?.hint?.includes('chown')]).to.deep.equal([
      ...['b: /srv cannot be written: /srv is mounted read-only', false],
    ]);
    expect(found[3]?.message).to.equal('d: 5.0 KB free on /srv/shop, the release needs 5.4 KB');
  });

  it('refuses a rollback to a release that an instance does not hold', () => {
    expect(against(input({ a: facts() }, { size: null })).map(({ code }) => code)).to.deep.equal([
      'release-missing',
    ]);
  });
});

describe('the release to go back to', () => {
  const at = (current: string | null, running: boolean, ...ids: string[]) =>
    facts({ current, running, releases: releases(...ids) });
  const cases: [string, InstanceFacts[], string | null][] = [
    ['the one before the present', [at('r3', true, 'r1', 'r2', 'r3')], 'r2'],
    ['two back when one was gone back already', [at('r2', true, 'r1', 'r2', 'r3')], 'r1'],
    ['the present one when it does not run', [at('r3', false, 'r1', 'r2', 'r3')], 'r3'],
    ['the newest when the present one never passed its gate', [at('bad3', true, 'r1', 'r2', 'bad3')], 'r2'],
    ['one that all hold', [at('r3', true, 'r1', 'r2', 'r3'), at('r3', true, 'r1', 'r3')], 'r1'],
    [
      'the newest when they run different ones',
      [at('r3', true, 'r2', 'r3'), at('r2', true, 'r2', 'r3')],
      'r3',
    ],
    ['none when there is no other', [at('r1', true, 'r1')], null],
    ['none without instances', [], null],
  ];
  for (const [what, all, expected] of cases)
    it(`is ${what}`, () => expect(earlierRelease(all)).to.equal(expected));
});

describe('facts', () => {
  const text = (lines: string[]): string => ['canopy\tfacts', ...lines, 'end\tfacts'].join('\n');

  it('are read from the lines of the script', () => {
    const read = parseFacts(
      text([
        'free\t12345',
        'current\treleases/r2',
        'token\t7',
        'release\tr1 1700',
        'release\tr2 ',
        'unshared\t.env',
        'running\tyes',
      ]),
    );
    expect(read).to.deep.include({
      current: 'r2',
      releases: [
        { id: 'r1', healthyAt: 1700 },
        { id: 'r2', healthyAt: null },
      ],
      token: 7,
      freeKb: 12345,
      running: true,
      lacks: [],
      readonly: null,
      noexec: null,
      app: null,
      unshared: ['.env'],
      unit: null,
      noted: null,
    });
  });

  it('are nothing when the answer is cut or is not ours', () => {
    for (const wrong of ['', 'Welcome to web-1!\n', 'canopy\tfacts\nrunning\tyes\n'])
      expect(parseFacts(wrong)).to.equal(null);
  });

  it('do not believe a server that names hostile releases', () => {
    const read = parseFacts(
      text([
        'current\treleases/../../etc',
        'release\t../x 5',
        'release\t$(reboot) 5',
        'token\t-1',
        'free\tmany',
      ]),
    );
    expect(read).to.deep.include({ current: null, releases: [], token: 0, freeKb: 0 });
  });
});
