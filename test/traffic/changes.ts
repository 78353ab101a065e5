import fc from 'fast-check';
import { apply, type Change } from '../../src/traffic/change.ts';
import { initial, type TrafficState } from '../../src/traffic/state.ts';

const alertOf = (by: fc.Arbitrary<string>, reason: fc.Arbitrary<string>) =>
  fc.record({ since: fc.nat(9), by, reason });
const oneAlert = alertOf(fc.constantFrom('ann', 'bob'), fc.constantFrom('x', 'y'));

/** Any change to the traffic. */
export const oneChange: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    kind: fc.constant('weight' as const),
    weight: fc.integer({ min: 0, max: 1000 }).map((tenths) => tenths / 10),
  }),
  fc.record({ kind: fc.constant('enable' as const), on: fc.boolean() }),
  fc.record({
    kind: fc.constant('enable' as const),
    on: fc.boolean(),
    salt: fc.constantFrom('', '01', 'ff'),
  }),
  fc.record({
    kind: fc.constant('sticky' as const),
    mode: fc.constantFrom('none' as const, 'cookie' as const, 'header:x-id' as const),
  }),
  fc.record({ kind: fc.constant('resume' as const), at: fc.nat(9) }),
  fc.record({ kind: fc.constant('revert' as const), alert: oneAlert, relapses: fc.nat(3) }),
  fc.record({
    kind: fc.constant('alert' as const),
    actor: fc.constantFrom('r1', 'r2', 'store'),
    alert: oneAlert,
  }),
  fc.record({ kind: fc.constant('rearm' as const) }),
  fc.record({
    kind: fc.constant('drain' as const),
    instance: fc.constantFrom('web-1', 'web-2'),
    note: fc.record({ since: fc.nat(9), by: fc.constantFrom('ann', 'bob') }),
  }),
  fc.record({ kind: fc.constant('ready' as const), instance: fc.constantFrom('web-1', 'web-2') }),
  fc.record({ kind: fc.constant('revert' as const), alert: oneAlert }),
  fc.record({ kind: fc.constant('resume' as const) }),
  fc.record({ kind: fc.constant('maintain' as const), alert: fc.option(oneAlert, { nil: null }) }),
);
const stateBy = (changes: fc.Arbitrary<Change>): fc.Arbitrary<TrafficState> =>
  fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.array(changes, { maxLength: 8 }))
    .map(([epoch, all]) => all.reduce((before, one) => apply(before, one), initial(33, epoch)));

/** Any state that a few changes lead to. */
export const state = stateBy(oneChange);

/** The same with these words wherever a person or a program has a say. */
export const stateWith = (words: fc.Arbitrary<string>): fc.Arbitrary<TrafficState> => {
  const worded = alertOf(words, words);
  const note = fc.record({ since: fc.nat(9), by: words });
  return stateBy(
    fc.oneof(
      oneChange,
      fc.record({ kind: fc.constant('revert' as const), alert: worded }),
      fc.record({ kind: fc.constant('maintain' as const), alert: worded }),
      fc.record({ kind: fc.constant('alert' as const), actor: fc.constant('store'), alert: worded }),
      fc.record({
        kind: fc.constant('drain' as const),
        instance: fc.constantFrom('constructor', 'web-3'),
        note,
      }),
    ),
  );
};
