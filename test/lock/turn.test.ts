import { expect } from 'chai';
import { lockWorld } from '../support/services/lock.ts';
import { thrown } from '../support/thrown.ts';

const of = (order: number, job = 'shop/release') => ({
  turn: { job, order },
  holder: `${job} #${order}`,
  url: `http://jenkins/${order}/`,
});

describe('whose turn it is among the runs of one job', () => {
  it('an older run that comes after a newer one gives way, whoever has the lock', async () => {
    const { take } = lockWorld();
    const newer = await take(of(6));
    const error = await thrown(take({ ...of(5), waitMs: 60_000 }));
    expect([error.code, error.exit]).to.deep.equal(['superseded', 4]);
    expect(error.message).to.equal(
      'superseded on production: shop/release #6 http://jenkins/6/, a newer run of this job, has asked for it',
    );
    await newer.release();
    expect((await thrown(take(of(5)))).code).to.equal('superseded');
  });

  it('a newer run that a person started is named by both', async () => {
    const { take } = lockWorld();
    await (await take({ ...of(6), holder: 'anna', run: 'jenkins-shop-6' })).release();
    expect((await thrown(take(of(5)))).message).to.contain(
      'anna (jenkins-shop-6) http://jenkins/6/, a newer run',
    );
  });

  it('an older run that waits gives way as soon as a newer one asks, and one that works does not', async () => {
    const { take, clock } = lockWorld();
    const first = await take(of(4));
    const waiting = thrown(take({ ...of(5), waitMs: 3_600_000 }));
    await clock.advance(5000);
    const newest = take({ ...of(6), waitMs: 3_600_000 });
    await clock.advance(500);
    expect((await waiting).code).to.equal('superseded');
    expect(first.lost.aborted).to.equal(false);
    await first.release();
    await clock.advance(500);
    await (await newest).release();
  });

  it('the same run may ask again, a newer one too, and another job has an order of its own', async () => {
    const { take } = lockWorld();
    for (const turn of [of(5), of(5), of(6), of(1, 'shop/dev'), of(6)]) await (await take(turn)).release();
    expect((await thrown(take(of(5)))).code).to.equal('superseded');
  });

  it('asks for all environments before it takes the first', async () => {
    const { take, clock } = lockWorld();
    const held = await take({ environments: ['production'], holder: 'anna' });
    const promote = take({ ...of(6), environments: ['canary', 'production'], waitMs: 3_600_000 });
    await clock.advance(500);
    for (const environment of ['canary', 'production'])
      expect((await thrown(take({ ...of(5), environments: [environment] }))).code).to.equal('superseded');
    await held.release();
    await clock.advance(500);
    await (await promote).release();
  });

  it('without an order gives way to nobody; a record that nobody can read keeps nobody', async () => {
    const { take, store } = lockWorld();
    await (await take(of(6))).release();
    await (await take()).release();
    const key = Object.keys(store.dump()).find((name) => name.includes(':asked:')) ?? '';
    expect(key).to.equal('canopy:shop:asked:production:shop%2Frelease');
    expect(store.ttl(key)).to.equal(30 * 86_400_000);
    for (const text of [
      '',
      'x',
      '{}',
      '{"version":2,"order":9}',
      '{"version":1,"order":"9","by":"","url":""}',
    ]) {
      await store.set(key, text);
      await (await take(of(2))).release();
    }
  });

  it('leaves nothing held when it gives way', async () => {
    const { take, store } = lockWorld();
    await (await take(of(6))).release();
    await thrown(take({ ...of(5), environments: ['canary', 'production'] }));
    expect(Object.keys(store.dump()).filter((name) => /:lock:\w+$/.test(name))).to.deep.equal([]);
  });
});
