import { expect } from 'chai';
import type { ToWorker } from '../../src/workers/connections/messages.ts';
import { Relay } from '../../src/workers/relay.ts';
import { waitFor } from '../support/wait-for.ts';

describe('workers: questions to all others', () => {
  const scene = (limits = { answerMs: 10_000, insistMs: 10_000 }) => {
    const sent: (readonly [number, ToWorker])[] = [];
    const killed: number[] = [];
    const heard: unknown[] = [];
    const hand = (number: number) => ({
      number,
      send: (message: ToWorker) => void sent.push([number, message]),
    });
    const relay = new Relay(limits, {
      kill: (number) => void killed.push(number),
      kept: (what) => (what === 'count' ? { from: 0, body: 100 } : null),
      heard: (...said) => void heard.push(said),
    });
    const ask = (what: string, others: number[], insist = false) =>
      relay.ask(hand(1), { kind: 'ask', id: 7, what, body: null, insist }, others.map(hand));
    const answers = () =>
      sent.flatMap(([to, message]) => (to === 1 && message.kind === 'answers' ? [message] : []));
    return { relay, ask, sent, killed, heard, answers };
  };

  it('each other one is asked, and all answers come back under the number of the question', () => {
    const { relay, ask, sent, heard, answers } = scene();
    ask('state', [2, 3]);
    expect(sent).to.deep.equal([2, 3].map((to) => [to, { kind: 'asked', id: 1, what: 'state', body: null }]));
    relay.answered(3, 1, 'c');
    relay.answered(3, 1, 'twice');
    relay.answered(2, 99, 'to nothing');
    expect(answers()).to.deep.equal([]);
    relay.answered(2, 1, 'b');
    const all = [
      { from: 3, body: 'c' },
      { from: 2, body: 'b' },
    ];
    expect(answers()).to.deep.equal([{ kind: 'answers', id: 7, answers: all }]);
    expect(heard).to.deep.equal([
      [1, 'state', null],
      [3, 'state', 'c'],
      [2, 'state', 'b'],
    ]);
  });

  it('alone: answered at once, with what is kept', () => {
    const { ask, answers } = scene();
    ask('count', []);
    expect(answers()).to.deep.equal([{ kind: 'answers', id: 7, answers: [{ from: 0, body: 100 }] }]);
  });

  it('one that ends is not waited for; what it last said stands for its answer, once', () => {
    const { relay, ask, answers } = scene();
    ask('count', [2, 3]);
    relay.answered(2, 1, 5);
    relay.gone(2, () => 5);
    relay.gone(3, (what) => (what === 'count' ? 4 : null));
    const all = [
      { from: 0, body: 100 },
      { from: 2, body: 5 },
      { from: 3, body: 4 },
    ];
    expect(answers()).to.deep.equal([{ kind: 'answers', id: 7, answers: all }]);
  });

  it('who does not answer in time is left out, or killed where it is insisted upon', async () => {
    const soon = { answerMs: 10, insistMs: 10 };
    const one = scene(soon);
    one.ask('state', [2, 3]);
    one.relay.answered(2, 1, 'b');
    await waitFor('the answer', () => one.answers().length > 0);
    expect(one.answers()[0]?.answers).to.deep.equal([{ from: 2, body: 'b' }]);
    expect(one.killed).to.deep.equal([]);

    const other = scene(soon);
    other.ask('state', [2, 3], true);
    other.relay.answered(2, 1, 'b');
    await waitFor('the kill', () => other.killed.length > 0);
    expect([other.killed, other.answers()]).to.deep.equal([[3], []]);
    other.relay.gone(3, () => null);
    expect(other.answers()[0]?.answers).to.deep.equal([{ from: 2, body: 'b' }]);
  });
});
