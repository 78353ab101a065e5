import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { queryUrl } from '../../src/gates/inquiry.ts';
import { needs } from '../support/needs.ts';
import { startPrometheus, type RunningPrometheus } from '../support/services/prometheus.ts';
import { waitFor } from '../support/wait-for.ts';
import { world, type World } from './setting.ts';

describe('gates: a query of a real Prometheus', function () {
  this.timeout(60_000);
  before(needs('prometheus'));
  let slow = 2;
  const shop = createServer((_, answer) => {
    answer.setHeader('content-type', 'text/plain; version=0.0.4');
    answer.end(`shop_slow{arm="canary"} ${slow}\nshop_errors{arm="canary"} 0\nshop_errors{arm="stable"} 1\n`);
  });
  let prometheus: RunningPrometheus;
  before(async () => {
    shop.listen(0, '127.0.0.1');
    await once(shop, 'listening');
    prometheus = await startPrometheus(`127.0.0.1:${(shop.address() as AddressInfo).port}`);
  });
  after(async () => {
    await (prometheus as RunningPrometheus | undefined)?.stop();
    shop.close();
  });

  const of = (query: string, more: string, asked = 'login: ${env:LOGIN}'): World =>
    world(`{ name: q, prometheus: { url: ${prometheus.url}, query: '${query}', ${asked} }, ${more} }`, {
      env: { LOGIN: prometheus.login },
    });

  for (const [says, query, limits, outcome, reason] of [
    ['a vector with one sample', 'shop_slow{arm="canary"}', 'max: 5', 'pass', 'q: 2, at most 5'],
    ['a scalar', 'scalar(shop_slow) * 2.5', 'min: 5', 'pass', 'q: 5, at least 5'],
    ['a value above max', 'shop_slow + 4', 'max: 5', 'fail', 'q: 6 is above 5'],
    ['a value below min', 'shop_slow - 4', 'min: -1, max: 9', 'fail', 'q: -2 is below -1'],
    [
      'signs that a URL escapes',
      'shop_slow{arm=~"can.+ry|x&y=z"} % 3 + 1 > 0',
      'max: 5',
      'pass',
      'q: 3, at most 5',
    ],
    ['no sample', 'shop_quick', 'max: 5', 'unknown', 'q: the query finds nothing (empty: unknown)'],
    [
      'no sample, empty: pass',
      'shop_quick',
      'max: 5, empty: pass',
      'pass',
      'q: the query finds nothing (empty: pass)',
    ],
    [
      'no sample, empty: fail',
      'shop_quick',
      'max: 5, empty: fail',
      'fail',
      'q: the query finds nothing (empty: fail)',
    ],
    ['NaN', 'vector(0) / 0', 'max: 5', 'unknown', 'q: the value is NaN (empty: unknown)'],
    ['Inf', 'vector(1) / 0', 'max: 5', 'fail', 'q: +Inf is above 5'],
    ['-Inf', 'vector(-1) / 0', 'max: 5', 'pass', 'q: -Inf, at most 5'],
    [
      'several samples',
      'shop_errors',
      'max: 5, errors: 1',
      'fail',
      'q: no answer once: the query gives 2 samples, not one: put sum(), avg() or max() around it',
    ],
    [
      'a range',
      'shop_slow[5m]',
      'max: 5',
      'unknown',
      'q: no answer, 1 of 4 in a row: the query gives a matrix: it has to give one value now, without a range like [5m] at its end',
    ],
    ['a text', '"five"', 'max: 5', 'unknown', /^q: no answer, 1 of 4 in a row: the query gives a string/],
    [
      'a query that is none',
      'rate(',
      'max: 5',
      'unknown',
      /^q: no answer, 1 of 4 in a row: bad_data: .*parse error/,
    ],
  ] as const)
    it(says, async () => {
      const verdict = await of(query, limits).at(0);
      expect(verdict.outcome).to.equal(outcome);
      expect(verdict.reasons).to.have.length(1);
      if (typeof reason === 'string') expect(verdict.reasons[0]).to.equal(reason);
      else expect(verdict.reasons[0]).to.match(reason);
    });

  it('fails when what it measures grows, after so many noes in a row', async () => {
    const { at, gates, lines } = of('shop_slow', 'max: 5, failures: 3, every: 10s');
    expect((await at(0)).outcome).to.equal('pass');
    slow = 8;
    let second = 0;
    const verdict = await waitFor('three noes', async () => {
      const now = await at((second += 10));
      return now.outcome === 'fail' && now;
    });
    expect(verdict.reasons).to.deep.equal(['q: 8 is above 5, 3 in a row']);
    expect(gates.standings()['q']).to.include({ noes: 3, value: 8, outcome: 'fail' });
    expect(lines.map((line) => line.trim())).to.include(
      'warn  gate q: not known: 8 is above 5, 1 of 3 in a row',
    );
    slow = 2;
  });

  it('is not let in without its login, and shows it nowhere', async () => {
    const none = await of('shop_slow', 'max: 5', '').at(0);
    expect(none.reasons).to.deep.equal([
      'q: no answer, 1 of 4 in a row: it answers 401: is token or login right?',
    ]);
    const { at, lines } = of('sword_of_the_gate()', 'max: 5');
    const { reasons } = await at(0);
    expect(`${lines.join()} ${reasons.join()}`).to.contain('[secret]').and.not.to.contain('sword');
  });

  it('waits no longer than its limit, and fails when it hears nothing so many times', async () => {
    const { at } = of('shop_slow', 'max: 5, errors: 2, timeout: 300ms');
    prometheus.freeze();
    try {
      expect((await at(0)).reasons).to.deep.equal(['q: no answer, 1 of 2 in a row: nothing within 300 ms']);
      expect(await at(10)).to.deep.equal({
        outcome: 'fail',
        reasons: ['q: no answer 2 times in a row: nothing within 300 ms'],
      });
    } finally {
      prometheus.thaw();
    }
  });

  it('keeps the path and the parameters of its address', () => {
    expect(queryUrl('https://m.example/prom/?tenant=a', 'up == 1')).to.equal(
      'https://m.example/prom/api/v1/query?tenant=a&query=up+%3D%3D+1',
    );
  });
});
