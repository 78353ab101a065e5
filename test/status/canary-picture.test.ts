import { expect } from 'chai';
import { picture } from '../../src/status/canary-picture.ts';
import type { ArmStatus, CanaryStatus } from '../../src/status/canary-status.ts';

type Item = ArmStatus['instances'][number];
const item = (name: string, more: Partial<Item> = {}): Item => ({
  name,
  release: 'r1',
  running: true,
  drained: false,
  reach: 'ok',
  ...more,
});
const side = (release: string | null, ...instances: Item[]): ArmStatus => ({
  environment: 'any',
  release,
  instances,
});
const status = (more: Partial<CanaryStatus> = {}): CanaryStatus => ({
  enabled: true,
  weight: 33,
  share: 33,
  observed: null,
  alert: null,
  reverted: null,
  relapses: 0,
  sticky: 'none',
  analysis: null,
  canary: side('r2', item('can-1', { release: 'r2' })),
  stable: side('r1', item('web-1'), item('web-10')),
  routers: 2,
  balancer: null,
  ...more,
});
const lines = (more: Partial<CanaryStatus> = {}): string[] => picture(status(more)).split('\n');
const alert = { since: 1, by: 'ann', reason: 'checkout is slow' };

describe('picture of a canary', () => {
  it('is drawn whole', () => {
    expect(picture(status())).to.equal(
      [
        'stable  ████████████████████··········    67 %  r1',
        '        web-1   r1  running',
        '        web-10  r1  running',
        'canary  ██████████····················    33 %  r2',
        '        can-1  r2  running',
        '',
        'asked for 33 %, 2 routers alive',
      ].join('\n'),
    );
  });

  const bars: [number, number, string][] = [
    [0, 0, '0'],
    [0.1, 1, '0.1'],
    [1, 1, '1'],
    [5, 2, '5'],
    [33.3, 10, '33.3'],
    [50, 15, '50'],
    [99, 29, '99'],
    [99.9, 29, '99.9'],
    [100, 30, '100'],
  ];
  for (const [share, blocks, shown] of bars)
    it(`draws ${share} % as ${blocks} of 30 blocks, and the rest for stable`, () => {
      const [stable = '', canary = ''] = lines({ share }).filter((line) => line.includes('%  '));
      const count = (line: string): number[] => [line.split('█').length - 1, line.split('·').length - 1];
      expect(count(canary)).to.deep.equal([blocks, 30 - blocks]);
      expect(count(stable)).to.deep.equal([30 - blocks, blocks]);
      expect(canary).to.match(new RegExp(` ${shown.replace('.', '\\.')} %  r2$`));
    });

  const runs: [string, ArmStatus, string][] = [
    ['nothing', side(null, item('can-1', { release: null, running: false })), 'nothing'],
    ['different releases', side(null, item('can-1'), item('can-2', { release: 'r2' })), 'mixed'],
    ['a release on some', side(null, item('can-1'), item('can-2', { release: null })), 'mixed'],
    ['what cannot be asked', side(null, item('can-1', { release: null, reach: 'no route' })), 'not known'],
  ];
  for (const [what, canary, said] of runs)
    it(`says ${said} of an arm that runs ${what}`, () => {
      expect(lines({ canary }).find((line) => line.startsWith('canary'))).to.match(new RegExp(`%  ${said}$`));
    });

  const instances: [string, Partial<Item>, string][] = [
    ['runs', {}, 'web-1  r1  running'],
    ['is stopped', { running: false }, 'web-1  r1  stopped'],
    ['is drained', { drained: true }, 'web-1  r1  running, drained'],
    ['has nothing', { release: null, running: false }, 'web-1  nothing  stopped'],
    [
      'cannot be reached',
      { release: null, running: false, reach: 'no route\nmore words' },
      'web-1  unknown  not reached: no route',
    ],
  ];
  for (const [what, more, line] of instances)
    it(`shows an instance that ${what}`, () => {
      expect(lines({ stable: side(null, item('web-1', more)) })[1]).to.equal(`        ${line}`);
    });

  const notes: [string, Partial<CanaryStatus>, string][] = [
    ['no canary', { enabled: false }, 'no canary is on'],
    ['an alert', { alert }, 'alert by ann: checkout is slow; canopy canary resume re-arms'],
    ['a revert', { reverted: { ...alert, reason: '9 of 20 failed' } }, 'reverted by itself: 9 of 20 failed'],
    ['one router', { routers: 1 }, 'asked for 33 %, 1 router alive'],
    ['no router', { routers: 0 }, 'asked for 33 %, 0 routers alive'],
    [
      'what was counted',
      { observed: { requests: 3000, share: 33.04, bound: null, forced: 0 } },
      'the canary got 33 % of 3000 requests since then',
    ],
    [
      'how sure that is',
      { observed: { requests: 3000, share: 33.04, bound: { low: 31.38, high: 34.74 }, forced: 0 } },
      'the canary got 33 % of 3000 requests since then (by chance 31.4 to 34.7 %)',
    ],
    [
      'what a header has sent to a side',
      { observed: { requests: 0, share: 0, bound: null, forced: 4 } },
      '4 requests chose a side by the header: no part of the share, not judged',
    ],
    ['a relapse', { reverted: alert, relapses: 2 }, 'reverted by itself, relapse 2: checkout is slow'],
    [
      'how far the analysis has come',
      { analysis: { step: 1, outcome: null, sentence: 'inconclusive after 7 canary requests' } },
      'analysis goes on, step 2: inconclusive after 7 canary requests',
    ],
    [
      'what the analysis has said',
      { analysis: { step: 0, outcome: 'pass', sentence: 'pass after 7 canary requests' } },
      'analysis, step 1: pass after 7 canary requests',
    ],
    [
      'how clients stick',
      { sticky: 'header:x-user-id' },
      'asked for 33 %, clients stick by header x-user-id, 2 routers alive',
    ],
  ];
  for (const [what, more, line] of notes)
    it(`tells ${what}`, () => {
      expect(lines(more)).to.include(line);
    });
});
