import type { GateStates } from '../../src/gates/decide.ts';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { freePort } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';
import { world, type World } from './setting.ts';

type Act = (answer: ServerResponse, request: IncomingMessage) => void;
const json = { 'content-type': 'application/json' };
const says =
  (status: number, body = '', headers: Record<string, string> = json): Act =>
  (answer) =>
    answer.writeHead(status, headers).end(body);

describe('gates: a webhook on a real server', function () {
  this.timeout(30_000);
  let act: Act = says(200);
  const asked: { method: string; path: string; headers: IncomingMessage['headers']; body: unknown }[] = [];
  const server = createServer((request, answer) => {
    void text(request).then((body) => {
      const { method = '', url: path = '', headers } = request;
      asked.push({ method, path, headers, body: JSON.parse(body) as unknown });
      act(answer, request);
    });
  });
  let url = '';
  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => void asked.splice(0));

  const of = (more = '', keys = '', options: Parameters<typeof world>[1] = {}): World =>
    world(`{ name: business, webhook: { url: ${url}${keys} }${more} }`, options);

  it('is told which canary it is asked about, with its token', async () => {
    act = says(200, '{"verdict":"pass","reason":"orders as usual"}');
    const { at } = of('', ', token: ${env:TOKEN}', { env: { TOKEN: 'token-of-the-hook' } });
    expect(await at(0)).to.deep.equal({ outcome: 'pass', reasons: ['business: orders as usual'] });
    expect(asked).to.have.length(1);
    expect(asked[0]).to.deep.include({ method: 'POST', path: '/hook' });
    expect(asked[0]?.headers).to.include({
      authorization: 'Bearer token-of-the-hook',
      'content-type': 'application/json',
    });
    expect(asked[0]?.body).to.deep.equal({
      gate: 'business',
      app: 'shop',
      release: '20261121-1',
      environment: 'canary',
      weight: 5,
      step: 1,
      startedAt: '2026-11-21T12:00:00.000Z',
    });
  });

  const broken = 'business: no answer, 1 of 4 in a row: ';
  for (const [name, does, outcome, reason] of [
    ['2xx', says(202), 'pass', /^business: it answers 202$/],
    ['4xx', says(422, '{"reason":"few orders"}'), 'fail', /^business: few orders$/],
    ['5xx', says(500, 'oops', {}), 'fail', /^business: it answers 500$/],
    [
      'inconclusive',
      says(200, '{"verdict":"inconclusive","reason":"ask at six"}'),
      'unknown',
      /^business: ask at six$/,
    ],
    ['wrong JSON', says(200, '{"verdict":'), 'unknown', `${broken}its answer is no valid JSON`],
    [
      'another word',
      says(200, '{"verdict":"maybe"}'),
      'unknown',
      `${broken}its verdict is none of pass, fail, inconclusive`,
    ],
    [
      'a redirect, even to itself',
      (answer, request) => answer.writeHead(302, { location: request.url ?? '' }).end('{"verdict":"pass"}'),
      'unknown',
      `${broken}it answers 302: a redirect, which is not followed; write the address it leads to`,
    ],
    ['a connection that is cut', (answer) => answer.socket?.destroy(), 'unknown', `${broken}socket hang up`],
    [
      'an answer that is cut in the middle',
      (answer) => {
        answer.writeHead(200, { ...json, 'content-length': '1000' });
        answer.write('{"verdict":"pass"}', () => answer.socket?.destroy());
      },
      'unknown',
      `${broken}aborted`,
    ],
    ['silence', () => undefined, 'unknown', `${broken}nothing within 500 ms`],
    [
      'a body that never ends',
      (answer) => {
        answer.writeHead(200, json);
        const more = (): void => {
          if (!answer.destroyed) answer.write(' '.repeat(65_536), more);
        };
        more();
      },
      'unknown',
      `${broken}nothing within 500 ms`,
    ],
    [
      'a huge body',
      says(200, `{"verdict":"pass","x":"${'x'.repeat(3_000_000)}"}`),
      'unknown',
      `${broken}its answer is longer than 64 KiB`,
    ],
    [
      'a reason that would write over the terminal',
      says(500, JSON.stringify({ reason: `\u001b[2Jgate business: yes\nx\u202e${'y'.repeat(900)}` })),
      'fail',
      /^business: \[2Jgate business: yes xy+…$/,
    ],
  ] as [string, Act, string, string | RegExp][])
    it(`judges ${name}`, async () => {
      act = does;
      // Short where nothing is to be waited for but the limit.
      const { at, gates } = of(String(reason).includes('within 500 ms') ? ', timeout: 500ms' : '');
      const verdict = await at(0);
      expect(verdict.outcome).to.equal(outcome);
      if (typeof reason === 'string') expect(verdict.reasons).to.deep.equal([reason]);
      else expect(verdict.reasons[0]).to.match(reason);
      expect(asked).to.have.length(1);
      expect(gates.standings()['business']?.reason.length).to.be.at.most(500);
    });

  it('fails after so many times without an answer, and one answer begins that row anew', async () => {
    const port = await freePort();
    const { at } = world(`{ name: away, webhook: { url: 'http://127.0.0.1:${port}/' }, errors: 2 }`);
    expect((await at(0)).outcome).to.equal('unknown');
    expect((await at(10)).reasons).to.deep.equal([
      `away: no answer 2 times in a row: connect ECONNREFUSED 127.0.0.1:${port}`,
    ]);
    const { at: other } = of(', errors: 2');
    const outcomes: string[] = [];
    for (const [second, does] of [says(302), says(200), says(302), says(200)].entries()) {
      act = does;
      outcomes.push((await other(second * 10)).outcome);
    }
    expect(outcomes).to.deep.equal(['unknown', 'pass', 'unknown', 'pass']);
  });

  it('never shows a secret that it is sent back', async () => {
    const token = 'token-of-the-hook';
    act = says(500, JSON.stringify({ reason: `bad token ${token}, token-of-\u200bthe-hook` }));
    const { at, gates, lines } = of('', ', token: ${env:TOKEN}', { env: { TOKEN: token } });
    const { reasons } = await at(0);
    expect(reasons).to.deep.equal(['business: bad token [secret], [secret]']);
    expect(JSON.stringify([gates.standings(), lines])).not.to.contain('of-the');
    act = says(500, JSON.stringify({ reason: 'it is two\twords' }));
    expect((await of('', '', { secret: 'two\twords' }).at(0)).reasons).to.deep.equal([
      'business: it is [secret]',
    ]);
  });

  it('is asked at its own pace, at once in a new step, and not again when it has failed', async () => {
    act = says(200);
    const { at } = of(', every: 30s');
    for (const second of [0, 10, 20, 29.9, 40, 60]) await at(second);
    expect(asked).to.have.length(3);
    expect((await at(61, { step: 2, weight: 33 })).outcome).to.equal('pass');
    expect(asked.at(-1)?.body).to.include({ step: 2, weight: 33 });
    act = says(500);
    expect((await at(100, { step: 2 })).outcome).to.equal('fail');
    act = says(200);
    expect((await at(200, { step: 3 })).outcome).to.equal('fail');
    expect(asked).to.have.length(5);
  });

  it('is not asked twice at a time, and does not hold up the others', async () => {
    const held: ServerResponse[] = [];
    act = (answer) => void held.push(answer);
    const { gates, at } = world(
      `{ name: slow, webhook: { url: '${url}' }, every: 1s }\n{ name: quick, command: 'true', every: 1s }`,
    );
    const first = at(0);
    await waitFor('the quick one', () => gates.standings()['quick']?.outcome === 'pass' && held.length === 1);
    expect(await at(10)).to.deep.equal({ outcome: 'unknown', reasons: ['slow: not asked yet'] });
    expect(gates.standings()['quick']?.askedAt).to.equal(1_800_000_010_000);
    expect(held).to.have.length(1);
    held[0]?.end();
    expect((await first).outcome).to.equal('pass');
  });

  it('goes on from what was stored before a crash', async () => {
    act = says(500);
    const { at, gates } = of(', failures: 2, every: 10s');
    await at(0);
    const stored = JSON.parse(JSON.stringify(gates.standings())) as GateStates;
    const resumed = of(', failures: 2, every: 10s', '', { stored });
    expect(await resumed.at(5)).to.deep.equal({
      outcome: 'unknown',
      reasons: ['business: it answers 500, 1 of 2 in a row'],
    });
    expect(asked).to.have.length(1);
    expect((await resumed.at(10)).outcome).to.equal('fail');
  });

  it('comes back at once when the signal comes, and nothing has changed', async () => {
    const reached = new AbortController();
    act = () => reached.abort();
    const { at, gates } = of(', timeout: 20s', '', { signal: reached.signal });
    expect((await at(0)).reasons).to.deep.equal(['business: not asked yet']);
    expect(gates.standings()['business']).to.include({ askedAt: null, errors: 0 });
    server.closeAllConnections();
  });
});
