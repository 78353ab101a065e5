import { plan } from '../../soak/decisions.ts';
import { checkCases } from './decide-cases.ts';

const blue = plan(1, { strategy: 'blue-green', retire: ['old-1'] });
const over = ['ready web-2', 'finish web-1, finish web-2'];

describe('decide: what could not be brought to its end is not done', () => {
  checkCases({
    'an instance that cannot be reached after its gate': {
      plan: plan(2),
      fails: ['finish web-1'],
      end: 'mixed',
      last: over,
      reasons: ['web-1: finish failed: broken'],
    },
    'neither when others may fail': {
      plan: plan(2, { onFailure: 'continue', maxFailures: 2 }),
      fails: ['finish web-2'],
      end: 'mixed',
      last: over,
    },
    'nor when another one went back alone': {
      plan: plan(3, { maxFailures: 1 }),
      fails: ['gate web-1', 'finish web-2'],
      end: 'mixed',
      last: ['ready web-3', 'finish web-2, finish web-3'],
      reasons: ['web-1: gate failed: broken', 'web-2: finish failed: broken'],
    },
    'all of them': {
      plan: plan(2, { strategy: 'all-at-once', batch: 2 }),
      fails: ['finish web-1', 'finish web-2'],
      end: 'mixed',
      last: ['finish web-1, finish web-2'],
    },
    'one of a group that took over': {
      plan: blue,
      fails: ['finish web-1'],
      end: 'mixed',
      last: ['retire old-1', 'finish web-1', 'cool old-1'],
    },
    'one of the group that was to stop': {
      plan: blue,
      fails: ['cool old-1'],
      end: 'mixed',
      last: ['finish web-1', 'cool old-1'],
      reasons: ['old-1: cool failed: broken'],
    },
    'a hook for failures alone changes nothing': {
      plan: plan(2, {
        maxFailures: 1,
        hooks: { prepare: false, once: false, after: false, failure: true },
      }),
      fails: ['gate web-1', 'failure web-1'],
      end: 'partial',
      last: ['finish web-2', 'failure web-1'],
    },
  });
});
