import { expect } from 'chai';
import { leftRunning } from '../../../src/deploy/report/left-running.ts';
import { plan } from '../../soak/decisions.ts';
import { journalOf, type JournalCase } from '../journal/journal-cases.ts';

const blue = plan(1, {
  strategy: 'blue-green',
  retire: ['old-1'],
  unchanged: ['web-9'],
  batches: [['web-1']],
});
const switched = ['activate web-1', 'gate web-1'];

describe('what a deploy has left running, by its journal', () => {
  const cases: [what: string, journal: JournalCase, runs: object][] = [
    ['nothing was begun', {}, { 'web-1': 'old', 'web-2': 'old' }],
    ['one is switched', { records: switched }, { 'web-1': 'new', 'web-2': 'old' }],
    [
      'one is being switched: nobody knows',
      { records: switched, doing: ['activate web-2'] },
      { 'web-1': 'new', 'web-2': null },
    ],
    [
      'one is asked for its health',
      { records: switched, doing: ['gate web-1'] },
      { 'web-1': 'new', 'web-2': 'old' },
    ],
    ['a switch failed', { records: ['activate web-1 failed'] }, { 'web-1': null, 'web-2': 'old' }],
    [
      'one went back',
      { records: [...switched, 'gate web-1 failed', 'restore web-1'] },
      { 'web-1': 'old', 'web-2': 'old' },
    ],
    [
      'one is on its way back',
      { records: switched, doing: ['restore web-1'] },
      { 'web-1': null, 'web-2': 'old' },
    ],
    [
      'an instance that ran the release before',
      { plan: plan(1, { unchanged: ['web-9'] }), records: switched },
      { 'web-1': 'new', 'web-9': 'new' },
    ],
    [
      'of two groups the one that was not touched may run anything',
      { plan: blue, records: switched },
      { 'web-1': 'new', 'old-1': null, 'web-9': null },
    ],
  ];
  for (const [what, of, runs] of cases)
    it(what, () => expect(leftRunning(journalOf(of))).to.deep.equal(runs));
});
