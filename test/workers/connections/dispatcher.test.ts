import { expect } from 'chai';
import { Dispatcher } from '../../../src/workers/connections/dispatcher.ts';
import type { SocketHandle } from '../../../src/workers/connections/sockets.ts';
import { chanceOf } from '../../soak/random.ts';

interface Dealt extends SocketHandle {
  closed: number;
}

const connection = (): Dealt => {
  const made: Dealt = {
    ...{ closed: 0, onconnection: null },
    getsockname: () => 0,
    listen: () => 0,
    close: () => void (made.closed += 1),
  };
  return made;
};

describe('workers: the dealing of connections', () => {
  const table = (numbers: number[]) => {
    const got = new Map<number, Dealt[]>(numbers.map((number) => [number, []]));
    const hands = numbers.map((number) => ({
      number,
      send: (_: object, handle?: SocketHandle) => void got.get(number)?.push(handle as Dealt),
    }));
    const serving = new Set(numbers);
    const dealer = new Dispatcher(() => hands.filter(({ number }) => serving.has(number)));
    return { got, serving, dealer, count: () => numbers.map((number) => got.get(number)?.length) };
  };

  it('each goes to the one that holds the fewest, equal ones take turns', () => {
    const { dealer, count } = table([1, 2, 3]);
    for (let at = 0; at < 9; at += 1) dealer.dispatch(connection());
    expect(count()).to.deep.equal([3, 3, 3]);
    dealer.took(2, 3, 0);
    for (let at = 0; at < 3; at += 1) dealer.dispatch(connection());
    expect(count()).to.deep.equal([3, 6, 3]);
  });

  it('one at a time, each closed before the next: all have their turn', () => {
    const { dealer, count } = table([1, 2]);
    for (let at = 1; at <= 10; at += 1) {
      dealer.dispatch(connection());
      for (const [index, taken] of count().entries()) dealer.took(index + 1, taken ?? 0, 0);
    }
    expect(count()).to.deep.equal([5, 5]);
  });

  it('ours is closed when the worker has taken it, not before', () => {
    const { got, dealer } = table([1]);
    dealer.dispatch(connection());
    dealer.dispatch(connection());
    const [first, second] = got.get(1) ?? [];
    dealer.took(1, 1, 1);
    expect([first?.closed, second?.closed]).to.deep.equal([1, 0]);
  });

  it('what a dead worker had not taken goes to another one, or waits for one', () => {
    const { got, serving, dealer } = table([1, 2]);
    serving.delete(2);
    for (let at = 0; at < 3; at += 1) dealer.dispatch(connection());
    dealer.took(1, 1, 1);
    serving.clear();
    dealer.gone(1);
    expect(dealer.waiting).to.equal(2);
    serving.add(2);
    dealer.flush();
    expect(got.get(2)).to.deep.equal(got.get(1)?.slice(1));
    expect(got.get(2)?.map(({ closed }) => closed)).to.deep.equal([0, 0]);
  });

  it('not more than 2048 wait, and none at the end', () => {
    const { dealer } = table([]);
    const all = Array.from({ length: 2050 }, connection);
    for (const one of all) dealer.dispatch(one);
    expect(all.filter(({ closed }) => closed > 0)).to.deep.equal(all.slice(2048));
    dealer.end();
    expect(all.every(({ closed }) => closed === 1)).to.equal(true);
  });

  const seed = Date.now() % 2 ** 31;
  it(`never loses one and never has one in two hands that live (seed ${seed})`, () => {
    const { next, int, hit } = chanceOf(seed);
    const { got, serving, dealer } = table([1, 2, 3, 4]);
    const taken = new Map<number, number>();
    const dead = new Set<number>();
    const all: Dealt[] = [];
    for (let step = 0; step < 3000; step += 1) {
      const number = int(1, 4);
      if (next() < 0.7) {
        const one = connection();
        all.push(one);
        dealer.dispatch(one);
      } else if (!dead.has(number) && hit(0.99)) {
        const most = got.get(number)?.length ?? 0;
        const now = int(taken.get(number) ?? 0, most);
        taken.set(number, now);
        dealer.took(number, now, int(0, 20));
      } else if (dead.size < 3 && !dead.has(number)) {
        dead.add(number);
        serving.delete(number);
        dealer.gone(number);
      }
    }
    for (const one of all) {
      const holders = [...got].filter(([, list]) => list.includes(one)).map(([number]) => number);
      const living = holders.filter((number) => !dead.has(number));
      const was = holders.some(
        (number) => (got.get(number)?.indexOf(one) ?? -1) < (taken.get(number) ?? 0) && dead.has(number),
      );
      expect(living.length + Number(was), JSON.stringify(holders)).to.equal(1);
    }
  });
});
