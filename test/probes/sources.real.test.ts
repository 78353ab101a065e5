import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { readConfig } from '../../src/config/index.ts';
import { openHttp } from '../../src/drivers/http.ts';
import { noCounts } from '../../src/judge/index.ts';
import type { Opener } from '../../src/opener.ts';
import { openArmCounters, querySamples } from '../../src/probes/index.ts';
import { tellCounted } from '../../src/traffic/index.ts';
import { fakeStore } from '../fakes/store.ts';
import { needs } from '../support/needs.ts';
import { quietLog } from '../support/quiet-log.ts';
import { startPrometheus, type RunningPrometheus } from '../support/services/prometheus.ts';

const read = (text: string) => readConfig(text, '/app/canopy.yml', { HOME: '/' }).config;

describe('a query that a rule asks for', function () {
  this.timeout(60_000);
  before(needs('prometheus'));
  const http = openHttp();
  let prometheus: RunningPrometheus;
  const metrics = createServer((_, answer) => answer.end('shop_slow_queries 7\n'));
  before(async () => {
    await once(metrics.listen(0, '127.0.0.1'), 'listening');
    prometheus = await startPrometheus(`127.0.0.1:${(metrics.address() as AddressInfo).port}`);
  });
  after(async () => {
    metrics.close();
    metrics.closeAllConnections();
    await prometheus?.stop();
    await http.close();
  });
  const ask = async (query: string, login = prometheus.login) => {
    const { watch } = read(`app: shop
watch: { rules: [{ name: slow, when: { prometheus: { url: "${prometheus.url}", query: '${query}', login: "${login}" }, max: 5 } }, { name: other, when: down }] }`);
    const [one, ...more] = await querySamples(
      watch?.rules ?? [],
      5000,
      async () => http,
      () => 1,
    );
    expect(more).to.deep.equal([]);
    expect(one).to.include({ metric: 'prometheus:slow', target: 'slow', at: 1 });
    return one;
  };

  it('is asked of a real Prometheus: a value, one beyond all numbers, and what is not known', async () => {
    expect(await ask('max(shop_slow_queries)')).to.include({ value: 7, why: '7 is above 5' });
    expect((await ask('2 + 1'))?.value).to.equal(3);
    expect((await ask('1 / 0'))?.value).to.equal(Infinity);
    expect((await ask('-1 / 0'))?.value).to.equal(-Infinity);
    expect(await ask('nothing_of_that_name')).to.include({ value: null });
    expect((await ask('up', 'gate:wrong'))?.why).to.match(/401/);
  });

  it('is not known while it does not answer', async () => {
    prometheus.freeze();
    const { watch } = read(`app: shop
watch: { rules: [{ name: slow, when: { prometheus: { url: "${prometheus.url}", query: up }, max: 5 } }] }`);
    const [one] = await querySamples(
      watch?.rules ?? [],
      300,
      async () => http,
      () => 1,
    );
    prometheus.thaw();
    expect(one).to.include({ value: null, why: 'nothing within 300 ms' });
  });
});

describe('what the balancer has counted', () => {
  const environments =
    'environments: { p: { path: /srv/shop, service: { systemd: s }, instances: [{ name: a, host: a, url: http://a }] } }';

  it('is read of each router that lives', async () => {
    const store = fakeStore();
    const config = read(`app: shop\n${environments}\ntraffic: { stable: p }`);
    const readings = openArmCounters(config, {} as Opener, store, quietLog());
    expect(await readings?.()).to.deep.equal([]);
    const counts = { ...noCounts, requests: 5, errors: 1, byClass: { '2xx': 4, '5xx': 1 } };
    await tellCounted('shop', store, { id: 'r1', turns: 0, stable: counts, canary: noCounts, before: null });
    const [found] = (await readings?.()) ?? [];
    expect(found).to.deep.include({ source: 'r1' });
    expect(found?.stable).to.include({ requests: 5, errors: 1 });
    expect(found?.canary).to.include({ requests: 0, errors: 0 });
  });

  it('is nothing where nobody counts', () => {
    const traffic = (balancer: string) =>
      openArmCounters(
        read(`app: shop\n${environments}\ntraffic: { stable: p, balancer: ${balancer} }`),
        ...([{} as Opener, fakeStore(), quietLog()] as const),
      );
    expect(traffic('none')).to.equal(null);
    expect(traffic('{ commands: { drain: a, ready: b } }')).to.equal(null);
  });
});
