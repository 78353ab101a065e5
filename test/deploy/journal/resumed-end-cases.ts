/** What is resumed when all was done but the end. */
import { plan } from '../../soak/decisions.ts';
import { factsOf } from './journal-cases.ts';
import { alone, blue, first, runsNew, type Case } from './resumed-cases.ts';

export const endCases: readonly Case[] = [
  {
    says: 'mixed, for one could not be brought to its end: it is asked for its health first',
    state: 'mixed',
    plan: plan(1),
    records: [...alone, 'finish web-1 failed'],
    facts: { 'web-1': runsNew },
    next: 'gate web-1',
  },
  {
    says: 'the same when another one had gone back alone',
    state: 'mixed',
    plan: plan(2, { maxFailures: 1 }),
    records: [
      ...['stage web-2', ...alone],
      ...['drain web-2', 'activate web-2', 'gate web-2 failed', 'collect web-2'],
      ...['restore web-2', 'regate web-2', 'reready web-2', 'finish web-1 failed'],
    ],
    facts: { 'web-1': runsNew },
    next: 'gate web-1',
  },
  {
    says: 'nobody has confirmed that it takes requests again: it is asked for again',
    state: 'mixed',
    plan: plan(1),
    records: [...alone.slice(0, -1), 'ready web-1 unconfirmed', 'finish web-1'],
    facts: { 'web-1': runsNew },
    next: 'ready web-1',
  },
  {
    says: 'the same on the way back',
    state: 'mixed',
    plan: plan(1),
    records: [
      ...alone.slice(0, -2),
      ...['gate web-1 failed', 'collect web-1', 'restore web-1', 'regate web-1', 'reready web-1 unconfirmed'],
    ],
    next: 'reready web-1',
  },
  {
    says: 'the same when it was only drained, and has not failed',
    state: 'mixed',
    plan: plan(2, { batch: 2 }),
    records: [
      ...['stage web-1', 'stage web-2', 'drain web-1 failed', 'collect web-1', 'drain web-2'],
      'undrain web-1',
      'undrain web-2 unconfirmed',
    ],
    next: 'undrain web-2',
  },
  {
    says: 'nobody has confirmed that it takes requests, and yet it may: on the way back it leaves the traffic first',
    plan: plan(2),
    records: [
      ...first.slice(0, -1),
      'ready web-1 unconfirmed',
      'drain web-2',
      'activate web-2',
      'gate web-2 failed',
      'collect web-2',
      'restore web-2',
      'regate web-2',
      'reready web-2',
    ],
    facts: { 'web-1': runsNew },
    next: 'redrain web-1',
  },
  {
    says: 'it does not run any more: it is started again, out of the traffic',
    state: 'mixed',
    plan: plan(1),
    records: [...alone, 'finish web-1 failed'],
    facts: { 'web-1': factsOf({ current: 'new', running: false }) },
    next: 'drain web-1',
  },
  {
    says: 'the group that served could not be told to stop: it is told again',
    state: 'mixed',
    plan: blue,
    records: [...alone, 'retire old-1', 'finish web-1', 'cool old-1 failed'],
    facts: { 'web-1': runsNew },
    next: 'cool old-1',
  },
  {
    says: 'it passed its gate, and is not healthy any more: it is asked until it is, or goes back',
    records: first,
    facts: { 'web-1': runsNew },
    sick: ['web-1'],
    next: 'gate web-1',
  },
  {
    says: 'all is done, and one is not healthy any more',
    records: [...first, ...first.slice(2).map((word) => word.replace('web-1', 'web-2')), 'finish web-1'],
    facts: { 'web-1': runsNew, 'web-2': runsNew },
    sick: ['web-2'],
    next: 'gate web-2',
  },
  {
    says: 'died while it marked: the end of the others is what is left',
    records: alone,
    plan: plan(1),
    doing: ['finish web-1'],
    facts: { 'web-1': factsOf({ current: 'new', begun: ['finish'] }) },
    next: 'finish web-1',
  },
];
