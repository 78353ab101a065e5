import { expect } from 'chai';
import { buildHardening } from '../../../src/config/sections/traffic/limits.ts';
import { Attempts } from '../../../src/router/proxy/attempts.ts';
import { isIdempotent } from '../../../src/router/http/target.ts';
import { Fleet, type FleetMember, type Origin } from '../../../src/router/fleet/fleet.ts';
import { RepeatBudget } from '../../../src/router/fleet/repeat-budget.ts';
import { NO_HTTP } from '../../../src/shared/http/answer-head.ts';
import { blameOf, answerFor, type Failure, type FailureKind } from '../../../src/router/upstream/failure.ts';
import { switchedOn } from '../../support/router/canary-on.ts';

const failure = (kind: FailureKind, code = '', reason = ''): Failure => ({ kind, code, reason });

describe('what a failure says', () => {
  const table: [what: Failure, blame: string, status: number][] = [
    [failure('unsent', 'ECONNREFUSED'), 'gone', 502],
    [failure('unsent', 'EHOSTUNREACH'), 'gone', 502],
    [failure('unsent', 'ENOTFOUND'), 'gone', 502],
    [failure('unsent', 'ETIMEDOUT'), 'failed', 502],
    [failure('unsent', 'EMFILE'), 'none', 502],
    [failure('unsent', 'EADDRNOTAVAIL'), 'none', 502],
    [failure('unsent', ''), 'none', 502],
    [failure('unanswered', 'ECONNRESET'), 'failed', 502],
    [failure('torn'), 'failed', 502],
    [failure('late'), 'failed', 504],
    [failure('refused', '', NO_HTTP), 'failed', 502],
    [failure('refused', '', 'it has two lengths'), 'answered', 502],
  ];
  for (const [one, blame, status] of table)
    it(`${one.kind} ${one.code}${one.reason}: ${blame}`, () =>
      expect([blameOf(one), answerFor(one).status]).to.deep.equal([blame, status]));
});

describe('how often a request is given to somebody', () => {
  const member = {} as FleetMember;
  /** Whether it may be repeated after the last of these failures, each after so many milliseconds. */
  const may = (kinds: string, { isIdempotent = true, isWhole = true, laterMs = 0 } = {}): boolean => {
    const attempts = new Attempts(1000);
    const all = kinds.split(' ').map((kind) => failure(kind as FailureKind));
    for (const one of all) attempts.add(member, one);
    return attempts.allow(all.at(-1) as Failure, 1000 + laterMs, { isIdempotent, isWhole });
  };
  const table: [what: string, kinds: string, more: Parameters<typeof may>[1], allowed: boolean][] = [
    ['nothing was sent', 'unsent', {}, true],
    ['nothing was sent, a POST', 'unsent', { isIdempotent: false }, true],
    ['no byte came', 'unanswered', {}, true],
    ['no byte came, a POST', 'unanswered', { isIdempotent: false }, false],
    ['its body is gone', 'unanswered', { isWhole: false }, false],
    ['an answer had begun', 'torn', {}, false],
    ['it was late', 'late', {}, false],
    ['an answer was refused', 'refused', {}, false],
    ['sent twice', 'unanswered unanswered', {}, true],
    ['sent three times', 'unanswered unanswered unanswered', {}, false],
    ['sent three times, and then not', 'unanswered unanswered unanswered unsent', {}, false],
    ['never sent, to however many', 'unsent unsent unsent unsent unsent', {}, true],
    ['just in time', 'unanswered unanswered', { laterMs: 10_000 }, true],
    ['too late', 'unanswered unanswered', { laterMs: 10_001 }, false],
  ];
  for (const [what, kinds, more, allowed] of table)
    it(`${what}: ${allowed}`, () => expect(may(kinds, more)).to.equal(allowed));
  it('knows the methods that may be sent twice', () => {
    expect(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'].every(isIdempotent)).to.equal(true);
    expect(['POST', 'PATCH', 'LOCK', 'get', ''].some(isIdempotent)).to.equal(false);
  });
});

describe('the budget of repeating', () => {
  it('lets a fleet that is dying have a share of the requests once more, and not all of them', () => {
    const budget = new RepeatBudget();
    let repeats = 0;
    for (let request = 0; request < 10_000; request += 1) {
      budget.asked();
      if (!budget.isLeft) continue;
      repeats += 1;
      budget.failed();
    }
    expect(repeats).to.be.within(2000, 2101);
  });
  it('holds also when many are on their way at the same time', () => {
    const budget = new RepeatBudget();
    let repeats = 0;
    for (let round = 0; round < 100; round += 1) {
      const begun = Array.from({ length: 100 }, () => {
        budget.asked();
        return budget.isLeft;
      }).filter(Boolean);
      repeats += begun.length;
      for (const _ of begun) budget.failed();
    }
    expect(repeats).to.be.within(2000, 2300);
  });
  it('is not spent by repeats that help', () => {
    const budget = new RepeatBudget();
    for (let repeat = 0; repeat < 99; repeat += 1) budget.failed();
    expect(budget.isLeft).to.equal(true);
    budget.failed();
    expect(budget.isLeft).to.equal(false);
    for (let request = 0; request < 6; request += 1) budget.asked();
    expect(budget.isLeft).to.equal(true);
  });
});

describe('who gets a request that an instance has failed', () => {
  const origin = (name: string): Origin =>
    ({ name, arm: name.startsWith('c') ? 'canary' : 'stable', upstream: { host: name, port: 80 } }) as Origin;
  interface Scene {
    readonly fleet: string;
    /** Who has failed it, in turn, and how it failed last. */
    readonly failed: string;
    readonly kind?: FailureKind;
    readonly forced?: true;
    readonly weight?: number;
    /** Healthy is who is not named here. */
    readonly sick?: string;
    readonly once?: true;
    readonly next: string | null;
  }
  const scenes: Record<string, Scene> = {
    'another of its side': { fleet: 's1 s2 c1', failed: 's1', next: 's2' },
    'the other side when there is none': { fleet: 's1 c1', failed: 'c1', next: 's1' },
    'the other side when all of its side have failed it': { fleet: 's1 c1 c2', failed: 'c1 c2', next: 's1' },
    'another one, never twice the same': { fleet: 's1 s2 s3', failed: 's1 s3', next: 's2' },
    'the canary for stable': { fleet: 's1 c1', failed: 's1', next: 'c1' },
    'never the canary while it gets nothing': {
      fleet: 's1 c1',
      failed: 's1',
      kind: 'unsent',
      weight: 0,
      next: null,
    },
    'stable for a canary that gets nothing any more': {
      fleet: 's1 c1 c2',
      failed: 'c1',
      weight: 0,
      next: 's1',
    },
    'its side alone when a header has chosen it': {
      fleet: 's1 c1 c2',
      failed: 'c1',
      forced: true,
      next: 'c2',
    },
    'nobody of the other side then': {
      fleet: 's1 c1',
      failed: 'c1',
      kind: 'unsent',
      forced: true,
      next: null,
    },
    'its side then, at a share of nothing too': {
      fleet: 's1 c1 c2',
      failed: 'c1',
      forced: true,
      weight: 0,
      next: 'c2',
    },
    'none that is sick': { fleet: 's1 s2 s3', failed: 's1', sick: 's2', next: 's3' },
    'that one again when it is alone': { fleet: 's1', failed: 's1', next: 's1' },
    'that one again, chosen by a header': { fleet: 's1 c1', failed: 'c1', forced: true, next: 'c1' },
    'that one again only once': { fleet: 's1', failed: 's1 s1', next: null },
    'not that one again when nothing was sent': { fleet: 's1', failed: 's1', kind: 'unsent', next: null },
    'nobody when it must not be sent twice': { fleet: 's1 s2', failed: 's1', once: true, next: null },
  };
  for (const [name, { fleet: names, failed, kind = 'unanswered', sick = '', ...more }] of Object.entries(
    scenes,
  ))
    it(name, () => {
      const rules = { ...buildHardening({}, '/') };
      const fleet = new Fleet(names.split(' ').map(origin), { rise: 1, fall: 1 }, () => undefined, rules);
      fleet.apply(switchedOn(more.weight ?? 50, 1, 'none'), false);
      for (const member of fleet.members) fleet.checked(member, !sick.split(' ').includes(member.name));
      const byName = (one: string): FleetMember =>
        fleet.members.find((member) => member.name === one) as FleetMember;
      const all = failed.split(' ').map(byName);
      const request = { failed: all, mayBeRepeated: more.once !== true, forced: more.forced === true };
      const next = fleet.failedBy(all.at(-1) as FleetMember, failure(kind, 'ETIMEDOUT'), request);
      expect(next?.name ?? null).to.equal(more.next);
      expect(next?.inFlight ?? 1).to.equal(1);
    });

  it('a fleet that is dying is asked a fifth more often than its clients ask, and not three times as often', () => {
    const origins = ['s1', 's2', 's3'].map(origin);
    const fleet = new Fleet(origins, { rise: 1, fall: 1 }, () => undefined, buildHardening({}, '/'));
    for (const member of fleet.members) fleet.checked(member, true);
    let sent = 0;
    for (let request = 0; request < 5000; request += 1) {
      const failed: FleetMember[] = [];
      for (let member = fleet.pickUpstream(); member !== null;) {
        sent += 1;
        failed.push(member);
        fleet.leave(member);
        member = fleet.failedBy(member, failure('unanswered'), {
          ...{ failed, mayBeRepeated: failed.length < 3, forced: false },
        });
      }
    }
    expect(sent).to.be.within(6000, 6400);
  });

  it('where nobody is there nobody is stormed: it goes on to who is', () => {
    const origins = Array.from({ length: 12 }, (_, at) => origin(`s${at}`));
    const fleet = new Fleet(origins, { rise: 1, fall: 1 }, () => undefined, buildHardening({}, '/'));
    for (let round = 0; round < 100; round += 1) {
      for (const member of fleet.members) fleet.checked(member, true);
      const failed: FleetMember[] = [];
      let member = fleet.pickUpstream();
      while (failed.length < 11 && member !== null) {
        failed.push(member);
        member = fleet.failedBy(member, failure('unsent', 'ECONNREFUSED'), {
          ...{ failed, mayBeRepeated: true, forced: false },
        });
      }
      expect(member?.name).to.be.a('string');
      expect(fleet.members.filter(({ health }) => health.state === 'healthy')).to.deep.equal([member]);
    }
  });
});
