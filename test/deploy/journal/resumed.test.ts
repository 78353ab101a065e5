import { expect } from 'chai';
import { decide } from '../../../src/deploy/decide/decide.ts';
import { over, resumed } from '../../../src/deploy/journal/resumed.ts';
import { plan } from '../../soak/decisions.ts';
import { factsOf, journalOf, type JournalCase } from './journal-cases.ts';
import { cases, first, staged } from './resumed-cases.ts';
import { endCases } from './resumed-end-cases.ts';

describe('what is resumed', () => {
  for (const { says, facts = {}, sick = [], halt = null, next, ...of } of [...cases, ...endCases])
    it(says, () => {
      const journal = journalOf(of);
      expect(over(journal)).to.equal(null);
      const all = { 'web-1': factsOf(), 'web-2': factsOf(), 'old-1': factsOf(), ...facts };
      const stand = resumed(journal, all, new Set(sick));
      const decision = decide(stand.plan, stand.progress, halt);
      const told =
        'end' in decision
          ? decision.end
          : decision.act.map(({ kind, instance }) => `${kind} ${instance}`).join(', ');
      expect(told).to.equal(next);
    });

  it('sends where the release is not, whatever the plan said', () => {
    const facts = { 'web-1': factsOf(), 'web-2': factsOf({ releases: [] }) };
    expect(resumed(journalOf(), facts).plan.tracks.map(({ send }) => send)).to.deep.equal([false, true]);
  });

  it('shows no reason of the store as more than a line', () => {
    const [bad] = journalOf({ records: ['gate web-1 failed'] }).records;
    const journal = { ...journalOf(), records: [{ ...bad, reason: 'one\n\u001b[2Jtwo' }] } as never;
    expect(resumed(journal, {}).progress.forward[0]?.reason).to.equal('one [2Jtwo');
  });
});

describe('what is over', () => {
  const back = ['gate web-1 failed', 'restore web-1', 'regate web-1'];
  const ended: readonly (JournalCase & { readonly because: RegExp })[] = [
    { state: 'done', because: /ended as done/ },
    { state: 'reverted', because: /ended as reverted/ },
    { state: 'partial', because: /ended as partial/ },
    { state: 'aborted', records: [...first, 'redrain web-1'], because: /all went back/ },
    { state: 'aborted', records: [...staged, 'activate web-1', ...back], because: /all went back/ },
    { state: 'failed', records: first, because: /taken as it is/ },
  ];
  for (const { because, ...of } of ended)
    it(`${of.state}, ${of.records?.at(-1) ?? 'nothing done'}`, () => {
      expect(over(journalOf(of))).to.match(because);
    });

  it('is not: aborted when one alone went back, and others are left', () => {
    const of = { state: 'aborted', records: [...staged, 'activate web-1', ...back] } as const;
    expect(over(journalOf({ ...of, plan: plan(2, { maxFailures: 1 }) }))).to.equal(null);
  });

  it('is not: failed because nothing could leave the traffic', () => {
    expect(over(journalOf({ state: 'failed', records: [...staged, 'drain web-1 failed'] }))).to.equal(null);
  });
});
