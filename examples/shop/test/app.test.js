import { expect } from 'chai';
import { buildApp } from '../src/app.js';
import { settingsFrom } from '../src/settings.js';

const settings = settingsFrom({ CANOPY_RELEASE: 'r1', CANOPY_INSTANCE: 'web-1' });

describe('the shop', () => {
  let app;
  let checkout;

  beforeEach(async () => {
    checkout = false;
    app = await buildApp({ settings, flag: async (name) => name === 'checkout' && checkout });
  });
  afterEach(() => app.close());

  it('tells its release and instance on every answer', async () => {
    for (const url of ['/', '/health', '/api/items', '/style.css', '/nowhere']) {
      const answer = await app.inject(url);
      expect(answer.headers, url).to.include({ 'x-release': 'r1', 'x-instance': 'web-1' });
    }
  });

  it('is healthy', async () => {
    const answer = await app.inject('/health');
    expect(answer.statusCode).to.equal(200);
    expect(answer.json()).to.deep.equal({ ok: true, release: 'r1', instance: 'web-1' });
  });

  it('shows the new checkout only while the flag is on', async () => {
    expect((await app.inject('/')).body)
      .to.include('flag checkout off')
      .and.not.include('<button>');
    checkout = true;
    expect((await app.inject('/')).body)
      .to.include('flag checkout on')
      .and.include('<button>');
  });

  it('lists what it sells', async () => {
    const { items } = (await app.inject('/api/items')).json();
    expect(items.map((item) => item.id)).to.deep.equal(['rye', 'baguette', 'brioche']);
  });

  it('takes an order', async () => {
    const answer = await app.inject({
      method: 'POST',
      url: '/api/orders',
      payload: { item: 'rye', count: 2 },
    });
    expect(answer.statusCode).to.equal(201);
    expect(answer.json()).to.deep.equal({ item: 'rye', count: 2, cents: 840 });
  });

  it('refuses an order that makes no sense', async () => {
    const order = (payload) => app.inject({ method: 'POST', url: '/api/orders', payload });
    expect((await order({ item: 'rye', count: 0 })).statusCode).to.equal(400);
    expect((await order({ count: 1 })).statusCode).to.equal(400);
    expect((await order({ item: 'car', count: 1 })).statusCode).to.equal(404);
  });

  it('escapes what it did not write itself', async () => {
    const odd = await buildApp({ settings: { ...settings, instance: '<b>' }, flag: async () => false });
    expect((await odd.inject('/')).body).to.not.include('instance <b>');
    await odd.close();
  });
});
