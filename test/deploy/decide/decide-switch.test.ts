import type { Plan } from '../../../src/deploy/model/plan.ts';
import { plan } from '../../soak/decisions.ts';
import { checkCases } from './decide-cases.ts';

const hooks = { prepare: false, once: false, after: true, failure: false };
/** web-1 and web-2 wait, live-1 and live-2 serve. */
const groups = (over: Partial<Plan> = {}): Plan =>
  plan(2, { strategy: 'blue-green', batch: 2, retire: ['live-1', 'live-2'], ...over });
/** They run the release already: they served until it was switched back. */
const warm = (over: Partial<Plan> = {}): Plan => {
  const of = groups(over);
  return { ...of, tracks: of.tracks.map((track) => ({ ...track, previous: 'new', warm: true })) };
};

const begin = ['stage web-1, stage web-2', 'drain web-1, drain web-2', 'activate web-1, activate web-2'];
const gated = [...begin, 'gate web-1, gate web-2'];
const served = [...gated, 'ready web-1, ready web-2'];
const switched = [...served, 'retire live-1, retire live-2'];
const recalled = ['recall live-1, recall live-2'];
const out = ['redrain web-1, redrain web-2'];
const back = ['restore web-1, restore web-2', 'regate web-1, regate web-2'];

describe('decide: blue-green', () => {
  checkCases({
    'proves the group that waits, then switches the traffic at once': {
      plan: groups(),
      end: 'done',
      last: [...switched, 'finish web-1, finish web-2', 'cool live-1, cool live-2'],
    },
    'runs the hook after when the new group serves alone': {
      plan: groups({ hooks }),
      end: 'done',
      last: [
        'retire live-1, retire live-2',
        'after web-1, after web-2',
        'finish web-1, finish web-2',
        'cool live-1, cool live-2',
      ],
    },
    'retires nobody at the first deploy': {
      plan: groups({ retire: [] }),
      end: 'done',
      last: [...served, 'finish web-1, finish web-2'],
    },
    'leaves the group that serves alone when one of the new does not become healthy': {
      plan: groups(),
      fails: ['gate web-2'],
      end: 'reverted',
      last: [...gated, 'collect web-2', ...back],
      reasons: ['web-2: gate failed: broken'],
    },
    'takes the new group out again when one of it cannot be taken in': {
      plan: groups(),
      fails: ['ready web-2'],
      end: 'reverted',
      last: [...served, 'collect web-2', ...out, ...back],
    },
    'calls the old group back first when one of it does not leave': {
      plan: groups(),
      fails: ['retire live-2'],
      end: 'reverted',
      last: [...switched, ...recalled, ...out, ...back],
      reasons: ['live-2: retire failed: broken'],
    },
    'calls it back when the hook after fails': {
      plan: groups({ hooks }),
      fails: ['after web-1'],
      end: 'reverted',
      last: [...switched, 'after web-1, after web-2', 'collect web-1', ...recalled, ...out, ...back],
    },
    'is mixed, with the new group in the traffic, when the old one cannot be called back': {
      plan: groups({ hooks: { ...hooks, failure: true } }),
      fails: ['after web-1', 'recall live-1'],
      end: 'mixed',
      last: ['collect web-1', ...recalled, 'failure web-1'],
      reasons: ['web-1: after failed: broken', 'live-1: recall failed: broken'],
    },
    'is mixed when one of the new group does not leave, and switches that one no more': {
      plan: groups(),
      fails: ['retire live-1', 'redrain web-1'],
      end: 'mixed',
      last: [...recalled, ...out, 'restore web-2', 'regate web-2'],
    },
    'is reverted when one that waits again cannot be put back': {
      plan: groups(),
      fails: ['gate web-1', 'restore web-1'],
      end: 'reverted',
      last: ['collect web-1', 'restore web-1, restore web-2', 'regate web-2'],
      reasons: ['web-1: gate failed: broken', 'web-1: restore failed: broken'],
    },
    'is mixed when it cannot be put back at the first deploy': {
      plan: groups({ retire: [] }),
      fails: ['gate web-1', 'restore web-1'],
      end: 'mixed',
      last: ['restore web-1, restore web-2', 'regate web-2'],
    },
    'switches nothing when one of the new cannot take the release, however many may fail': {
      plan: groups({ maxFailures: 5, hooks: { ...hooks, once: true } }),
      fails: ['stage web-1'],
      end: 'failed',
      last: ['stage web-1, stage web-2'],
    },
    'goes back when it is told to stop before the switch': {
      plan: groups(),
      stop: [4, 'signal'],
      end: 'aborted',
      last: [...gated, ...back],
      reasons: ['stopped by a signal'],
    },
    'goes back when the deadline passes while the new group is taken in': {
      plan: groups(),
      stop: [5, 'deadline'],
      end: 'reverted',
      last: [...served, ...out, ...back],
    },
    'goes on to its end when it is told to stop after the switch': {
      plan: groups(),
      stop: [6, 'signal'],
      end: 'done',
      last: [...switched, 'finish web-1, finish web-2', 'cool live-1, cool live-2'],
    },
    'goes on to its end when it is told to stop and the first group serves': {
      plan: groups({ retire: [] }),
      stop: [5, 'signal'],
      end: 'done',
      last: [...served, 'finish web-1, finish web-2'],
    },
    'leaves all as it is when that is asked for': {
      plan: groups({ onFailure: 'freeze' }),
      fails: ['gate web-1'],
      end: 'frozen',
      last: [...gated, 'collect web-1'],
    },
    'switches back to a group that still runs: gate and traffic, no more': {
      plan: warm(),
      end: 'done',
      last: [
        'gate web-1, gate web-2',
        'ready web-1, ready web-2',
        'retire live-1, retire live-2',
        'finish web-1, finish web-2',
        'cool live-1, cool live-2',
      ],
    },
    'takes that one out again when one of it is not healthy any more': {
      plan: warm(),
      fails: ['ready web-2'],
      end: 'reverted',
      last: ['gate web-1, gate web-2', 'ready web-1, ready web-2', 'collect web-2', ...out],
    },
  });
});
