import { expect } from 'chai';
import { readConfig } from '../../src/config/index.ts';
import { explainGate } from '../../src/explain/index.ts';
import type { ExplainedHealthGate } from '../../src/explain/gate.ts';

const gatesOf = (instances: string, more = ''): ExplainedHealthGate[] => {
  const yaml = `app: shop\nenvironments: { one: { path: /srv/shop, service: { systemd: shop }, ${more} instances: ${instances} } }`;
  return explainGate(readConfig(yaml, '/app/canopy.yml', { HOME: '/' }).config).data[
    'gates'
  ] as ExplainedHealthGate[];
};
const url = 'url: http://10.0.0.1:3000';
const own = 'service: { start: a, stop: b, status: c }';

describe('explain gate', () => {
  it('tells what is asked, from where, what proves the release, and how long', () => {
    const health = 'health: { path: /up, status: 204, within: 20s, every: 1s, rise: 3, release: x-release }';
    const text = explainGate(
      readConfig(
        `app: shop\nenvironments: { one: { path: /srv/shop, service: { systemd: shop }, ${health}, rollout: { healthyFor: 5s }, instances: [{ name: a, host: a, ${url} }, { name: b, host: b, url: http://10.0.0.2:3000 }] } }`,
        '/app/canopy.yml',
        { HOME: '/' },
      ).config,
    ).text;
    expect(text.split('\n')).to.deep.equal([
      'one: a, b',
      '  asks      GET /up answers 204 (from: instance, every: 1s)',
      '  release   proven by header x-release',
      '  passes    rise: 3 in a row, the first within: 20s, and on for healthyFor: 5s',
    ]);
  });

  const cases: [string, string, string, Partial<ExplainedHealthGate>, RegExp | null][] = [
    [
      'a strong one needs nothing',
      `{ path: /health, release: /release }`,
      url,
      { proof: '/release in the JSON of the answer', rise: 2 },
      null,
    ],
    [
      'a unit proves by who holds its port',
      '{ path: /health }',
      url,
      {
        proof: 'who holds the port: a process of the unit, or systemd for it, or its user since the switch',
      },
      /^health.release/,
    ],
    [
      'own commands prove by who works in the release',
      '{ path: /health }',
      `${url}, ${own}`,
      {
        proof:
          'who holds the port: it works in the release, or what it has started does, or its user opened the port after the switch',
      },
      /^health.release/,
    ],
    [
      'a unit without a port proves by its main process',
      '{ command: a }',
      'tags: []',
      { proof: 'the folder or program of the main process' },
      null,
    ],
    ['a port', '{ tcp: 5432 }', 'tags: []', { probe: 'port 5432 is open', from: 'instance' }, /open port/],
    [
      'a command',
      '{ command: [a, b] }',
      own,
      { probe: 'the command ends with 0: a; b', proof: 'a process that works in the release' },
      /which release the command has asked/,
    ],
    ['that it runs', '{ running: 30s }', 'tags: []', { healthyFor: '30s' }, /does not say that it answers/],
    [
      'a container proves by its label',
      '{ running: 5s }',
      'driver: docker',
      { proof: 'docker: the label of the container that runs' },
      /does not say that it answers/,
    ],
    [
      'a command in a container',
      '{ command: a }',
      'driver: docker',
      { probe: 'the command ends with 0: a' },
      null,
    ],
    ['from the agent', '{ path: /health, release: x, from: agent }', url, { from: 'agent' }, null],
    ['one answer', '{ path: /health, release: x, rise: 1 }', url, { rise: 1 }, /^health.rise/],
  ];
  for (const [name, health, more, wanted, advice] of cases)
    it(`says what would be stronger: ${name}`, () => {
      const [gate] = gatesOf(`[{ name: a, host: a, ${more}, health: ${health} }]`);
      expect(gate).to.include(wanted);
      expect(gate?.stronger.length, gate?.stronger.join()).to.equal(advice === null ? 0 : 1);
      if (advice !== null) expect(gate?.stronger[0]).to.match(advice);
    });

  it('advises to go on looking for a while', () => {
    const health = 'health: { path: /health, release: x }, rollout: { healthyFor: 0s },';
    expect(gatesOf(`[{ name: a, host: a, ${url} }]`, health)[0]?.stronger).to.have.length(1);
  });

  it('keeps instances apart that have different gates', () => {
    const gates = gatesOf(
      `[{ name: a, host: a }, { name: b, host: b, url: http://10.0.0.2:3000 }, { name: c, host: c }]`,
    );
    expect(gates.map(({ instances }) => instances)).to.deep.equal([['a', 'c'], ['b']]);
  });

  it('has an answer when there is no instance', () => {
    const { text } = explainGate(readConfig('app: shop', '/app/canopy.yml', { HOME: '/' }).config);
    expect(text).to.equal('no environment has an instance');
  });
});
