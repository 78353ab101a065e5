import { expect } from 'chai';
import { parseFacts, type InstanceFacts } from '../../../src/deploy/model/facts.ts';
import { makePlan } from '../../../src/deploy/plan/plan.ts';
import type { PlanInput } from '../../../src/deploy/model/plan.ts';

const facts = (...lines: string[]): InstanceFacts => {
  const found = parseFacts(['canopy\tfacts', 'current\treleases/r1', ...lines, 'end\tfacts'].join('\n'));
  if (found === null) throw new Error('no facts');
  return found;
};
const hooksOf = (
  all: Record<string, InstanceFacts>,
  names = Object.keys(all),
  once = true,
): PlanInput['hooks'] =>
  makePlan({
    environment: 'production',
    release: 'r9',
    size: null,
    instances: names.map((name) => ({ name, keep: 3, path: '/srv/shop' })),
    facts: all,
    strategy: 'rolling',
    batch: [{ count: 1 }],
    maxUnavailable: { count: 1 },
    maxFailures: 0,
    whole: true,
    groups: null,
    hooks: { prepare: true, once, after: true, failure: false },
    balanced: true,
    out: [],
    onFailure: 'revert',
  }).hooks;

describe('the once hook in a plan', () => {
  it('stands in it as long as no instance has run it for this release', () => {
    const all = { a: facts('once\tr8'), b: facts('release\tr9 '), c: facts('once\tr99') };
    expect(hooksOf(all)).to.deep.equal({ prepare: true, once: true, after: true, failure: false });
  });

  it('is left out when any instance bears the mark: the first one may be another by now', () => {
    const all = { a: facts(), b: facts('once\tr9') };
    expect(hooksOf(all)).to.deep.equal({ prepare: true, once: false, after: true, failure: false });
    expect(hooksOf({ b: all.b, a: all.a }).once).to.equal(false);
  });

  it('is left out when the mark is on an instance that is not deployed to this time', () => {
    expect(hooksOf({ a: facts(), b: facts('once\tr9') }, ['a']).once).to.equal(false);
  });

  it('is left out when the release has been healthy somewhere: the server with the mark may be gone', () => {
    expect(hooksOf({ a: facts(), b: facts('release\tr9 1800000000000') }).once).to.equal(false);
  });

  it('does not come in by a mark', () => {
    expect(hooksOf({ a: facts() }, ['a'], false).once).to.equal(false);
  });
});
