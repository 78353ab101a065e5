import { expect } from 'chai';
import { stringify } from 'yaml';
import { readConfig } from '../../src/config/index.ts';
import { written } from '../../src/explain/written/written.ts';

const read = (canary: string, env: Record<string, string> = {}) =>
  readConfig(`app: shop\ncanary: ${canary}`, '/app/canopy.yml', { HOME: '/', ...env });

describe('canary.gates', () => {
  it('are none without the key', () => {
    expect(read('{}').config.canary.gates).to.deep.equal([]);
  });

  it('have the defaults of the contract, and the time of the analysis', () => {
    const rules = { everyMs: 20_000, timeoutMs: 10_000, failures: 1, errors: 4 };
    const { gates } = read(`
  analysis: { every: 20s, bucket: 20s }
  gates:
    - { name: slow, prometheus: { url: "http://h:9090", query: up, token: "\${env:NONE:-}" }, max: 0.5 }
    - { name: hook, webhook: { url: "https://h/x" }, every: 30s, timeout: 5s }
    - { name: smoke, command: ./smoke.sh, failures: 2, errors: 9 }`).config.canary;
    expect(gates).to.deep.equal([
      {
        ...rules,
        name: 'slow',
        prometheus: { url: 'http://h:9090', query: 'up', token: null, login: null },
        max: 0.5,
        min: null,
        empty: 'unknown',
      },
      {
        ...rules,
        name: 'hook',
        webhook: { url: 'https://h/x', token: null, login: null },
        everyMs: 30_000,
        timeoutMs: 5000,
      },
      { ...rules, name: 'smoke', command: ['./smoke.sh'], failures: 2, errors: 9 },
    ]);
  });

  it('are written by explain config so that they mean the same', () => {
    const { config } = read(
      '{ gates: [{ name: a, prometheus: { url: "http://h/p", query: up }, min: -1, max: 5, empty: pass }, { name: b, command: [x, y] }, { name: c, webhook: { url: "http://h/" } }] }',
    );
    const again = readConfig(stringify(written(config)), '/app/canopy.yml', { HOME: '/' }).config;
    expect(again.canary.gates).to.deep.equal(config.canary.gates);
  });

  it('keep what they log in with to themselves, and the password of a login by itself', () => {
    const { config, secrets } = read(
      '{ gates: [{ name: a, prometheus: { url: "http://h/", query: up, token: "${env:T}" }, max: 1 }, { name: b, webhook: { url: "http://h/", login: "${env:L}" } }] }',
      { T: 'token-1', L: 'me:pass:word' },
    );
    expect(secrets).to.include.members(['token-1', 'me:pass:word', 'pass:word']);
    const told = stringify(written(config)) + JSON.stringify(config.canary.gates);
    expect(told)
      .to.contain('[secret]')
      .and.not.to.match(/token-1|pass/);
  });
});
