import { expect } from 'chai';
import { pauseBetween } from '../../src/step/pause.ts';

const rest = 'time limits and leases may have run out meanwhile';

describe('a machine or a program that stood still', () => {
  for (const [title, wall, steady, right] of [
    ['nothing', 1000, 1000, null],
    ['a busy machine', 5000, 5000, null],
    ['a clock that is brought to the right time, little by little', 1400, 1000, null],
    ['SIGSTOP and SIGCONT', 61_000, 61_000, 'this program was stopped for 1 min'],
    ['a suspend', 3_601_000, 1000, 'this machine slept for 60 min, or its clock was put forward'],
    ['a clock that was put back', -3_599_000, 1000, 'the clock of this machine was put back by 60 min'],
    [
      'both at once',
      3_661_000,
      61_000,
      `this program was stopped for 1 min; this machine slept for 60 min, or its clock was put forward`,
    ],
  ] as const)
    it(`is told: ${title}`, () => {
      const from = { wall: 1_800_000_000_000, steady: 5 };
      const told = pauseBetween(from, { wall: from.wall + wall, steady: from.steady + steady }, 1000);
      expect(told).to.equal(right === null ? null : `${right}: ${rest}`);
    });
});
