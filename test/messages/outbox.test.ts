import { expect } from 'chai';
import { messageHistory } from '../../src/messages/index.ts';
import { fakeProvider, type Manner } from './provider.ts';
import { order, outboxWorld } from './world.ts';

const open = 'canopy:shop:message:open:';

describe('the outbox of messages', () => {
  const cases: readonly [manners: Manner[], carried: number, outcome: string, finds: number][] = [
    [['answers'], 1, 'accepted', 0],
    [['accepts and resets', 'answers'], 1, 'accepted', 1],
    [['throws', 'answers'], 1, 'accepted', 1],
    [['loses', 'answers'], 1, 'accepted', 1],
    [['loses', 'loses', 'accepts and resets', 'answers'], 1, 'accepted', 3],
    [['busy', 'busy', 'answers'], 1, 'accepted', 0],
    [['busy'], 0, 'failed', 0],
    [['loses'], 0, 'failed', 8],
    [['busy', 'refuses'], 0, 'failed', 0],
    [['refuses'], 0, 'failed', 0],
  ];
  for (const [manners, carried, outcome, finds] of cases)
    it(`a provider that ${manners.join(', ')}: ${carried} carried out, ${outcome}`, async () => {
      const provider = fakeProvider([...manners]);
      const { store, open: start, ended } = outboxWorld(provider);
      const outbox = start();
      const end = await ended(outbox, order());
      expect(end).to.include({ is: outcome, providerId: outcome === 'accepted' ? 'P1' : null });
      expect([provider.carried.length, provider.asked.finds]).to.deep.equal([carried, finds]);
      await outbox.close(order());
      await outbox.close(order());
      const told = await messageHistory(store, 'shop', 0);
      expect(told.map(({ id, outcome: is }) => [id, is])).to.deep.equal([[order().id, outcome]]);
      expect(await store.list(open)).to.deep.equal([]);
      expect(await outbox.deliver(order()), 'asked once more').to.deep.equal(end);
      expect(provider.carried).to.have.length(carried);
    });

  it('holds no address and no text in the store', async () => {
    const { store, open: start } = outboxWorld(fakeProvider(['loses']));
    await start().deliver(order());
    const all = JSON.stringify(store.dump());
    expect(all)
      .to.contain('i-abcdefgh.1.0.ann.sms')
      .and.not.to.contain('+4917')
      .and.not.to.contain('site is');
  });

  it('waits as long as the provider wants, and not longer than makes sense', async () => {
    const provider = fakeProvider(['busy', 'answers']);
    const { clock, open: start } = outboxWorld(provider);
    const outbox = start();
    expect(await outbox.deliver(order())).to.equal(null);
    await clock.advance(2400);
    expect(await outbox.deliver(order())).to.equal(null);
    await clock.advance(200);
    expect(await outbox.deliver(order())).to.include({ is: 'accepted' });
    provider.send = async () => ({ is: 'later', reason: 'too many requests', afterMs: 3_600_000 });
    expect(await outbox.deliver(order('i-abcdefgh.2.0.carl.sms', 'carl'))).to.include({ is: 'failed' });
  });

  it('lets one at a time go to an address, whoever reads it there', async () => {
    const provider = fakeProvider(['accepts and resets', 'answers']);
    const { clock, open: start, ended } = outboxWorld(provider);
    const outbox = start();
    expect(await outbox.deliver(order())).to.equal(null);
    await clock.advance(1000);
    const bob = order('i-abcdefgh.1.0.bob.sms', 'bob');
    expect(await outbox.deliver(bob)).to.equal(null);
    expect(provider.asked.sends).to.equal(1);
    expect(await ended(outbox, bob)).to.include({ is: 'accepted', providerId: 'P2' });
    expect(provider.carried).to.have.length(2);
    expect((await outbox.deliver(order()))?.providerId).to.equal('P1');
  });

  it('takes no message of another for its own', async () => {
    const provider = fakeProvider(['answers', 'loses', 'answers']);
    const { open: start, ended } = outboxWorld(provider);
    const outbox = start();
    await outbox.deliver(order());
    await outbox.close(order());
    // A call is found by its two numbers: the newest one is the one before.
    provider.tells = { is: 'sent', providerId: 'P1', outcome: 'accepted' };
    const next = order('i-abcdefgh.1.1.ann.sms');
    expect(await ended(outbox, next)).to.include({ providerId: 'P2' });
  });

  it('sends nothing from a number of another application', async () => {
    const provider = fakeProvider();
    const { store, open: start } = outboxWorld(provider);
    await start({ app: 'other' }).deliver(order());
    const end = await start().deliver(order());
    expect(end).to.include({ is: 'failed' });
    expect(end?.why).to.contain('+15550100').and.to.contain('other');
    expect(provider.carried).to.have.length(1);
    expect(await store.get('canopy:from:+15550100')).to.equal('other');
  });

  it('asks a provider that knows our ids again, and looks nothing up', async () => {
    const provider = fakeProvider(['accepts and resets', 'answers'], true);
    const { open: start, ended } = outboxWorld(provider);
    expect(await ended(start(), order())).to.include({ is: 'accepted' });
    expect([provider.carried.length, provider.asked.finds]).to.deep.equal([1, 0]);
  });

  for (const [by, sends, seconds] of [
    ['mail', 3, 200],
    ['chat', 3, 200],
    ['sms', 1, 1200],
    ['call', 1, 1200],
  ] as const)
    it(`${by} that nobody can look up goes ${sends} times at most, and is uncertain then`, async () => {
      const provider = fakeProvider(['accepts and resets']);
      provider.tells = { is: 'unknown', reason: 'nobody tells' };
      const { log, open: start, ended } = outboxWorld(provider);
      const asked = order(`i-abcdefgh.1.0.ann.${by}`, 'ann', by);
      expect(await ended(start(), asked, seconds)).to.include({ is: 'uncertain', why: 'nobody tells' });
      expect(provider.asked.sends).to.equal(sends);
      expect(log.lines.join('\n')).to.contain('is not known');
    });

  it('does not guess when the address has changed in between', async () => {
    const provider = fakeProvider(['accepts and resets', 'answers']);
    const { clock, phones, open: start, ended } = outboxWorld(provider);
    await start().deliver(order());
    phones['ann'] = '+491700000009';
    await clock.advance(1000);
    const end = await ended(start(), order());
    expect(end?.is).to.equal('uncertain');
    expect(end?.why).to.contain('has changed');
    expect(provider.asked.sends).to.equal(1);
  });

  it('sends to the new address what has surely not gone to the old one', async () => {
    const provider = fakeProvider(['busy', 'answers']);
    const { phones, open: start, ended } = outboxWorld(provider);
    const outbox = start();
    await outbox.deliver(order());
    phones['ann'] = '+491700000009';
    expect(await ended(outbox, order())).to.include({ is: 'accepted' });
    expect(provider.carried.map(({ to }) => to)).to.deep.equal(['+491700000009']);
  });

  it('says so when canopy.yml has no way to somebody', async () => {
    const { open: start } = outboxWorld(fakeProvider());
    const end = await start().deliver(order('i-abcdefgh.1.0.zoe.sms', 'zoe'));
    expect(end).to.include({ is: 'failed' });
    expect(end?.why).to.contain('zoe');
  });

  it('sends nothing because of what somebody else has written there, and tells it', async () => {
    const provider = fakeProvider();
    const { store, clock, log, open: start } = outboxWorld(provider);
    await start().deliver(order());
    const [key = ''] = await store.list(open);
    const good = (await store.get(key)) ?? '';
    const forged = [
      'garbage',
      '{}',
      good.replace('"by":"sms"', '"by":"call"'),
      good.replace(/"address":"[^"]+"/, '"address":"../../etc/passwd"'),
      good.replace(/"sendBy":\d+/, '"sendBy":8000000000000000'),
      JSON.stringify({ ...JSON.parse(good), to: '+15550199', command: 'rm -rf /', outcome: 'sent' }),
    ];
    for (const text of forged) {
      await store.set(key, text);
      await start().recover();
      expect(await store.get(key), text).to.equal(null);
    }
    await store.set(`${open}sms:0123456789abcdef`, good.replace('"ann"', '"zoe"'));
    await start().recover();
    await clock.advance(600_000);
    await start().recover();
    expect(provider.asked.sends).to.equal(1);
    expect(log.lines.filter((line) => line.includes('no delivery of ours'))).to.have.length(7);
    expect(await store.list('canopy:shop:unreadable:')).not.to.deep.equal([]);
  });

  it('frees what nobody comes back to, once it was looked up', async () => {
    const provider = fakeProvider(['loses', 'answers']);
    const { clock, open: start, ended } = outboxWorld(provider);
    await start().deliver(order('i-aaaaaaaa.1.0.ann.sms'));
    await clock.advance(1000);
    const other = start();
    expect(await ended(other, order())).to.include({ is: 'accepted' });
    expect(provider.carried.map(({ id }) => id)).to.deep.equal([order().id]);
  });
});
