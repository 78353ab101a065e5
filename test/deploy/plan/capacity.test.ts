import { expect } from 'chai';
import { refusal, type CapacityQuestion, type InstanceCapacity } from '../../../src/deploy/plan/capacity.ts';

const at = (name: string, more: Partial<InstanceCapacity> = {}): InstanceCapacity => ({
  name,
  healthy: true,
  drained: false,
  capacity: null,
  perSecond: 0,
  ...more,
});
const three = (more: Partial<InstanceCapacity> = {}): InstanceCapacity[] =>
  ['web-1', 'web-2', 'web-3'].map((name) => at(name, more));
const asked = (more: Partial<CapacityQuestion> = {}): CapacityQuestion => ({
  instance: 'web-1',
  wave: ['web-1'],
  own: three(),
  other: [],
  role: 'stable',
  canaryShare: 0,
  maxUnavailable: 1,
  margin: 20,
  ...more,
});
const [one, two, last] = three() as [InstanceCapacity, InstanceCapacity, InstanceCapacity];
const dead = { ...last, healthy: false };
const out = { ...last, drained: true };
const sized = three({ capacity: 50, perSecond: 30 });
const canaries = [at('can-1', { capacity: 50, perSecond: 30 })];
const switching = ['blue-1', 'blue-2', 'green-1', 'green-2'].map((name) => at(name));
const blue = { instance: 'blue-1', wave: ['blue-1', 'blue-2'], maxUnavailable: null };

const may: Record<string, Partial<CapacityQuestion>> = {
  'all others serve': {},
  'nobody said what it can take, whatever the load is': { own: three({ perSecond: 9000 }) },
  'one is out, and two may be': { own: [one, two, dead], maxUnavailable: 2 },
  'it serves nobody itself: not healthy': { own: [dead, two, out], instance: 'web-3' },
  'it serves nobody itself: drained': { own: [dead, two, out], instance: 'web-3', wave: ['web-2', 'web-3'] },
  'one of its wave is out already: counted once': {
    own: [one, two, out],
    wave: ['web-1', 'web-3'],
    maxUnavailable: 2,
  },
  'the others can just take it': { own: three({ capacity: 54, perSecond: 30 }) },
  'the others could not take it, but nobody knows how much it is': {
    own: [...sized.slice(0, 2), at('web-3', { capacity: 50, perSecond: null })],
  },
  'one of those that remain says nothing of what it can take': {
    own: [...sized.slice(0, 2), at('web-3', { perSecond: 30 })],
  },
  'the only one, and it may be out': { own: [at('web-1', { perSecond: 5 })] },
  'the only one, nobody asks for it': { own: [at('web-1', { capacity: 5, perSecond: 0 })] },
  'the canary leaves, stable can take all': {
    instance: 'can-1',
    wave: ['can-1'],
    own: canaries,
    other: three({ capacity: 50, perSecond: 30 }),
    role: 'canary',
    canaryShare: 25,
  },
  'the canary gets nothing any more, though it had much in the last minute': {
    instance: 'can-1',
    wave: ['can-1'],
    own: [at('can-1', { capacity: 50, perSecond: 90 }), at('can-2', { capacity: 1, perSecond: 0 })],
    role: 'canary',
    canaryShare: 0,
  },
  'a group for which the other one stands': { ...blue, own: switching },
};

const mayNot: [name: string, question: Partial<CapacityQuestion>, reason: string][] = [
  [
    'one is not healthy, and one may be out',
    { own: [one, two, dead] },
    'with web-1 2 of 3 instances would be out (web-3 is not healthy), 1 may be',
  ],
  [
    'one is drained, and one may be out',
    { own: [one, two, out] },
    'with web-1 2 of 3 instances would be out (web-3 is drained), 1 may be',
  ],
  [
    'the wave is larger than what may be out',
    { wave: ['web-1', 'web-2'] },
    'with web-1, web-2 2 of 3 instances would be out, 1 may be',
  ],
  [
    'the others cannot take the load',
    { own: sized },
    'without web-1 the others can take 100 requests a second (web-2 50, web-3 50); the last minute had 90, with a margin of 20 % 108 are needed',
  ],
  [
    'the load of one that is out already counts',
    { own: [...sized.slice(0, 2), { ...out, capacity: 50, perSecond: 30 }], maxUnavailable: 2 },
    'without web-1 the others can take 50 requests a second (web-2 50); the last minute had 90, with a margin of 20 % 108 are needed',
  ],
  [
    'the only one, and it is asked',
    { own: [at('web-1', { capacity: 50, perSecond: 3.25 })] },
    'without web-1 the others can take 0 requests a second; the last minute had 3.3, with a margin of 20 % 3.9 are needed',
  ],
  [
    'stable gets what the canary does not get',
    { own: three({ capacity: 50, perSecond: 20 }), other: [at('can-1', { perSecond: 60 })], canaryShare: 20 },
    'without web-1 the others can take 100 requests a second (web-2 50, web-3 50); the last minute had 96, with a margin of 20 % 115.2 are needed',
  ],
  [
    'a dead canary gets nothing, whatever its share',
    {
      own: three({ capacity: 50, perSecond: 20 }),
      other: [at('can-1', { perSecond: 60, healthy: false })],
      canaryShare: 50,
    },
    'without web-1 the others can take 100 requests a second (web-2 50, web-3 50); the last minute had 120, with a margin of 20 % 144 are needed',
  ],
  [
    'stable cannot take what the canary leaves',
    {
      instance: 'can-1',
      wave: ['can-1'],
      own: canaries,
      other: three({ capacity: 20, perSecond: 15 }),
      role: 'canary',
      canaryShare: 40,
    },
    'without can-1 the others can take 60 requests a second (web-1 20, web-2 20, web-3 20); the last minute had 75, with a margin of 20 % 90 are needed',
  ],
  [
    'a group, when the other one is gone',
    { ...blue, own: switching.map((item) => ({ ...item, healthy: item.name.startsWith('blue') })) },
    'with blue-1, blue-2 4 of 4 instances would be out (green-1 is not healthy, green-2 is not healthy), 3 may be',
  ],
  [
    'a group, when the other one is too small',
    {
      ...blue,
      own: switching.map((item) => ({
        ...item,
        capacity: 10,
        perSecond: item.name.startsWith('blue') ? 9 : 0,
      })),
    },
    'without blue-1, blue-2 the others can take 20 requests a second (green-1 10, green-2 10); the last minute had 18, with a margin of 20 % 21.6 are needed',
  ],
];

describe('capacity', () => {
  for (const [name, question] of Object.entries(may))
    it(`lets it leave: ${name}`, () => expect(refusal(asked(question))).to.equal(null));
  for (const [name, question, reason] of mayNot)
    it(`keeps it: ${name}`, () => expect(refusal(asked(question))).to.equal(reason));
});
