import { expect } from 'chai';
import {
  isRenewed,
  nextAction,
  pauseAfter,
  type WorkerSetFacts,
  type WorkerFacts,
} from '../../src/workers/supervise.ts';

const states = { s: 'starting', r: 'ready', x: 'stopping' } as const;

/** `r1 s2`: a ready one of the first generation and a starting one of the second, numbered in their order. */
const workers = (text: string): WorkerFacts[] =>
  text
    .split(' ')
    .filter(Boolean)
    .map((word, at) => ({
      number: at + 1,
      generation: Number(word.slice(1)),
      state: states[word[0] as 's' | 'r' | 'x'],
    }));

describe('workers: what a primary does next', () => {
  const facts = (text: string, more: Partial<WorkerSetFacts> = {}): WorkerSetFacts => ({
    ...{ workers: workers(text), wanted: 2, generation: 1, now: 1000, startAt: 0 },
    ...more,
  });
  const cases: [given: string, more: Partial<WorkerSetFacts>, deed: string][] = [
    ['', {}, 'start'],
    ['s1', {}, 'start'],
    ['s1 s1', {}, 'none'],
    ['r1 r1', {}, 'none'],
    ['r1', {}, 'start'],
    ['r1', { startAt: 1500 }, 'wait 1500'],
    ['r1', { startAt: 1000 }, 'start'],
    // A reload: one after the other, and nobody goes before another one serves.
    ['r1 r1', { generation: 2 }, 'start'],
    ['r1 r1 s2', { generation: 2 }, 'none'],
    ['r1 r1 r2', { generation: 2 }, 'stop 1'],
    ['x1 r1 r2', { generation: 2 }, 'start'],
    ['x1 r1 r2 s2', { generation: 2 }, 'none'],
    ['x1 r1 r2 r2', { generation: 2 }, 'stop 2'],
    ['x1 x1 r2 r2', { generation: 2 }, 'none'],
    ['r1', { generation: 2, wanted: 1 }, 'start'],
    ['r1 s2', { generation: 2, wanted: 1 }, 'none'],
    ['r1 r2', { generation: 2, wanted: 1 }, 'stop 1'],
    // One that dies in the middle of it is made up for at once.
    ['r1 s2', { generation: 2 }, 'start'],
    // Fewer, or more, are wanted.
    ['r2 r2 r2', { generation: 2 }, 'stop 3'],
    ['r2', { generation: 2, wanted: 3 }, 'start'],
  ];
  for (const [given, more, deed] of cases)
    it(`${given || 'nobody'} ${JSON.stringify(more)}: ${deed}`, () => {
      const found = nextAction(facts(given, more));
      const shown = { start: 'start', none: 'none', stop: 'stop', wait: 'wait' }[found.kind];
      const about = 'number' in found ? ` ${found.number}` : 'until' in found ? ` ${found.until}` : '';
      expect(`${shown}${about}`).to.equal(deed);
    });

  it('a reload never leaves fewer serving than are wanted, whatever the number', () => {
    for (let wanted = 1; wanted <= 9; wanted += 1) {
      let all: WorkerFacts[] = Array.from({ length: wanted }, (_, at) => ({
        ...{ number: at + 1, generation: 1, state: 'ready' as const },
      }));
      let next = wanted + 1;
      for (let step = 0; !isRenewed({ ...facts(''), workers: all, wanted, generation: 2 }); step += 1) {
        expect(step, `${wanted} workers`).to.be.lessThan(10 * wanted);
        const deed = nextAction({ ...facts(''), workers: all, wanted, generation: 2 });
        if (deed.kind === 'start') all = [...all, { number: next++, generation: 2, state: 'starting' }];
        else if (deed.kind === 'stop')
          all = all.map((one) => (one.number === deed.number ? { ...one, state: 'stopping' } : one));
        else all = all.map((one) => (one.state === 'starting' ? { ...one, state: 'ready' } : one));
        const serving = all.filter(({ state }) => state === 'ready').length;
        expect(serving, `${wanted} workers, step ${step}`).to.be.within(wanted, wanted + 1);
      }
      expect(all.filter(({ generation, state }) => generation === 2 && state === 'ready')).to.have.length(
        wanted,
      );
    }
  });

  it('the first death is made up for at once, then slower, at most every 5 s', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7, 100].map(pauseAfter)).to.deep.equal([
      0, 0, 250, 500, 1000, 2000, 4000, 5000, 5000,
    ]);
  });
});
