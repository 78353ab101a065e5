import { plan } from '../../soak/decisions.ts';
import { checkCases } from './decide-cases.ts';

const hooks = { prepare: false, once: false, after: false, failure: true };

describe('decide: some may fail', () => {
  const one = { maxFailures: 1, hooks };
  checkCases({
    'puts the one back alone, and goes on with the rest': {
      plan: plan(2, one),
      fails: ['gate web-1'],
      end: 'partial',
      last: [
        'gate web-1',
        'collect web-1',
        'restore web-1',
        'regate web-1',
        'reready web-1',
        'drain web-2',
        'activate web-2',
        'gate web-2',
        'ready web-2',
        'finish web-2',
        'failure web-1',
      ],
      reasons: ['web-1: gate failed: broken'],
    },
    'puts it back before the others of its batch go on': {
      plan: plan(2, { ...one, batch: 2 }),
      fails: ['activate web-2'],
      end: 'partial',
      last: [
        'activate web-1, activate web-2',
        'collect web-2',
        'restore web-2',
        'regate web-2',
        'reready web-2',
        'gate web-1',
        'ready web-1',
        'finish web-1',
        'failure web-2',
      ],
    },
    'takes it back into the traffic when it could not be drained': {
      plan: plan(2, one),
      fails: ['drain web-1'],
      end: 'partial',
      last: [
        'drain web-1',
        'collect web-1',
        'undrain web-1',
        'drain web-2',
        'activate web-2',
        'gate web-2',
        'ready web-2',
        'finish web-2',
        'failure web-1',
      ],
    },
    'leaves out one that the release could not be sent to': {
      plan: plan(2, { maxFailures: 1 }),
      fails: ['stage web-1'],
      end: 'partial',
      last: ['drain web-2', 'activate web-2', 'gate web-2', 'ready web-2', 'finish web-2'],
    },
    'puts all back when one more fails': {
      plan: plan(3, one),
      fails: ['gate web-1', 'gate web-3'],
      end: 'reverted',
      last: [
        'gate web-3',
        'collect web-3',
        'restore web-3',
        'regate web-3',
        'reready web-3',
        'redrain web-2',
        'restore web-2',
        'regate web-2',
        'reready web-2',
        'failure web-1, failure web-3',
      ],
      reasons: ['web-1: gate failed: broken', 'web-3: gate failed: broken'],
    },
    'is reverted when it was the only one': {
      plan: plan(1, { maxFailures: 1 }),
      fails: ['gate web-1'],
      end: 'reverted',
      last: ['collect web-1', 'restore web-1', 'regate web-1', 'reready web-1'],
    },
    'finishes the batch when it cannot be put back, begins no other, and is mixed': {
      plan: plan(4, { ...one, batch: 2 }),
      fails: ['gate web-1', 'restore web-1'],
      end: 'mixed',
      last: ['gate web-1, gate web-2', 'collect web-1', 'restore web-1', 'ready web-2', 'failure web-1'],
      reasons: ['web-1: gate failed: broken', 'web-1: restore failed: broken'],
    },
    'tells what failed when it is stopped later': {
      plan: plan(3, { maxFailures: 1 }),
      fails: ['gate web-1'],
      stop: [9, 'signal'],
      end: 'aborted',
      last: ['drain web-2', 'activate web-2', 'gate web-2', 'ready web-2'],
      reasons: [
        'web-1: gate failed: broken',
        'stopped by a signal: 1 of 3 instances run new, none was left in between',
      ],
    },
  });
});

describe('decide: whatever fails, the others go on', () => {
  const onFailure = 'continue';
  checkCases({
    'and those that failed are put back alone': {
      plan: plan(3, { onFailure }),
      fails: ['gate web-1', 'after web-2', 'ready web-2'],
      end: 'partial',
      last: [
        'gate web-2',
        'ready web-2',
        'collect web-2',
        'redrain web-2',
        'restore web-2',
        'regate web-2',
        'reready web-2',
        'drain web-3',
        'activate web-3',
        'gate web-3',
        'ready web-3',
        'finish web-3',
      ],
    },
    'until all have failed': {
      plan: plan(2, { onFailure }),
      fails: ['gate web-1', 'gate web-2'],
      end: 'reverted',
      last: ['collect web-2', 'restore web-2', 'regate web-2', 'reready web-2'],
    },
    'but not when it could be sent to none': {
      plan: plan(2, { onFailure }),
      fails: ['stage web-1', 'stage web-2'],
      end: 'failed',
      last: ['stage web-1, stage web-2'],
    },
    'but once runs for all of them': {
      plan: plan(2, { onFailure, hooks: { ...hooks, once: true } }),
      fails: ['once web-1'],
      end: 'failed',
      last: ['once web-1', 'failure web-1'],
    },
    'and a deadline ends the batch that is open, no more': {
      plan: plan(3, { onFailure }),
      stop: [7, 'deadline'],
      end: 'mixed',
      last: ['ready web-1', 'drain web-2', 'activate web-2', 'gate web-2', 'ready web-2'],
      reasons: ['the deadline of the rollout has passed: 2 of 3 instances run new, none was left in between'],
    },
  });
});

describe('decide: frozen as it is', () => {
  const onFailure = 'freeze';
  checkCases({
    'reads the log of what failed, and does not touch it': {
      plan: plan(2, { onFailure, hooks }),
      fails: ['activate web-1'],
      end: 'frozen',
      last: ['drain web-1', 'activate web-1', 'collect web-1', 'failure web-1'],
      reasons: ['web-1: activate failed: broken'],
    },
    'brings the others of its batch into the traffic': {
      plan: plan(4, { onFailure, batch: 3 }),
      fails: ['gate web-1'],
      end: 'frozen',
      last: ['gate web-1, gate web-2, gate web-3', 'collect web-1', 'ready web-2, ready web-3'],
    },
    'switches no other of its batch': {
      plan: plan(2, { onFailure, batch: 2 }),
      fails: ['drain web-1'],
      end: 'frozen',
      last: ['drain web-1, drain web-2', 'collect web-1', 'undrain web-2'],
    },
    'finishes what is switched when the deadline passes, and begins nothing more': {
      plan: plan(2, { onFailure }),
      stop: [3, 'deadline'],
      end: 'frozen',
      last: ['activate web-1', 'gate web-1', 'ready web-1'],
      reasons: ['the deadline of the rollout has passed'],
    },
  });
});

describe('decide: the hook for what failed', () => {
  checkCases({
    'runs when all are back, for each that failed': {
      plan: plan(3, { hooks, batch: 2 }),
      fails: ['gate web-1', 'gate web-2'],
      end: 'reverted',
      last: [
        'collect web-1, collect web-2',
        'restore web-1, restore web-2',
        'regate web-1, regate web-2',
        'reready web-1, reready web-2',
        'failure web-1, failure web-2',
      ],
    },
    'runs also when one cannot be put back; that it fails changes nothing': {
      plan: plan(1, { hooks }),
      fails: ['gate web-1', 'restore web-1', 'failure web-1'],
      end: 'mixed',
      last: ['collect web-1', 'restore web-1', 'failure web-1'],
      reasons: ['web-1: gate failed: broken', 'web-1: restore failed: broken'],
    },
    'does not run when nothing failed': {
      plan: plan(1, { hooks }),
      end: 'done',
      last: ['ready web-1', 'finish web-1'],
    },
  });
});
