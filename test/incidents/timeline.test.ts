import { expect } from 'chai';
import { isOver } from '../../src/incidents/index.ts';
import { play } from './play.ts';

const cases: { name: string; script: Parameters<typeof play>[0]; until?: number; sent: string[] }[] = [
  { name: 'nothing is red', script: [], sent: [] },
  {
    name: 'an outage nobody answers: each level, and its repeats',
    script: [[10, 'red']],
    sent: [
      '10 1.0.ann.sms',
      '10 1.0.ann.mail',
      '310 2.0.carl.call',
      '610 2.1.carl.call',
      '910 2.2.carl.call',
    ],
  },
  {
    name: 'it is told once, however often it is seen',
    script: [
      [10, 'red'],
      [20, 'red'],
      [30, 'red'],
    ],
    until: 200,
    sent: ['10 1.0.ann.sms', '10 1.0.ann.mail'],
  },
  {
    name: 'recovered: who was told hears it',
    script: [
      [10, 'red'],
      [100, 'green'],
    ],
    sent: ['10 1.0.ann.sms', '10 1.0.ann.mail', '100 0.ann.sms', '100 0.ann.mail'],
  },
  {
    name: 'somebody who was called hears it without a call',
    script: [
      [10, 'red'],
      [400, 'green'],
    ],
    sent: [
      '10 1.0.ann.sms',
      '10 1.0.ann.mail',
      '310 2.0.carl.call',
      '400 0.ann.sms',
      '400 0.ann.mail',
      '400 0.carl.sms',
    ],
  },
  {
    name: 'acknowledged: the climb stops',
    script: [
      [10, 'red'],
      [20, 'ack'],
    ],
    until: 2000,
    sent: ['10 1.0.ann.sms', '10 1.0.ann.mail'],
  },
  {
    name: 'an acknowledgement that runs out tells the next level',
    script: [
      [10, 'red'],
      [20, 'ack 10m'],
    ],
    until: 700,
    sent: ['10 1.0.ann.sms', '10 1.0.ann.mail', '620 2.0.carl.call'],
  },
  {
    name: 'resolved by hand while red: silent until it has recovered',
    script: [
      [10, 'red'],
      [20, 'resolve'],
      [30, 'red'],
      [500, 'green'],
    ],
    sent: ['10 1.0.ann.sms', '10 1.0.ann.mail'],
  },
  {
    name: 'muted: nobody is told',
    script: [
      [5, 'mute'],
      [10, 'red'],
    ],
    sent: [],
  },
  {
    name: 'still red when that ends: told then, and the ladder begins there',
    script: [
      [5, 'mute'],
      [10, 'red'],
      [100, 'unmute'],
    ],
    until: 401,
    sent: ['100 1.0.ann.sms', '100 1.0.ann.mail', '400 2.0.carl.call'],
  },
  {
    name: 'recovered while muted: nobody is told at all',
    script: [
      [5, 'mute'],
      [10, 'red'],
      [50, 'green'],
      [100, 'unmute'],
    ],
    sent: [],
  },
  {
    name: 'others that turn red within half a minute join',
    script: [
      [10, 'red', 'a'],
      [30, 'red', 'b'],
      [40, 'red', 'c'],
    ],
    until: 200,
    sent: ['10 1.0.ann.sms', '10 1.0.ann.mail'],
  },
  {
    name: 'a later one is an incident of its own',
    script: [
      [10, 'red', 'a'],
      [50, 'red', 'b'],
    ],
    until: 200,
    sent: ['10 1.0.ann.sms', '10 1.0.ann.mail', '50 1.0.ann.sms', '50 1.0.ann.mail'],
  },
  {
    name: 'a group has recovered when all of it has',
    script: [
      [10, 'red', 'a'],
      [20, 'red', 'b'],
      [60, 'green', 'a'],
      [90, 'green', 'b'],
    ],
    until: 200,
    sent: ['10 1.0.ann.sms', '10 1.0.ann.mail', '90 0.ann.sms', '90 0.ann.mail'],
  },
  {
    name: 'flapping: two calls at the most, the end after ten quiet minutes',
    script: [
      [10, 'red'],
      [40, 'green'],
      [70, 'red'],
      [100, 'green'],
      [130, 'red'],
      [160, 'green'],
      [190, 'red'],
      [220, 'green'],
    ],
    until: 1500,
    sent: [
      '10 1.0.ann.sms',
      '10 1.0.ann.mail',
      '40 0.ann.sms',
      '40 0.ann.mail',
      '70 1.0.ann.sms',
      '70 1.0.ann.mail',
      '820 0.ann.sms',
      '820 0.ann.mail',
    ],
  },
];

describe('the time line of an incident', () => {
  for (const { name, script, until = 1000, sent } of cases)
    it(name, () => {
      expect(play(script, until).sent).to.deep.equal(sent);
    });

  it('what is held back goes another way, and says so', () => {
    const { sent, incidents } = play(
      [[10, 'red']],
      100,
      { severity: 'warning' },
      {
        held: (_, by, severity, now) =>
          by === 'sms' && severity !== 'critical' ? { why: 'quiet', by: 'mail', at: now + 30_000 } : null,
      },
    );
    // They are told by mail anyway.
    expect(sent).to.deep.equal(['10 1.0.ann.mail']);
    expect(incidents[0]?.deliveries[0]).to.include({ outcome: 'held', why: 'quiet' });
  });

  it('an incident is over when it is resolved and nothing is red', () => {
    expect(
      play(
        [
          [10, 'red'],
          [20, 'resolve'],
        ],
        30,
      ).incidents.map(isOver),
    ).to.deep.equal([false]);
    expect(
      play(
        [
          [10, 'red'],
          [20, 'resolve'],
          [25, 'green'],
        ],
        30,
      ).incidents.map(isOver),
    ).to.deep.equal([true]);
  });
});
