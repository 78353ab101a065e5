import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { expect } from 'chai';
import { waitFor } from '../support/wait-for.ts';

interface Count {
  requests: number;
  failed: number;
  failures: string[];
  answers: Record<string, number>;
}
interface Visitors {
  phase(name: string): void;
  counts(): Promise<{ phases: Record<string, Count> }>;
  finish(): Promise<{ phases: Record<string, Count>; inFlight: number }>;
  kill(): Promise<void>;
}

/** The demo's promise "0 failed" is worth as much as its way of counting. */
describe('the visitors of the demo', function () {
  this.timeout(30_000);
  let start: (options: { url: string; rate: number; connections: number }) => Visitors;
  let total: (phases: Record<string, Count>, names?: string[]) => Count;
  let shareOf: (count: Count, prefix: string) => number;
  const cleanups: (() => Promise<void>)[] = [];

  before(async () => {
    const file: string = resolve('scripts/demo/visitors.mjs');
    ({ startVisitors: start, total, shareOf } = (await import(file)) as never);
  });
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  async function visit(answer: RequestListener, rate = 200): Promise<Visitors> {
    const server = createServer(answer);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    cleanups.push(async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    });
    const { port } = server.address() as AddressInfo;
    const visitors = start({ url: `http://127.0.0.1:${port}`, rate, connections: 5 });
    cleanups.push(() => visitors.kill());
    return visitors;
  }

  const good: RequestListener = (request, response) => {
    request.resume();
    response.writeHead(request.method === 'POST' ? 201 : 200, { 'x-release': 'r1', 'x-instance': 'web-1' });
    response.end('bread');
  };

  async function until(visitors: Visitors, what: string, enough: (count: Count) => boolean): Promise<Count> {
    await waitFor(what, async () => enough(total((await visitors.counts()).phases)));
    return total((await visitors.finish()).phases);
  }

  it('counts each answer that the server gave, and no failure', async () => {
    let given = 0;
    const visitors = await visit((request, response) => {
      given += 1;
      good(request, response);
    });
    const count = await until(visitors, '100 requests', ({ requests }) => requests >= 100);
    expect(count.failed).to.equal(0);
    expect(count.requests).to.equal(given);
    expect(count.answers).to.deep.equal({ 'web-1 r1': given });
  });

  const breakages: Record<string, RequestListener> = {
    'a status that is not the one expected': (_request, response) =>
      void response.writeHead(503, { 'x-release': 'r1' }).end(),
    'an answer that does not tell its release': (_request, response) => void response.writeHead(200).end(),
    'a connection that breaks before the answer': (request) => void request.socket.destroy(),
    'an answer that breaks off': (_request, response) => {
      response.writeHead(200, { 'x-release': 'r1', 'content-length': 100 });
      response.write('half');
      setImmediate(() => response.destroy());
    },
  };
  for (const [title, breakage] of Object.entries(breakages)) {
    it(`counts as failed: ${title}`, async () => {
      let broken = 0;
      let asked = 0;
      const visitors = await visit((request, response) => {
        asked += 1;
        if (asked % 10 !== 0) return good(request, response);
        broken += 1;
        breakage(request, response);
      });
      const count = await until(visitors, '5 failures', ({ failed }) => failed >= 5);
      expect(count.failed).to.equal(broken);
      expect(count.requests).to.equal(asked);
      expect(count.failures[0]).to.match(/(GET|POST) \//);
    });
  }

  it('counts a request in the phase in which it was asked', async () => {
    const held: (() => void)[] = [];
    const visitors = await visit((request, response) => {
      if (held.length < 3) held.push(() => good(request, response));
      else good(request, response);
    });
    visitors.phase('first');
    await waitFor('three that wait', () => held.length === 3);
    visitors.phase('second');
    await waitFor(
      'the second phase',
      async () => ((await visitors.counts()).phases['second']?.requests ?? 0) > 10,
    );
    for (const answer of held) answer();
    const { phases, inFlight } = await visitors.finish();
    expect(inFlight).to.equal(0);
    expect(Object.values(phases).reduce((sum, { failed }) => sum + failed, 0)).to.equal(0);
    expect((phases['before']?.requests ?? 0) + (phases['first']?.requests ?? 0)).to.be.at.least(3);
  });

  it('measures the share of an arm', () => {
    const count = {
      requests: 0,
      failed: 0,
      failures: [],
      answers: { 'web-1 r1': 40, 'web-2 r1': 27, 'canary-1 r2': 33 },
    };
    expect(shareOf(count, 'canary')).to.equal(33);
    expect(shareOf({ ...count, answers: {} }, 'canary')).to.equal(0);
  });
});
