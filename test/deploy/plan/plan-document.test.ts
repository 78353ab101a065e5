import { expect } from 'chai';
import fc from 'fast-check';
import { actionsOf } from '../../../src/deploy/decide/actions-of.ts';
import { documentText, planRecord, readDocument } from '../../../src/deploy/plan-document.ts';
import { plan } from '../../soak/decisions.ts';
import { lawsOf } from '../../support/services/record-laws.ts';

const documentWith = (tracks: number) => {
  const made = plan(tracks);
  const { environment, release } = made;
  const facts = { current: 'old', running: true, releases: ['old'], healthy: ['old'], foreign: ['site'] };
  return {
    ...{ canopyPlan: 1 as const, app: 'shop', environment, release, artifact: 'a'.repeat(64) },
    facts: Object.fromEntries(made.tracks.map(({ instance }) => [instance, facts])),
    plan: made,
    actions: actionsOf(made),
  };
};
const whole = documentWith(2);

describe('a plan as a document', () => {
  it('is read back from its file as it was written', () => {
    expect(readDocument(documentText(whole))).to.deep.equal(whole);
    expect(documentText(whole).split('\n').length, 'for people').to.be.greaterThan(20);
  });

  it('is read from an earlier version, which told nothing of what others deployed', () => {
    const facts = Object.fromEntries(
      Object.entries(whole.facts).map(([name, { foreign: _, ...rest }]) => [name, rest]),
    );
    const read = readDocument(JSON.stringify({ ...whole, facts }));
    expect('wrong' in read ? read.wrong : read.facts['web-1']?.foreign).to.deep.equal([]);
  });

  const wrongs: [string, object | string, RegExp][] = [
    ['no JSON', '{', /it is no JSON/],
    ['a list', '[]', /known is 1|is no object/],
    ['another form', { ...whole, canopyPlan: 2 }, /its canopyPlan is 2, known is 1/],
    ['a release that leaves its folder', { ...whole, release: '../x' }, /release is no release id/],
    ['no sha256', { ...whole, artifact: 'abc' }, /artifact is no sha256/],
    ['facts of others', { ...whole, facts: { 'web 1': {} } }, /facts has an entry whose name is none/],
    ['a plan for another release', { ...whole, release: 'other' }, /plan is for another release/],
    ['other actions', { ...whole, actions: [['stage web-9']] }, /actions that are not those of its plan/],
  ];
  for (const [name, value, told] of wrongs)
    it(`is refused: ${name}`, () => {
      const read = readDocument(typeof value === 'string' ? value : JSON.stringify(value));
      expect('wrong' in read ? read.wrong : '').to.match(told);
    });

  lawsOf(planRecord, fc.integer({ min: 1, max: 5 }).map(documentWith), 50);
});
