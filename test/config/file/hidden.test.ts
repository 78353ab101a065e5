import { expect } from 'chai';
import { checkConfig } from '../../../src/config/file/check.ts';
import * as words from '../../../src/config/file/validate.ts';
import { parseYaml } from '../../../src/config/file/yaml.ts';
import { isCanopyError } from '../../../src/errors.ts';

/** What is hidden, and what the file is refused for. */
function read(yaml: string, env: Record<string, string>): { hidden: string[]; problems: string[] } {
  const hidden: string[] = [];
  try {
    checkConfig(
      yaml,
      '/app/canopy.yml',
      { HOME: '/home/me', ...env },
      parseYaml,
      (texts) => void hidden.push(...texts),
      words,
    );
  } catch (error) {
    if (isCanopyError(error)) return { hidden, problems: error.problems.map(({ message }) => message) };
    throw error;
  }
  return { hidden, problems: [] };
}
const inEnv = (written: string): string =>
  `app: shop\nenvironments: { p: { path: /srv/shop, service: { systemd: s }, env: { X: "${written}" }, instances: [] } }`;

describe('what came from a variable', () => {
  const values: [string, string, boolean][] = [
    ['a password', 'hunter2', true],
    ['an address with a password', 'postgres://u:pw@db/x', true],
    ['a PIN of six digits', '482913', true],
    ['a word', 'sesame', true],
    ['a sentence', 'it is a secret', true],
    ['a port', '3000', false],
    ['one digit', '1', false],
    ['yes or no', 'true', false],
    ['a level', 'debug', false],
    ['a version', '1.10.3', false],
    ['an address of IP', '10.0.0.5:5432', false],
    ['a duration', '90s', false],
    ['a size', '256MB', false],
    ['what stands in the file anyway', 'shop', false],
    ['a part of what stands there', '/srv', false],
  ];
  for (const [what, value, isHidden] of values)
    it(`is ${isHidden ? '' : 'not '}hidden everywhere: ${what}`, () =>
      expect(read(inEnv('${env:V}'), { V: value }).hidden).to.deep.equal(isHidden ? [value] : []));

  const names: [string, boolean][] = [
    ['DATABASE_URL', true],
    ['GIT_TOKEN', true],
    ['CI_JOB_TOKEN', true],
    ['BUILD_PASSWORD', true],
    ['GIT_COMMIT', false],
    ['BUILD_URL', false],
    ['HOME', false],
    ['LC_ALL', false],
  ];
  for (const [name, isHidden] of names)
    it(`is ${isHidden ? '' : 'not '}hidden: ${name}`, () =>
      expect(read(inEnv(`\${env:${name}}`), { [name]: 'value-of-it' }).hidden).to.have.length(
        isHidden ? 1 : 0,
      ));

  it('is not what a default gave, and only the part that a variable gave', () => {
    expect(read(inEnv('${env:V:-hunter2}'), {}).hidden).to.deep.equal([]);
    expect(read(inEnv('${env:V:-hunter2}'), { V: '' }).hidden).to.deep.equal([]);
    expect(read(inEnv('${env:V:-hunter2}'), { V: 'sesame' }).hidden).to.deep.equal(['sesame']);
    expect(read(inEnv('x${env:V}y${env:W:-z}'), { V: 'sesame' }).hidden).to.deep.equal(['sesame']);
  });

  const keys: [string, string, boolean][] = [
    ['artifact: { files: [a], build: "make ${env:V}" }', 'a command', true],
    ['checks: { tests: { run: ["${env:V}"], report: x } }', 'a command in a list', true],
    ['traffic: { stable: p, admin: { token: "${env:V}" } }', 'a token', true],
    ['canary: { gates: [{ name: g, webhook: { url: "${env:V}" } }] }', 'the address of a webhook', true],
    [
      'canary: { gates: [{ name: g, prometheus: { url: "http://h", query: "${env:V}" }, max: 1 }] }',
      'a query',
      true,
    ],
    ['traffic: { stable: p, url: "http://u:${env:V}@h" }', 'a password in an address', true],
    ['traffic: { stable: p, url: "http://${env:V}" }', 'an address', false],
    ['ssh: { key: "${env:V}" }', 'a path', false],
    ['flags: { file: "${env:V}" }', 'a file', false],
    ['traffic: { stable: p, balancer: { haproxy: { servers: { "p": "${env:V}" } } } }', 'a name', false],
  ];
  for (const [yaml, what, isHidden] of keys)
    it(`is ${isHidden ? '' : 'not '}hidden: ${what}`, () => {
      const value = what === 'the address of a webhook' ? 'http://h/sesame' : 'sesame';
      expect(
        read(`app: shop\nenvironments: { p: { instances: [] } }\n${yaml}`, { V: value }).hidden,
      ).to.deep.equal(isHidden ? [value] : []);
    });

  it('is hidden also where the key has a name of others', () => {
    const yaml =
      'app: shop\nenvironments: { p: { path: /srv/shop, service: { systemd: s }, env: { url: "${env:V}" }, instances: [{ name: a, host: h, env: { host: "${env:W}" } }] } }';
    expect(read(yaml, { V: 'sesame-1', W: 'sesame-2' }).hidden).to.deep.equal(['sesame-1', 'sesame-2']);
  });

  it('is in no problem of the file: the variable is named in its place', () => {
    const within = 'app: shop\nenvironments: { p: { health: { within: "${env:V}" }, keep: "${env:W}" } }';
    const { problems, hidden } = read(within, { V: 'hunter2', W: 'sesame' });
    expect(problems).to.deep.equal([
      'environments.p.keep: must be a number, not what ${env:W} gives',
      'environments.p.health.within: must be a duration like 500ms, 30s or 5m, not what ${env:V} gives',
    ]);
    expect(hidden).to.have.members(['hunter2', 'sesame']);
  });
});
