import { expect } from 'chai';
import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { queryObjects } from 'node:v8';
import { Exchange } from '../../../src/router/proxy/exchange.ts';
import { cookieFor } from '../../../src/router/split/sticky-cookie.ts';
import { PlainConnection } from '../../../src/router/plain/connection.ts';
import { readPlain } from '../../../src/router/plain/read.ts';
import { PlainReply } from '../../../src/router/plain/reply.ts';
import { chanceOf, type Chance } from '../../soak/random.ts';
import { onAccepted } from '../../support/http/accepted.ts';
import { openClient, type Client } from '../../support/http/client.ts';
import { startRouter, type RunningRouter } from '../../support/router/router.ts';
import { splitter, withCookie } from '../../support/router/splitter.ts';
import { headOf } from '../../support/http/two-ways.ts';
import { startUpstream, type Upstream } from '../../support/http/upstream.ts';
import { waitFor } from '../../support/wait-for.ts';

const CLIENTS = 40;
const REQUESTS = 1200;

/** Everything of ours that lives as long as a request or a connection. */
const living = (): number[] =>
  [Exchange, PlainConnection, PlainReply].map((kind) => queryObjects(kind, { format: 'count' }) as number);

describe('router: what is known of clients', function () {
  this.timeout(60_000);
  it('keeps nothing of the heads in which their cookies came', () => {
    const known = splitter('cookie', 50);
    const key = Buffer.alloc(32, 1);
    const ask = (place: number): boolean => {
      const [name = '', value = ''] = withCookie(cookieFor(key, 'shop', '00ff', place));
      const text = `GET /a HTTP/1.1\r\nHost: x\r\nX-B: ${'b'.repeat(6000)}\r\n${name}: ${value}\r\n\r\n`;
      const head = readPlain(Buffer.from(text).toString('latin1'));
      return known.ask([...(head?.rawHeaders ?? [])]).given.came;
    };
    living();
    const before = process.memoryUsage().heapUsed;
    let came = 0;
    for (let place = 0; place < 5000; place += 1) if (ask(place)) came += 1;
    // Which collects what is not held.
    living();
    expect((process.memoryUsage().heapUsed - before) / 1e6, 'MB').to.be.below(15);
    expect([came, ask(0)]).to.deep.equal([5000, true]);
  });
});

describe('router: nothing is left of connections', function () {
  this.timeout(300_000);
  const seed = Date.now() % 2 ** 31;
  let instances: Upstream[];
  let router: RunningRouter;
  const accepted = new Set<Socket>();
  const warnings: string[] = [];
  const warn = ({ name, message }: Error): void => {
    if (name !== 'ExperimentalWarning') warnings.push(`${name}: ${message}`);
  };
  let deaf: () => void;
  before(async () => {
    instances = await Promise.all([startUpstream('web-1'), startUpstream('web-2')]);
    router = await startRouter({ stable: instances });
    deaf = onAccepted(router.proxy.port, (socket) => {
      accepted.add(socket);
      socket.once('close', () => accepted.delete(socket));
    });
    process.on('warning', warn);
  });
  after(async () => {
    process.off('warning', warn);
    deaf();
    await router.stop();
    await Promise.all(instances.map((one) => one.kill()));
  });
  const inFlight = async (): Promise<number> => {
    const members = (await router.admin('GET', '/state')).body.arms.stable as { inFlight: number }[];
    return members.reduce((sum, one) => sum + one.inFlight, 0);
  };

  it(`that come, are handed over, are reset and half closed (${REQUESTS} requests over ${CLIENTS}, seed ${seed})`, async () => {
    const chance = chanceOf(seed);
    await visit(chanceOf(chance.int(0, 2 ** 30)), 200);
    await rest();
    const before = living();
    const heap = process.memoryUsage().heapUsed;
    await Promise.all(
      Array.from({ length: CLIENTS }, (_, at) => visit(chanceOf(seed + at), REQUESTS / CLIENTS)),
    );
    await rest();
    const after = await waitFor('what they left to be collected', () => {
      const now = living();
      return now.every((count, at) => count <= (before[at] ?? 0)) && now;
    });
    expect(after).to.deep.equal([0, 0, 0]);
    expect((process.memoryUsage().heapUsed - heap) / 1e6, 'MB').to.be.below(20);
    expect(warnings).to.deep.equal([]);
    expect((await fetch(router.url)).status).to.equal(200);
  });

  async function rest(): Promise<void> {
    await waitFor('no request in flight', async () => (await inFlight()) === 0);
    await waitFor('the instances to be free', () => instances.every(({ active }) => active === 0));
    await waitFor('every connection to be closed', () => accepted.size === 0);
  }

  /** One client after the other, until so many requests are sent. */
  async function visit(chance: Chance, requests: number): Promise<void> {
    let sent = 0;
    while (sent < requests) {
      const client = await openClient(router.proxy.port);
      let goesOn = true;
      while (goesOn && sent < requests) {
        sent += 1;
        goesOn = await ask(client, chance);
      }
      leave(client, chance);
    }
  }

  /** One request; whether the connection is good for another. */
  async function ask(client: Client, chance: Chance): Promise<boolean> {
    const way = chance.hit(0.8) ? 'plain' : 'node';
    const path = chance.pick([
      '/bytes?n=0',
      '/bytes?n=10',
      '/bytes?n=20000',
      '/bytes?n=3000&chunked',
      '/204',
      '/304',
    ]);
    const before = client.text().length;
    const answered = (): Promise<unknown> =>
      waitFor('an answer', () => client.text().length > before || client.socket.closed);
    const kind = chance.int(0, 11);
    if (kind <= 5) client.send(headOf(way, chance.pick(['GET', 'HEAD']), path));
    else if (kind === 6) client.send(`${headOf(way, 'POST', '/hash', 'Content-Length: 3\r\n')}abc`);
    else if (kind === 7) client.send(headOf(way, 'GET', '/slow?ms=5') + headOf(way, 'GET', path));
    else if (kind === 8) {
      client.send(headOf(way, 'GET', '/slow?ms=5'));
      await turn();
      client.send(headOf(way, 'GET', path));
    } else if (kind === 9) {
      // It leaves in the middle: of its request, of waiting, of an answer.
      const whole = headOf(way, 'GET', chance.pick(['/slow?ms=50', '/bytes?n=3000000', '/half', '/reset']));
      client.socket.pause();
      client.send(whole.slice(0, chance.hit(0.3) ? chance.int(1, whole.length - 1) : whole.length));
      for (let turns = chance.int(0, 20); turns > 0; turns -= 1) await turn();
      return false;
    } else if (kind === 10) {
      client.send(headOf(way, 'GET', chance.pick(['/half', '/half-chunked', '/reset'])));
      await answered();
      return false;
    } else {
      client.send(headOf(way, 'GET', '/ws', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'));
      await answered();
      return false;
    }
    await answered();
    return chance.hit(0.9);
  }

  function leave({ socket }: Client, chance: Chance): void {
    const how = chance.int(0, 2);
    if (how === 0) socket.resetAndDestroy();
    else if (how === 1) socket.destroy();
    else socket.end(() => socket.resume());
  }
});
