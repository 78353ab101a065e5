import { expect } from 'chai';
import { readConfig } from '../../src/config/index.ts';
import { explainAnalysis } from '../../src/explain/index.ts';
import type { Power } from '../../src/judge/index.ts';

const of = (canary: string, traffic = '10/s', base: number | null = null) =>
  explainAnalysis(readConfig(`app: shop\n${canary}`, '/app/canopy.yml', { HOME: '/' }).config, traffic, base);
const usual = 'canary: { steps: [{ weight: 5%, for: 2m }, { weight: 33%, for: 5m }] }';
type Tables = { stableErrors: number; steps: Power[] }[];

describe('explain analysis', function () {
  this.timeout(30_000);

  it('prints a row for each step, for the usual rates of errors', () => {
    const { text, data } = of(usual);
    const tables = data['tables'] as Tables;
    expect(tables.map((one) => [one.stableErrors, one.steps.map(({ share }) => share)])).to.deep.equal([
      [0.1, [0.05, 0.33]],
      [1, [0.05, 0.33]],
    ]);
    const rows = text.split('\n').filter((line) => /^ {2}(5|33)% for/.test(line));
    expect(rows).to.have.length(4);
    expect(rows[1]).to.match(/^ {2}33% for 5m +\d+ in \d min.* \+\d+(\.\d)? points$/);
    expect(text).to.match(/^10\/s requests for both arms together; bucket: 10s, confidence: 99%/);
    expect(text).not.to.match(/NaN|undefined|null/);
  });

  it('takes the traffic, the rate and the analysis that are given', () => {
    const own =
      'canary: { steps: [{ weight: 50%, for: 1h }], analysis: { maxErrorRateIncrease: 5%, maxLatencyIncrease: off } }';
    const { text, data } = of(own, '600/m', 2);
    expect(data).to.include({ perSecond: 10 });
    const [table] = data['tables'] as Tables;
    expect(table?.stableErrors).to.equal(2);
    expect(table?.steps[0]?.abortSlow).to.equal('off');
    expect(table?.steps[0]?.abort[1]?.after?.ms).to.be.at.most(300_000);
    expect(text).to.contain('not judged').and.to.contain('maxLatencyIncrease: off');
  });

  it('says when a step cannot be expected to pass, and leaves it out otherwise', () => {
    expect(of(usual).text).to.contain('the step of 5% seldom passes within its time and maxWait: 30m');
    expect(of('canary: { steps: [{ weight: 33%, for: 15m }] }', '100/s').text).not.to.contain('seldom');
    const late = 'canary: { steps: [{ weight: 33%, for: 5m }], analysis: { onInconclusive: fail } }';
    expect(of(late).text).to.contain('the step of 33% seldom passes within its time:');
  });

  it('reckons with traffic.weight when there are no steps', () => {
    const { data } = of('canary: {}', '20/s', 1);
    expect((data['tables'] as Tables)[0]?.steps.map(({ share, ms }) => [share, ms])).to.deep.equal([
      [0.33, 600_000],
    ]);
  });

  it('lists the gates that will be asked, and shows neither a token nor the path of a webhook', () => {
    const gates =
      'canary: { gates: [{ name: slow, prometheus: { url: "http://h:9090/p", query: "rate(x[1m])", token: hidden }, max: 5, failures: 3 }, { name: shop, webhook: { url: "https://s.example/hidden/hidden" }, every: 30s }, { name: smoke, command: ./smoke.sh, timeout: 1m, errors: 1 }] }';
    const { text, data } = of(gates, '20/s', 1);
    expect(text.slice(text.indexOf('Gates that')).split('\n')).to.deep.equal([
      'Gates that are asked too, from the beginning of each step on:',
      '  slow: http://h:9090: rate(x[1m])',
      '    every 10s, 10s to answer; yes: at most 5; when the query finds nothing: not known',
      '    the canary fails after 3 noes in a row, and after 4 times in a row without an answer',
      '  shop: POST to https://s.example',
      '    every 30s, 10s to answer; yes: the verdict "pass", or any 2xx without a verdict',
      '    the canary fails after 1 no, and after 4 times in a row without an answer',
      '  smoke: ./smoke.sh',
      '    every 10s, 1m to answer; yes: exit code 0; 75 is not known yet',
      '    the canary fails after 1 no, and after 1 time without an answer',
    ]);
    expect(JSON.stringify(data)).to.contain('"name":"slow"').and.not.to.contain('hidden');
    expect(of(usual).text).not.to.contain('Gates');
  });

  for (const wrong of ['10', '0/s', '-1/s', 'a lot', '1/d', '1e9/s', '200000/s'])
    it(`refuses the traffic ${wrong}`, () => {
      expect(() => of(usual, wrong)).to.throw(`"${wrong}" is no amount of traffic`);
    });
});
