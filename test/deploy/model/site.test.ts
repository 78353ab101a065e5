import { expect } from 'chai';
import { layoutObjections, remarkOf } from '../../../src/deploy/plan/foreign-files.ts';
import { makePlan } from '../../../src/deploy/plan/plan.ts';
import type { PlanInput } from '../../../src/deploy/model/plan.ts';
import { readSite } from '../../../src/deploy/model/site.ts';
import { earlierRelease } from '../../../src/deploy/model/ways-back.ts';
import { factsOf } from '../journal/journal-cases.ts';

const read = (lines: Readonly<Record<string, readonly string[]>>, own: readonly string[] = []) =>
  readSite((word) => lines[word] ?? [], own);

describe('what stands at the path', () => {
  const cases: [
    what: string,
    lines: Record<string, string[]>,
    own: string[],
    current: string | null,
    foreign: string[],
  ][] = [
    ['nothing', {}, [], null, []],
    ['a release of ours', { current: ['releases/r1'] }, ['r1'], 'r1', []],
    [
      'a release of ours by another way',
      { current: ['/srv/shop/releases/r1'], place: ['releases/r1'] },
      ['r1'],
      'r1',
      [],
    ],
    ['Capistrano', { current: ['/srv/shop/releases/2024'], place: ['releases/2024'] }, [], '2024', ['2024']],
    ['Deployer', { current: ['releases/5'], place: ['releases/5'] }, [], '5', ['5']],
    ['pm2', { current: ['/srv/shop/source'], place: ['/srv/shop/source'] }, [], 'source', ['source']],
    ['what was kept', { current: ['releases/r1'], kept: ['5 releases/5'] }, ['r1'], 'r1', ['5']],
    ['what was kept and is back', { current: ['/x/y'], place: ['/x/y'], kept: ['y /x/y'] }, [], 'y', ['y']],
    [
      'a kept link to a release of ours',
      { current: ['releases/r1'], kept: ['r1 /srv/shop/releases/r1'] },
      ['r1'],
      'r1',
      [],
    ],
    [
      'hostile names',
      { current: ['releases/..'], kept: ['../x y', '$(id) z', 'nothing'], other: ['../..', 'ok'] },
      [],
      null,
      [],
    ],
  ];
  for (const [what, lines, own, current, foreign] of cases)
    it(`is ${what}`, () => {
      const found = read(lines, own);
      expect([found.current, found.foreign.map(({ id }) => id)]).to.deep.equal([current, foreign]);
    });

  const names: [place: string, own: string[], name: RegExp][] = [
    ['/opt/shop-1.2', [], /^shop-1\.2$/],
    ['/opt/my site', [], /^my-site-[0-9a-f]{6}$/],
    ['/opt/.hidden', [], /^hidden-[0-9a-f]{6}$/],
    ['/opt/a..b', [], /^a\.b-[0-9a-f]{6}$/],
    ['/opt/$(reboot)', [], /^reboot-[0-9a-f]{6}$/],
    ['/', [], /^site-[0-9a-f]{6}$/],
    ['/opt/日本', [], /^site-[0-9a-f]{6}$/],
    [`/opt/${'x'.repeat(200)}`, [], /^x{60}-[0-9a-f]{6}$/],
    ['/opt/r1', ['r1'], /^r1-[0-9a-f]{6}$/],
  ];
  for (const [place, own, name] of names)
    it(`gets a name that can be a release's: ${place.slice(0, 30)}`, () =>
      expect(read({ current: [place], place: [place] }, own).current).to.match(name));
});

const legacy = factsOf({
  current: 'old-site',
  releases: [],
  foreign: [{ id: 'old-site', link: '/srv/shop/old-site' }],
  link: '/srv/shop/old-site',
});
const input = (over: Partial<PlanInput> = {}, facts = legacy): PlanInput => ({
  environment: 'production',
  release: 'new',
  size: { packed: 1, unpacked: 1 },
  instances: [{ name: 'a', keep: 1, path: '/srv/shop' }],
  facts: { a: facts },
  strategy: 'rolling',
  batch: [{ count: 1 }],
  maxUnavailable: { count: 1 },
  maxFailures: 0,
  whole: true,
  groups: null,
  hooks: { prepare: true, once: true, after: true, failure: false },
  balanced: true,
  onFailure: 'revert',
  ...over,
});

describe('a plan over what Canopy did not deploy', () => {
  it('goes back to it, and deletes nothing of it', () =>
    expect(makePlan(input()).tracks[0]).to.deep.equal({
      instance: 'a',
      previous: 'old-site',
      send: true,
      warm: false,
      prune: [],
    }));

  it('does not start what did not run', () =>
    expect(makePlan(input({}, { ...legacy, running: false })).tracks[0]).to.include({
      previous: 'old-site',
      stopped: true,
    }));

  it('goes to it by a rollback without anything being sent or prepared in it', () => {
    const now = factsOf({
      current: 'new',
      releases: [{ id: 'new', healthyAt: 9 }],
      foreign: legacy.foreign,
      served: [
        { at: 1, token: 1, way: 'on', whole: true, id: 'old-site', before: 'old-site' },
        { at: 9, token: 1, way: 'on', whole: true, id: 'new', before: 'old-site' },
      ],
    });
    expect(earlierRelease([now])).to.equal('old-site');
    const plan = makePlan(input({ release: 'old-site', size: null }, now));
    expect(plan.tracks[0]).to.include({ previous: 'new', send: false, back: true });
    expect([plan.hooks.prepare, plan.hooks.once]).to.deep.equal([false, false]);
  });

  it('is told', () => {
    const of = (running: boolean) => remarkOf('a', { current: 'x', running, foreign: ['x'] });
    expect(of(true)).to.deep.equal([
      'a serves x, which Canopy did not deploy: it is kept and goes back on failure',
    ]);
    expect(of(false)[0]).to.contain('does not run');
    expect(remarkOf('a', { current: 'x', running: true, foreign: ['y'] })).to.deep.equal([]);
  });

  it('is refused where the release would take its place', () => {
    const of = (over: Parameters<typeof factsOf>[0], size: unknown = {}) =>
      layoutObjections([{ name: 'a', path: '/srv/my shop' }], { a: factsOf(over) }, { release: 'new', size });
    expect(of({ others: ['new'] })[0]?.hint).to.contain(
      `cd '/srv/my shop' && mv -T releases/new releases/new.before`,
    );
    expect(of({ others: ['other'] })).to.deep.equal([]);
    expect(of({ others: ['new'] }, null), 'a rollback puts nothing there').to.deep.equal([]);
  });
});
