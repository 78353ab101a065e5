/** A fleet whose servers alone remember their last deploy, for cases. */
import { expect } from 'chai';
import { decide } from '../../../src/deploy/decide/decide.ts';
import { journalFrom } from '../../../src/deploy/journal/from-servers.ts';
import { readJournal, writeJournal } from '../../../src/deploy/journal/journal.ts';
import { resumed } from '../../../src/deploy/journal/resumed.ts';
import type { InstanceFacts } from '../../../src/deploy/model/facts.ts';
import type { Noted } from '../../../src/deploy/model/noted.ts';
import { isOver, lastOn, planAgain, type AgainInput } from '../../../src/deploy/plan/remembered.ts';
import { factsOf, notedOf } from '../journal/journal-cases.ts';

export type Fleet = Readonly<Record<string, InstanceFacts>>;
export const switched = ['stage', 'activate'] as const;
export const finished = [...switched, 'finish'] as const;

/** It runs the old release, and has noted that. */
export const on = (over: Partial<Noted> | null, facts: Partial<InstanceFacts> = {}): InstanceFacts =>
  factsOf({ ...facts, noted: over === null ? null : notedOf(over) });
export const came = (
  kinds: readonly Noted['begun'][number][],
  over: Partial<Noted> = {},
): Partial<Noted> => ({
  begun: kinds,
  done: kinds,
  ...over,
});
export const runsNew = { current: 'new' };
export const proven: Partial<InstanceFacts> = {
  current: 'new',
  releases: [
    { id: 'old', healthyAt: 1 },
    { id: 'new', healthyAt: 2 },
  ],
};

export const inputOf = (facts: Fleet, over: Partial<AgainInput> = {}): AgainInput => ({
  environment: 'production',
  size: null,
  instances: Object.keys(facts).map((name) => ({ name, keep: 5, path: '/srv/shop' })),
  facts,
  strategy: 'rolling',
  batch: [{ count: 1 }],
  maxUnavailable: { count: 1 },
  maxFailures: 0,
  hooks: { prepare: false, once: false, after: false, failure: false },
  balanced: true,
  onFailure: 'revert',
  groups: null,
  ...over,
});

/** What is done next when it is taken up. */
export function next(facts: Fleet, over: Partial<AgainInput> = {}): string {
  const last = lastOn(facts, 'production');
  if (last === null) return 'none';
  if ('unclear' in last) return last.unclear;
  const plan = planAgain(last, inputOf(facts, over));
  if ('unclear' in plan) return plan.unclear;
  if (isOver(plan, last, facts)) return 'over';
  const journal = journalFrom(last, plan, 'me');
  // It has to be one that can be kept in the store from now on.
  expect(readJournal(writeJournal(journal), 'key')).to.deep.equal(journal);
  const stand = resumed(journal, facts);
  const decision = decide(stand.plan, stand.progress, null);
  if ('end' in decision) return decision.end;
  return decision.act.map(({ kind, instance, release }) => `${kind} ${instance} ${release}`).join(', ');
}

export const back = (over: Partial<Noted> = {}) => came([...switched, 'restore'], over);
