import { expect } from 'chai';
import { readConfig } from '../../src/config/index.ts';
import { CanopyError } from '../../src/errors.ts';

const yaml = (traffic: string): string =>
  `app: shop\nenvironments: { p: { path: /srv/shop, service: { systemd: shop }, instances: [{ name: a, host: h, url: "http://h:1" }] } }\ntraffic: { stable: p, ${traffic} }`;
const read = (traffic: string) => readConfig(yaml(traffic), '/app/canopy.yml', { HOME: '/' }).config.traffic;

describe('limits of the router in canopy.yml', () => {
  it('have defaults, all of them', () => {
    const traffic = read('');
    expect(traffic?.limits).to.deep.equal({
      headerBytes: 16_384,
      headers: 200,
      urlBytes: 8192,
      bodyBytes: 1024 ** 3,
      headerTimeMs: 20_000,
      idleMs: 60_000,
      slowestBytes: 100,
      answerMs: 300_000,
      quietMs: 600_000,
      keepAliveMs: 65_000,
      connections: 10_000,
      requests: 0,
    });
    expect(traffic?.circuit).to.deep.equal({
      failures: 5,
      openMs: 2000,
      longestMs: 60_000,
      on5xx: false,
      atMost: 50,
    });
    expect([traffic?.slowStartMs, traffic?.longLived.drainMs, traffic?.maintenance.page]).to.deep.equal([
      0,
      10_000,
      null,
    ]);
  });

  it('are read as they are written; the page stands beside canopy.yml', () => {
    const traffic = read(
      'limits: { header: 4KB, body: 0B, idle: 0s }, circuit: { open: 5m, atMost: 25% }, slowStart: 30s, maintenance: { page: down.html }',
    );
    expect(traffic?.limits).to.include({ headerBytes: 4096, bodyBytes: 0, idleMs: 0 });
    expect(traffic?.circuit, 'the longest is never shorter than the first').to.include({
      openMs: 300_000,
      longestMs: 300_000,
      atMost: 25,
    });
    expect([traffic?.slowStartMs, traffic?.maintenance.page]).to.deep.equal([30_000, '/app/down.html']);
  });

  const bad: [text: string, path: string][] = [
    ['limits: { header: 100B }', 'traffic.limits.header'],
    ['limits: { headerTime: 0s }', 'traffic.limits.headerTime'],
    ['limits: { connections: -1 }', 'traffic.limits.connections'],
    ['limits: { bodies: 1GB }', 'traffic.limits.bodies'],
    ['circuit: { atMost: 101% }', 'traffic.circuit.atMost'],
    ['circuit: { open: 0s }', 'traffic.circuit.open'],
    ['longLived: 5m', 'traffic.longLived'],
  ];
  for (const [text, path] of bad)
    it(`is refused: ${text}`, () => {
      let paths: (string | undefined)[] = [];
      try {
        read(text);
      } catch (error) {
        if (!(error instanceof CanopyError)) throw error;
        paths = error.problems.map((problem) => problem.path);
      }
      expect(paths.join()).to.contain(path);
    });
});
