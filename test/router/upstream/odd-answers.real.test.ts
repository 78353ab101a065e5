import { expect } from 'chai';
import type { Socket } from 'node:net';
import { allHealthy, startRouter, type RunningRouter } from '../../support/router/router.ts';
import { ok, startStrict, type StrictBackend } from '../../support/http/strict-backend.ts';
import { inBothWays, LAST, masked } from '../../support/http/two-ways.ts';
import { openClient } from '../../support/http/client.ts';
import { waitFor } from '../../support/wait-for.ts';
import { oddAnswers, type Got, type OddAnswer } from './odd-answers.ts';

describe('router: what is odd in an answer is passed on, or refused by a limit that the log names', function () {
  this.timeout(120_000);
  let backend: StrictBackend;
  let router: RunningRouter;
  before(async () => {
    backend = await startStrict('web-1');
    router = await startRouter({ stable: [backend] });
    await allHealthy(router);
  });
  after(async () => {
    await router.stop();
    await backend.stop();
  });
  const member = async () => (await router.admin('GET', '/state')).body.arms.stable[0];
  afterEach('the instance is blamed for nothing', async () => {
    await waitFor('no request in flight', async () => (await member()).inFlight === 0);
    expect(await member()).to.include({ failed: 0, circuit: 'closed', health: 'healthy' });
    expect(backend.violations).to.deep.equal([]);
  });

  for (const [name, odd] of Object.entries(oddAnswers)) {
    const begin = (): void => {
      backend.answer = ({ target }, socket) => {
        if (target === '/last') socket.write(ok('the last one'));
        else void send(odd, socket);
      };
    };
    it(`${name}: GET, whoever reads it`, async () => {
      begin();
      check(odd, await inBothWays(router.proxy.port, ['GET', '/odd'], (client) => ended(client)));
    });
    it(`${name}: POST`, async () => {
      begin();
      const client = await openClient(router.proxy.port);
      client.send('POST /odd HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello');
      await ended(client);
      check(odd, masked(await client.ended()));
    });
  }

  /** Behind it, on the same connection: so its end is where both sides think it is. */
  async function ended(client: {
    until(text: string): Promise<string>;
    send(text: string): void;
  }): Promise<void> {
    await client.until('Keep-Alive: ');
    client.send(LAST);
  }

  function check({ gets, before = [], refused }: OddAnswer, text: string): void {
    const interim = before.map((one) => `HTTP/1.1 ${one}\r\n\r\n`).join('');
    expect(text.slice(0, interim.length)).to.equal(interim);
    expect(gotOf(text.slice(interim.length))).to.deep.equal(gets);
    const log = router.log.lines.filter((line) => line.includes('an answer was refused: '));
    if (refused !== undefined)
      expect(log.join('\n')).to.contain(`warn web-1 an answer was refused: ${refused}`);
  }
});

/** What is of the instance in an answer and the last one behind it. */
function gotOf(text: string): Got {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [line = '', ...headers] = head.split('\r\n');
  const behind = rest.join('\r\n\r\n');
  const chunked = headers.includes('Transfer-Encoding: chunked');
  const at = behind.search(/HTTP\/1\.1 200 OK\r\ncontent-length: 12\r\n/);
  const body = behind.slice(0, at);
  return {
    status: line.replace('HTTP/1.1 ', ''),
    headers: headers.filter((one) => !own.test(one)),
    body: chunked ? body.replace(/^2\r\nok\r\n0\r\n\r\n$/, 'ok') : body,
  };
}

/** Headers of the router. */
const own = /^(Date|Connection|Keep-Alive|Transfer-Encoding|content-type|content-length|cache-control): /;

async function send({ bytes, closes, torn = 1 }: OddAnswer, socket: Socket): Promise<void> {
  const size = Math.ceil(bytes.length / torn);
  for (let at = 0; at < bytes.length; at += size) {
    if (socket.destroyed) return;
    const piece = bytes.slice(at, at + size);
    await new Promise((resolve) => socket.write(piece, 'latin1', resolve));
    if (torn > 1) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  if (closes === true) socket.end();
}
