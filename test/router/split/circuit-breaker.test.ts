import { expect } from 'chai';
import {
  admits,
  answered,
  closedCircuit,
  failedOn,
  isOpen,
  isPanic,
  tried,
  type Circuit,
} from '../../../src/router/split/circuit-breaker.ts';
import { RoundRobin, type RoundRobinMember } from '../../../src/router/split/round-robin.ts';
import { taken, warmth } from '../../../src/router/split/slow-start.ts';

const rules = { failures: 3, openMs: 1000, longestMs: 4000, on5xx: false, atMost: 50 };

/** One step a word: `f` a failure, `+` an answer, `t` a request is sent, a number: so many milliseconds pass. */
function after(steps: string): { circuit: Circuit; now: number } {
  let circuit = closedCircuit;
  let now = 10_000;
  for (const step of steps.split(' ').filter((one) => one !== '')) {
    if (step === 'f') circuit = failedOn(circuit, now, rules);
    else if (step === '+') circuit = answered(circuit, now);
    else if (step === 't') circuit = tried(circuit, now, rules);
    else now += Number(step);
  }
  return { circuit, now };
}

const trip = 'f f f';
const cases: [name: string, steps: string, open: boolean, admits: boolean][] = [
  ['nothing happened', '', false, true],
  ['fewer failures than it takes', 'f f', false, true],
  ['failures with an answer between', 'f f + f f', false, true],
  ['failures in a row', trip, true, false],
  ['just before its time', `${trip} 999`, true, false],
  ['its time is up', `${trip} 1000`, true, true],
  ['one request tries it, no second one', `${trip} 1000 t`, true, false],
  ['the trial is answered', `${trip} 1000 t +`, false, true],
  ['the trial fails', `${trip} 1000 t f 1000`, true, false],
  ['twice as long after that', `${trip} 1000 t f 2000`, true, true],
  ['never longer than the longest', `${trip} 1000 t f 2000 t f 4000 t f 4000`, true, true],
  ['the trial has no verdict: another one is due', `${trip} 1000 t 1000`, true, true],
  ['answers to what was sent before do not close it', `${trip} +`, true, false],
  ['failures of what was sent before do not prolong it', `${trip} f f f 1000`, true, true],
  ['it fails again soon after: longer', `${trip} 1000 t + 100 ${trip} 1000`, true, false],
  ['it fails again after a long calm: as the first time', `${trip} 1000 t + 4000 ${trip} 1000`, true, true],
];

describe('circuit of an instance', () => {
  for (const [name, steps, open, admitted] of cases)
    it(`${name}: ${open ? 'open' : 'closed'}, ${admitted ? 'admits' : 'spares'}`, () => {
      const { circuit, now } = after(steps);
      expect([isOpen(circuit), admits(circuit, now)]).to.deep.equal([open, admitted]);
    });
  it('an answer is no news to a closed one: nothing is made', () => {
    expect(answered(closedCircuit, 5)).to.equal(closedCircuit);
  });
  it('0 failures: it never opens', () => {
    let circuit = closedCircuit;
    for (let i = 0; i < 50; i += 1) circuit = failedOn(circuit, i, { ...rules, failures: 0 });
    expect(isOpen(circuit)).to.equal(false);
  });
  it('too many open ones are a panic', () => {
    const table = [
      [0, 2, false],
      [1, 2, false],
      [2, 2, true],
      [1, 1, true],
      [1, 3, false],
      [2, 3, true],
      [2, 4, false],
    ] as const;
    for (const [open, healthy, panic] of table)
      expect(isPanic(open, healthy, rules), `${open} of ${healthy}`).to.equal(panic);
  });
});

interface Node extends RoundRobinMember {
  readonly name: string;
  usable: boolean;
}
const node = (name: string, more: Partial<Node> = {}): Node => ({
  name,
  usable: true,
  circuit: closedCircuit,
  warmSince: 0,
  credit: 0,
  ...more,
});
const open = (until = Number.POSITIVE_INFINITY): Partial<Node> => ({
  circuit: { ...closedCircuit, trips: 1, until },
});

/** How often each has its turn. */
function turns(nodes: Node[], count: number, slowStartMs = 0): Record<string, number> {
  const all = new RoundRobin(nodes, (one) => one.usable, { circuit: rules, slowStartMs });
  const counts: Record<string, number> = {};
  for (let i = 0; i < count; i += 1) {
    const name = all.next([])?.name ?? 'nobody';
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

describe('turns within an arm', () => {
  it('go round', () => {
    expect(turns([node('a'), node('b'), node('c')], 30)).to.deep.equal({ a: 10, b: 10, c: 10 });
  });
  it('leave out an open circuit', () => {
    expect(turns([node('a'), node('b', open()), node('c')], 30)).to.deep.equal({ a: 15, c: 15 });
  });
  it('give an open circuit whose time is up one request', () => {
    expect(turns([node('a'), node('b', open(1)), node('c')], 30)['b']).to.equal(1);
  });
  it('take all healthy ones when too many circuits are open', () => {
    expect(turns([node('a', open()), node('b', open()), node('c')], 30)).to.deep.equal({
      a: 10,
      b: 10,
      c: 10,
    });
  });
  it('count the unhealthy neither as open nor as healthy', () => {
    const sick = { usable: false };
    expect(turns([node('a', { ...open(), ...sick }), node('b', open()), node('c')], 30)).to.deep.equal({
      c: 30,
    });
  });
  it('give the only one everything, open or cold', () => {
    expect(turns([node('a', open())], 5)).to.deep.equal({ a: 5 });
    expect(turns([node('a', { warmSince: performance.now() })], 5, 60_000)).to.deep.equal({ a: 5 });
  });
  it('give nobody anything when nobody is usable', () => {
    expect(turns([node('a', { usable: false })], 2)).to.deep.equal({ nobody: 2 });
  });
  it('come to one that warms up less often, and evenly to the others', () => {
    const half = { warmSince: performance.now() - 1_800_000 };
    const counts = turns([node('a'), node('b', half), node('c')], 500, 3_600_000);
    expect(counts['b']).to.be.within(98, 102);
    expect(Math.abs((counts['a'] ?? 0) - (counts['c'] ?? 0))).to.be.lessThan(3);
  });
  it('are full again when it is warm', () => {
    const warm = node('b', { warmSince: performance.now() - 5000 });
    expect(turns([node('a'), warm], 20, 1000)).to.deep.equal({ a: 10, b: 10 });
    expect(warm.warmSince).to.equal(0);
  });
});

describe('slow start', () => {
  const table: [since: number, over: number, share: number][] = [
    [0, 0, 1],
    [0, 1000, 0.1],
    [50, 1000, 0.1],
    [500, 1000, 0.5],
    [1000, 1000, 1],
    [5000, 1000, 1],
  ];
  for (const [since, over, share] of table)
    it(`${since} ms of ${over}: ${share}`, () => expect(warmth(since, over)).to.equal(share));
  it('takes its share of the turns', () => {
    let credit = 0;
    let takes = 0;
    for (let i = 0; i < 1000; i += 1) {
      const turn = taken(credit, 0.3);
      credit = turn.credit;
      takes += turn.takes ? 1 : 0;
    }
    expect(takes).to.be.within(299, 301);
  });
});
