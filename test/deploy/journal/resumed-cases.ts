/** What is resumed, and what is done next. */
import type { Halt } from '../../../src/deploy/model/actions.ts';
import type { InstanceFacts } from '../../../src/deploy/model/facts.ts';
import { plan } from '../../soak/decisions.ts';
import { factsOf, type JournalCase } from './journal-cases.ts';

export const staged = ['stage web-1', 'stage web-2'];
export const first = [...staged, 'drain web-1', 'activate web-1', 'gate web-1', 'ready web-1'];
export const alone = first.filter((word) => !word.endsWith('2'));
export const runsNew = factsOf({ current: 'new' });
const hooks = { prepare: false, once: true, after: true, failure: false };
export const blue = plan(1, { strategy: 'blue-green', retire: ['old-1'], batches: [['web-1']] });

export interface Case extends JournalCase {
  readonly says: string;
  /** Of web-1 and web-2; where nothing is said it runs the old release. */
  readonly facts?: Readonly<Record<string, InstanceFacts>>;
  /** Those whose gate says no by now. */
  readonly sick?: readonly string[];
  readonly halt?: Halt;
  /** What is done next, or the end that is come to. */
  readonly next: string;
}

export const cases: readonly Case[] = [
  { says: 'died before the first action', doing: staged, next: 'stage web-1, stage web-2' },
  {
    says: 'died while it sent, and one server has noted that it has it',
    doing: staged,
    facts: { 'web-1': factsOf({ begun: ['stage'], done: ['stage'] }) },
    next: 'stage web-2',
  },
  {
    says: 'a server has lost the release since it was sent: it is sent again',
    records: staged,
    facts: { 'web-2': factsOf({ releases: [{ id: 'old', healthyAt: 1 }] }) },
    next: 'stage web-2',
  },
  {
    says: 'a server has lost the release, and others are switched: it is sent before it is drained',
    records: first,
    facts: { 'web-1': runsNew, 'web-2': factsOf({ releases: [{ id: 'old', healthyAt: 1 }] }) },
    next: 'stage web-2',
  },
  {
    says: 'once has run: it is not run again',
    plan: plan(2, { hooks }),
    records: [...staged, 'once web-1'],
    next: 'drain web-1',
  },
  {
    says: 'once was under way, and the server has noted its end',
    plan: plan(2, { hooks }),
    records: staged,
    doing: ['once web-1'],
    facts: { 'web-1': factsOf({ begun: ['once'], done: ['once'] }) },
    next: 'drain web-1',
  },
  {
    says: 'once was under way, and nobody knows: the server decides whether it is run',
    plan: plan(2, { hooks }),
    records: staged,
    doing: ['once web-1'],
    facts: { 'web-1': factsOf({ begun: ['once'] }) },
    next: 'once web-1',
  },
  { says: 'died while it drained', records: staged, doing: ['drain web-1'], next: 'drain web-1' },
  {
    says: 'drained, not switched: somebody may have taken it back, so it is drained again',
    records: [...staged, 'drain web-1'],
    doing: ['activate web-1'],
    next: 'drain web-1',
  },
  {
    says: 'died in the switch; the server has noted the beginning alone',
    records: [...staged, 'drain web-1'],
    doing: ['activate web-1'],
    facts: { 'web-1': factsOf({ current: 'new', running: false, begun: ['activate'] }) },
    next: 'drain web-1',
  },
  {
    says: 'died in the switch; the server has noted its end',
    records: [...staged, 'drain web-1'],
    doing: ['activate web-1'],
    facts: { 'web-1': factsOf({ current: 'new', begun: ['activate'], done: ['activate'] }) },
    next: 'gate web-1',
  },
  { says: 'died at the gate', records: first.slice(0, 4), facts: { 'web-1': runsNew }, next: 'gate web-1' },
  {
    says: 'died when it was to take requests again',
    records: first.slice(0, 5),
    doing: ['ready web-1'],
    facts: { 'web-1': runsNew },
    next: 'ready web-1',
  },
  { says: 'died between two instances', records: first, facts: { 'web-1': runsNew }, next: 'drain web-2' },
  {
    says: 'the server runs another release than the journal says: it is switched again',
    records: first,
    next: 'drain web-1',
  },
  {
    says: 'the service has ended since: it is started again, out of the traffic',
    records: first,
    facts: { 'web-1': factsOf({ current: 'new', running: false }) },
    next: 'drain web-1',
  },
  {
    says: 'died when all was done but the end',
    plan: plan(1),
    records: ['stage web-1', 'drain web-1', 'activate web-1', 'gate web-1', 'ready web-1', 'finish web-1'],
    facts: { 'web-1': runsNew },
    next: 'done',
  },
  {
    says: 'the store was away from the first switch on: the server tells that it is switched, and so was drained before',
    records: staged,
    doing: ['drain web-1'],
    facts: { 'web-1': factsOf({ current: 'new', begun: ['activate'], done: ['activate'] }) },
    next: 'gate web-1',
  },
  {
    says: 'died on its way back: it goes on going back',
    records: [...first, 'drain web-2', 'activate web-2', 'gate web-2 failed', 'collect web-2'],
    doing: ['restore web-2'],
    facts: { 'web-1': runsNew, 'web-2': runsNew },
    next: 'restore web-2',
  },
  {
    says: 'died in the way back of one, and its server has noted it',
    records: [...first, 'drain web-2', 'activate web-2', 'gate web-2 failed', 'collect web-2'],
    doing: ['restore web-2'],
    facts: { 'web-1': runsNew, 'web-2': factsOf({ begun: ['restore'], done: ['restore'] }) },
    next: 'regate web-2',
  },
  {
    says: 'what was put back runs something else by now: it is put back again',
    records: [
      ...first,
      'drain web-2',
      'activate web-2',
      'gate web-2 failed',
      'collect web-2',
      'restore web-2',
    ],
    facts: { 'web-1': runsNew, 'web-2': runsNew },
    next: 'restore web-2',
  },
  {
    says: 'redrained, not put back: it is drained again',
    plan: plan(1),
    records: [...alone, 'after web-1 failed', 'collect web-1', 'redrain web-1'],
    doing: ['restore web-1'],
    facts: { 'web-1': runsNew },
    next: 'redrain web-1',
  },
  {
    says: 'nothing had failed, and it had begun to go back (the deadline): it does not go forward again',
    records: first,
    doing: ['redrain web-1'],
    facts: { 'web-1': runsNew },
    next: 'redrain web-1',
  },
  {
    says: 'it may be in the traffic: it leaves it before it is put back',
    plan: blue,
    records: ['stage web-1', 'drain web-1', 'activate web-1', 'gate web-1'],
    doing: ['ready web-1'],
    facts: { 'web-1': runsNew },
    halt: 'signal',
    next: 'redrain web-1',
  },
  {
    says: 'it may be switched: it is put back',
    plan: blue,
    records: ['stage web-1', 'drain web-1'],
    doing: ['activate web-1'],
    facts: { 'web-1': factsOf({ begun: ['activate'] }) },
    halt: 'signal',
    next: 'restore web-1',
  },
  {
    says: 'the old group may have left the traffic: it comes back first',
    plan: blue,
    records: ['stage web-1', 'drain web-1', 'activate web-1', 'gate web-1', 'ready web-1'],
    doing: ['retire old-1'],
    facts: { 'web-1': runsNew },
    halt: 'lost',
    next: 'recall old-1',
  },
  {
    says: 'frozen: what failed is tried again',
    state: 'frozen',
    plan: plan(2, { onFailure: 'freeze' }),
    records: [...staged, 'drain web-1', 'activate web-1', 'gate web-1 failed', 'collect web-1'],
    facts: { 'web-1': runsNew },
    next: 'gate web-1',
  },
  {
    says: 'failed while it sent: it is sent again where it failed',
    state: 'failed',
    records: ['stage web-1', 'stage web-2 failed'],
    next: 'stage web-2',
  },
  {
    says: 'mixed, for the lock was lost between two: it goes on',
    state: 'mixed',
    records: first,
    facts: { 'web-1': runsNew },
    next: 'drain web-2',
  },
  {
    says: 'mixed, for the way back failed: that is tried again',
    state: 'mixed',
    records: [
      ...first,
      'drain web-2',
      'activate web-2',
      'gate web-2 failed',
      'collect web-2',
      'restore web-2 failed',
    ],
    facts: { 'web-1': runsNew, 'web-2': runsNew },
    next: 'restore web-2',
  },
  {
    says: 'aborted between two: it goes on',
    state: 'aborted',
    records: first,
    facts: { 'web-1': runsNew },
    next: 'drain web-2',
  },
];
